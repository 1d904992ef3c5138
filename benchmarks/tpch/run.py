"""TPC-H: huitong's back ends and peers on the same machine, in one run, answers checked before times count.

Each engine answers each query ROUNDS times after one warm-up; the median counts. Engines take turns query by query, so a
slower minute of the machine hits all of them. Peers read the generator's Parquet files; huitong reads its own tables.
"""

import decimal
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import adbc_driver_flightsql.dbapi as flightsql
import datafusion
import duckdb

HUITONG = os.environ["HUITONG"]
QUERIES = pathlib.Path(__file__).parent / "queries"
TABLES = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]
PASSWORD = "benchmark-1"
ENVIRONMENT = dict(os.environ, HUITONG_ADMIN_PASSWORD=PASSWORD, HUITONG_PASSWORD=PASSWORD)


def equal(ours, theirs):
    if isinstance(ours, (float, decimal.Decimal)) or isinstance(theirs, (float, decimal.Decimal)):
        return math.isclose(float(ours), float(theirs), rel_tol=1e-9, abs_tol=1e-5)
    return str(ours) == str(theirs)


def check(name, number, ours, theirs):
    assert len(ours) == len(theirs), f"{name}, query {number}: {len(ours)} rows, not {len(theirs)}"
    for a, b in zip(ours, theirs):
        assert all(map(equal, a, b)), f"{name}, query {number}: {a} is not {b}"


def timed(run, sql):
    begun = time.perf_counter()
    rows = run(sql)
    return time.perf_counter() - begun, rows


def rows_of(table):
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns))


class Huitong:
    def __init__(self, folder, files, scale):
        ready = folder / "ready.json"
        command = [HUITONG, "serve", "--dir", folder / "data", "--listen", "127.0.0.1:0", "--ready-file", ready]
        self.process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        while not ready.exists():
            assert self.process.poll() is None, "the server ended at its start"
            time.sleep(0.05)
        self.address = json.loads(ready.read_text())["flight"]
        with self.connect("auto") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA tpch")
        begun = time.perf_counter()
        for table in TABLES:
            load = [HUITONG, "load", "--url", f"grpc://{self.address}", f"tpch.{table}", files / f"{table}.parquet"]
            subprocess.run(load, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"huitong loaded scale {scale} in {time.perf_counter() - begun:.1f} s", flush=True)

    def connect(self, backend):
        options = {"username": "admin", "password": PASSWORD}
        connection = flightsql.connect(f"grpc://{self.address}", db_kwargs=options, autocommit=True)
        with connection.cursor() as cursor:
            cursor.execute(f"SET huitong.backend = '{backend}'")
        return connection

    def runner(self, backend):
        connection = self.connect(backend)
        with connection.cursor() as cursor:
            cursor.execute("USE tpch")

        def run(sql):
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return rows_of(cursor.fetch_arrow_table())

        return run


def duck_runner(files):
    duck = duckdb.connect()
    for table in TABLES:
        duck.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files / table}.parquet')")
    return lambda sql: rows_of(duck.execute(sql).to_arrow_table())


def datafusion_runner(files):
    context = datafusion.SessionContext()
    for table in TABLES:
        context.register_parquet(table, str(files / f"{table}.parquet"))
    return lambda sql: rows_of(context.sql(sql).to_arrow_table())


def main(scale="1", rounds="3"):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = folder / "files"
        subprocess.run([HUITONG, "bench", "tpch-data", "--scale", scale, "--dir", files], check=True)
        server = Huitong(folder, files, scale)
        try:
            engines = {
                f"duckdb {duckdb.__version__}": duck_runner(files),
                f"datafusion {datafusion.__version__}": datafusion_runner(files),
                "huitong local": server.runner("local"),
                "huitong auto": server.runner("auto"),
                "huitong staged": server.runner("staged"),
            }
            times = measure(engines, int(rounds))
        finally:
            server.process.terminate()
            server.process.wait(30)
        report(times, scale, rounds)


def measure(engines, rounds):
    reference = next(iter(engines.values()))
    times = {name: [] for name in engines}
    for number in range(1, 23):
        sql = (QUERIES / f"q{number}.sql").read_text()
        expected = reference(sql)
        for name, run in engines.items():
            check(name, number, run(sql), expected)
        taken = {name: [] for name in engines}
        for _ in range(rounds):
            for name, run in engines.items():
                taken[name].append(timed(run, sql)[0])
        for name in engines:
            times[name].append(statistics.median(taken[name]))
        print(f"q{number:<3}" + "".join(f"{times[name][-1]:>12.3f}" for name in engines), flush=True)
    return times


def report(times, scale, rounds):
    print(f"\nTPC-H scale {scale}, medians of {rounds}, seconds; all answers equal DuckDB's\n")
    print("| engine | total | geometric mean | ratio to DuckDB (total) |\n|---|---|---|---|")
    base = sum(next(iter(times.values())))
    for name, each in times.items():
        total, mean = sum(each), statistics.geometric_mean(each)
        print(f"| {name} | {total:.2f} | {mean:.3f} | {total / base:.2f} |")


if __name__ == "__main__":
    main(*sys.argv[1:])

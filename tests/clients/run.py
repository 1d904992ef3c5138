"""Real clients against a real server: ADBC for Python, the Arrow JDBC driver, and TPC-H answers that must equal DuckDB's on
both back ends."""

import decimal
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
from server import ENVIRONMENT, HUITONG, PASSWORD, Server

QUERIES = pathlib.Path(__file__).parent.parent.parent / "benchmarks" / "tpch" / "queries"
SCALE = os.environ.get("HUITONG_TPCH_SCALE", "0.1")
TABLES = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]


def equal(ours, theirs):
    """Two cells: exact but for floating numbers, which two engines add in different orders."""
    if isinstance(ours, (float, decimal.Decimal)) or isinstance(theirs, (float, decimal.Decimal)):
        return math.isclose(float(ours), float(theirs), rel_tol=1e-9, abs_tol=1e-6)
    return str(ours) == str(theirs)


def same_rows(name, ours, theirs):
    assert len(ours) == len(theirs), f"{name}: {len(ours)} rows, not {len(theirs)}"
    for row, (a, b) in enumerate(zip(ours, theirs)):
        assert len(a) == len(b) and all(map(equal, a, b)), f"{name}, row {row}: {a} is not {b}"


def check_catalogue(connection):
    objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
    assert [o["catalog_name"] for o in objects] == ["city"], objects
    schemas = {s["db_schema_name"]: s["db_schema_tables"] for s in objects[0]["catalog_db_schemas"]}
    tables = {t["table_name"] for t in schemas["tpch"]}
    assert tables == set(TABLES), tables
    schema = connection.adbc_get_table_schema("lineitem", db_schema_filter="tpch")
    assert str(schema.field("l_extendedprice").type) == "decimal128(15, 2)", schema.field("l_extendedprice").type
    assert connection.adbc_get_info()["vendor_name"] == "huitong"
    print("ok   catalogue")


def check_commands(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE once AS SELECT 1 AS n")
        cursor.execute("INSERT INTO once VALUES (2), (3)")
        cursor.execute("SELECT sum(n) AS s, count(*) AS c FROM once")
        assert cursor.fetchall() == [(6, 3)], "a command ran more or less than once"
        cursor.execute("DROP TABLE once")
        try:
            cursor.execute("SELECT nmae FROM once")
            raise AssertionError("a missing table is no error")
        except flightsql.ProgrammingError as error:
            assert "HT0102" in str(error), error
    # A command leaves nothing behind on the server, even if its empty answer is never fetched.
    with connection.cursor() as cursor:
        for _ in range(600):
            cursor.execute("SET huitong.backend = 'auto'")
    print("ok   commands")


def check_ingest(connection):
    import pyarrow

    rows = pyarrow.table({"n": [1, 2, 3], "词": ["甲", None, "丙"]})
    with connection.cursor() as cursor:
        assert cursor.adbc_ingest("ingested", rows, mode="create") == 3
        assert cursor.adbc_ingest("ingested", rows, mode="append") == 3
        cursor.execute("SELECT count(*) AS c, max(词) AS x FROM ingested")
        assert cursor.fetchall() == [(6, "甲" if "甲" > "丙" else "丙")]
        # A whole number in a floating column fits; a fraction is not cut off.
        cursor.adbc_ingest("ingested", pyarrow.table({"n": [7.0]}), mode="append")
        try:
            cursor.adbc_ingest("ingested", pyarrow.table({"n": [8.0, 8.5]}), mode="append")
            raise AssertionError("a fraction was cut off")
        except flightsql.Error as error:
            assert "HT0602" in str(error), error
        cursor.execute("SELECT count(*) AS c, max(n) AS m FROM ingested")
        assert cursor.fetchall() == [(7, 7)]
        cursor.execute("DROP TABLE ingested")
    print("ok   ingest")


def check_jdbc(server):
    source = pathlib.Path(__file__).parent / "jdbc" / "Check.java"
    java = ["java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", os.environ["JDBC_DRIVER"], source]
    done = subprocess.run([*java, server.address, PASSWORD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(done.stdout.strip())


def load_tpch(server, folder, duck):
    """TPC-H data by our own generator, the same files for both engines."""
    files = folder / "tpch"
    files.mkdir()
    subprocess.run([HUITONG, "bench", "tpch-data", "--scale", SCALE, "--dir", files], check=True, env=ENVIRONMENT)
    for table in TABLES:
        file = files / f"{table}.parquet"
        duck.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{file}')")
        command = [HUITONG, "load", "--url", f"grpc://{server.address}", f"tpch.{table}", file]
        subprocess.run(command, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)


def check_tpch(connection, duck):
    for backend in ["local", "staged"]:
        with connection.cursor() as cursor:
            cursor.execute("USE tpch")
            cursor.execute(f"SET huitong.backend = '{backend}'")
            for number in range(1, 23):
                sql = (QUERIES / f"q{number}.sql").read_text()
                theirs = duck.execute(sql).fetchall()
                cursor.execute(sql)
                same_rows(f"TPC-H {number} on {backend}", cursor.fetchall(), theirs)
        print(f"ok   TPC-H 22/22 at scale {SCALE} on {backend}")


def main():
    with tempfile.TemporaryDirectory() as name, Server(name) as server:
        folder = pathlib.Path(name)
        duck = duckdb.connect()
        with server.connect() as connection:
            check_commands(connection)
            check_ingest(connection)
            check_jdbc(server)
            with connection.cursor() as cursor:
                cursor.execute("CREATE SCHEMA tpch")
            load_tpch(server, folder, duck)
            check_catalogue(connection)
            check_tpch(connection, duck)
    print("real clients passed")


if __name__ == "__main__":
    sys.exit(main())

"""Forecasts of many series on a cluster: whether time grows with the series alone, and whether answers are equal bit for bit.

`HUITONG=target/release/huitong python3 benchmarks/forecast/scale.py [--series LIST] [--executors LIST] [--model M] [--keep DIR]`.
Monthly series of ten years are made in the lake. Each number of executors, and the coordinator alone, forecasts twelve months of each;
what is told of an answer is a hash over all bits of it, which has to be the same everywhere. Needs adbc-driver-flightsql and pyarrow.
"""

import argparse
import contextlib
import hashlib
import pathlib
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / part) for part in ("tpch", "cluster")]
from adbc_driver_flightsql import dbapi
from cluster import Cluster
from server import PASSWORD, complete

# Level, trend, season and noise differ from series to series, and follow from its number alone.
MADE = """CREATE TABLE monthly AS
SELECT s AS series, make_date(2014 + m / 12, m % 12 + 1, 1) AS month,
       100 + s % 97 + m * ((s % 13) - 4) * 0.2 + (5 + s % 7) * sin((m + s % 12) * 0.5235987755982988)
         + 3 * sin(s * 12.9898 + m * 78.233) AS v
FROM (SELECT unnest(range(0, {series})) AS s) CROSS JOIN (SELECT unnest(range(0, 120)) AS m)"""
ASKED = """SELECT series, f['step'] AS step, f['yhat'] AS yhat, f['lo'] AS lo, f['hi'] AS hi, f['spec'] AS spec, f['error'] AS error
FROM (SELECT series, unnest(ts_forecast(month, v, 12, '{model}')) AS f FROM monthly WHERE series < {series} GROUP BY series)
ORDER BY series, step"""


def numbers(text):
    return [int(number) for number in text.split(",")]


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/forecast/scale.py", description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=numbers, default=[25_000, 50_000, 100_000], metavar="LIST", help="how many (25000,50000,100000)")
    parser.add_argument("--executors", type=numbers, default=[1, 2, 4], metavar="LIST", help="how many (1,2,4)")
    parser.add_argument("--model", default="theta", metavar="M", help="the model (theta)")
    parser.add_argument("--memory", default="1GiB", metavar="SIZE", help="memory of each executor (1GiB)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep the lake in DIR, or use what is there")
    return parser.parse_args()


def ask(address, backend, query):
    """Seconds until the whole answer is here, its rows, and a hash over them."""
    options = {"username": "admin", "password": PASSWORD}
    with dbapi.connect(f"grpc://{address}", db_kwargs=options, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET huitong.backend = '{backend}'")
        begun = time.perf_counter()
        cursor.execute(query)
        answer = cursor.fetch_arrow_table().combine_chunks()
        seconds = time.perf_counter() - begun
    digest = hashlib.sha256()
    for column in answer.columns:
        digest.update(repr(column.to_pylist()).encode())
    return seconds, answer.num_rows, digest.hexdigest()[:16]


def main():
    chosen = options()
    hashes, failed = {}, False
    print("| executors | series | s | ms per series | rows | hash |\n|---|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        kept = chosen.keep or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huitong-scale-")))
        for executors in chosen.executors:
            with tempfile.TemporaryDirectory(prefix="huitong-scale-") as scratch:
                with Cluster(kept / "cluster", pathlib.Path(scratch), chosen.memory, executors) as cluster:
                    exists = ask(cluster.address, "local", "SELECT 1 FROM information_schema.tables WHERE table_name = 'monthly'")[1]
                    if not exists:
                        ask(cluster.address, "local", MADE.format(series=max(chosen.series)))
                        complete(kept / "cluster").touch()
                    backends = [(executors, "staged")] + ([(0, "local")] if executors == chosen.executors[0] else [])
                    for number, backend in backends:
                        for series in chosen.series:
                            query = ASKED.format(model=chosen.model, series=series)
                            seconds, rows, digest = ask(cluster.address, backend, query)
                            same = hashes.setdefault(series, digest) == digest and rows == 12 * series
                            failed |= not same
                            told = digest if same else f"{digest}: another answer"
                            print(f"| {number} | {series} | {seconds:.1f} | {1000 * seconds / series:.3f} | {rows} | {told} |", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()

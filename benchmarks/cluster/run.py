"""TPC-H on a cluster of processes that has little memory, or whose executors are killed while it answers.

`HUITONG=target/release/huitong python3 benchmarks/cluster/run.py [--scale S] [--memory SIZE] [--queries LIST] [--kill-after SECONDS]`.
A coordinator and two executors on loopback, with certificates between them; each query is asked once, on the executors, and its
answer must equal DuckDB's. With --kill-after an executor is killed that long after each query began, and replaced afterwards; the
time told is then the one from the kill to the answer. Needs the Python packages duckdb and adbc-driver-flightsql.
"""

import argparse
import contextlib
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tpch"))
from cluster import Cluster
from run import QUERIES, check
from server import places
from worker import Trouble, Worker


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/cluster/run.py", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1, metavar="S", help="scale factor, 1 is a gigabyte of text (1)")
    parser.add_argument("--memory", default="256MiB", metavar="SIZE", help="memory of each executor (256MiB)")
    parser.add_argument("--queries", type=numbers, default=[n for n, _ in QUERIES], metavar="LIST", help="such as 1,21 (all)")
    parser.add_argument("--kill-after", type=float, metavar="SECONDS", help="kill an executor so long after a query began")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep the data in DIR, or use what is there")
    parser.add_argument("--limit", type=float, default=600, metavar="SECONDS", help="longest wait for one answer (600)")
    chosen = parser.parse_args()
    with contextlib.ExitStack() as stack:
        files, data, scratch = stack.enter_context(places(chosen.keep, chosen.scale))
        cluster = stack.enter_context(Cluster(data / "cluster", scratch, chosen.memory))
        cluster.load(files)

        def worker(name, engine, **arguments):
            made = Worker(engine, arguments, sys.executable, scratch / f"{name}.log", chosen.limit)
            stack.callback(made.stop)
            return made

        duckdb = worker("duckdb", "duckdb", files=str(files))
        huitong = worker("huitong", "huitong", address=cluster.address, backend="staged")
        failed = [number for number, path in QUERIES if number in chosen.queries and not asked(number, path, duckdb, huitong, cluster, chosen)]
    print(f"{len(chosen.queries) - len(failed)} of {len(chosen.queries)} answers equal DuckDB's")
    sys.exit(bool(failed))


def numbers(text):
    return [int(number) for number in text.split(",")]


def asked(number, path, duckdb, huitong, cluster, chosen):
    """Asks one query and tells how it went; whether its answer is right."""
    sql = path.read_text()
    _, expected = duckdb.ask(sql)
    killed = []
    timer = threading.Timer(chosen.kill_after or 0, lambda: killed.append(cluster.kill_executor()))
    if chosen.kill_after is not None:
        timer.start()
    begun = time.monotonic()
    try:
        _, rows = huitong.ask(sql)
        check(rows, expected)
        told = None
    except Trouble as trouble:
        told = f"{trouble.kind}: {trouble}"
    ended = time.monotonic()
    timer.cancel()
    if chosen.kill_after is not None:
        timer.join()
    after = f", {ended - killed[0]:.1f} s after the kill" if killed else ""
    print(f"q{number:<3} {ended - begun:8.2f} s{after}{'  ' + told if told else ''}", flush=True)
    cluster.replace_killed()
    return told is None


if __name__ == "__main__":
    main()

"""How soon a cluster rests after a statement is cancelled, at each door: when the client has its answer, and when no process computes any more.

`HUITONG=target/release/huitong python3 benchmarks/cluster/cancel.py [--rounds N] [--executors N]`. The statement is a join that would take minutes,
run by the coordinator (`local`) and by executors (`staged`). Needs adbc-driver-flightsql, psycopg and pyarrow.
"""

import argparse
import base64
import contextlib
import http.client
import json
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / part) for part in ("tpch", "doors")]
import psycopg
from adbc_driver_flightsql import dbapi
from cluster import Cluster
from server import PASSWORD
from usage import of_process

TABLE = "CREATE TABLE public.n AS SELECT v AS id, v % 1000 AS k FROM unnest(range(0, 1000000)) AS r(v)"
LONG = "SELECT count(*) AS n FROM public.n AS a JOIN public.n AS b ON a.k = b.k AND a.id * 31 % 65537 < b.id * 17 % 65521 - 65000"
# A statement has run so long when it is cancelled.
RUNS_SECONDS = 2
# Processes rest when they have used less than a twentieth of a core for so long.
REST_SECONDS = 0.3


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/cluster/cancel.py", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="cancellations of each kind (5)")
    parser.add_argument("--executors", type=int, default=2, metavar="N", help="how many (2)")
    return parser.parse_args()


class Flight:
    """The driver's cancel: the call is dropped."""

    def __init__(self, addresses):
        self.connection = dbapi.connect(f"grpc://{addresses['flight']}", db_kwargs={"username": "admin", "password": PASSWORD}, autocommit=True)
        self.cursor = self.connection.cursor()

    def run(self, sql):
        self.cursor.execute(sql)
        self.cursor.fetchall()

    def cancel(self):
        self.cursor.adbc_cancel()

    def close(self):
        self.cursor.close()
        self.connection.close()


class Postgres:
    """A cancel request over a connection of its own."""

    def __init__(self, addresses):
        host, port = addresses["postgres"].rsplit(":", 1)
        self.connection = psycopg.connect(f"host={host} port={port} user=admin password={PASSWORD} dbname=city sslmode=disable", autocommit=True)

    def run(self, sql):
        cursor = self.connection.execute(sql)
        if cursor.description:
            cursor.fetchall()

    def cancel(self):
        self.connection.cancel_safe()

    def close(self):
        self.connection.close()


class Http:
    """DELETE of the query's own address."""

    def __init__(self, addresses):
        self.address, self.backend = addresses["http"], "auto"
        self.headers = {"authorization": "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode(), "content-type": "application/json"}

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body and json.dumps(body).encode(), {**self.headers, **headers})
            answer = connection.getresponse()
            return answer.status, answer.getheader("location"), answer.read()

    def run(self, sql):
        if sql.startswith("SET huitong.backend = "):
            self.backend = sql.split("'")[1]
            return
        body = {"sql": sql, "settings": {"huitong.backend": self.backend}}
        status, self.query, text = self.ask("POST", "/api/v1/query", body, prefer="respond-async")
        if status != 202:
            raise RuntimeError(text)
        while True:
            status, _, text = self.ask("GET", self.query, prefer="wait=30")
            if json.loads(text)["state"] not in ("queued", "running"):
                raise RuntimeError(text)

    def cancel(self):
        self.ask("DELETE", self.query)

    def close(self):
        pass


def used(cluster):
    """Seconds of the processor, of all processes of the cluster."""
    return sum(of_process(process.pid)() for process in cluster.processes.values())


def cancelled(cluster, door):
    """Seconds until the client has its answer, and until the cluster rests."""
    told = []

    def run():
        try:
            door.run(LONG)
        except Exception:
            told.append(time.perf_counter())

    before = used(cluster)
    client = threading.Thread(target=run)
    client.start()
    time.sleep(RUNS_SECONDS)
    if used(cluster) - before < RUNS_SECONDS / 2:
        raise SystemExit("the statement computes nothing")
    begun = time.perf_counter()
    door.cancel()
    last, last_used = time.perf_counter(), used(cluster)
    while time.perf_counter() - last < REST_SECONDS:
        time.sleep(0.02)
        now = used(cluster)
        if now - last_used > REST_SECONDS / 20:
            last, last_used = time.perf_counter(), now
        if time.perf_counter() - begun > 60:
            raise SystemExit("the cluster computes on for a minute")
    client.join(60)
    if not told:
        raise SystemExit("the client was not told")
    return told[0] - begun, last - begun


def main():
    chosen = options()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huitong-cancel-")))
        cluster = stack.enter_context(Cluster(folder / "cluster", folder, "2GiB", chosen.executors, ("flight", "postgres", "http")))
        first = Flight(cluster.addresses)
        first.run(TABLE)
        first.close()
        print("| door | back end | client told, s: median, most | nothing computes, s: median, most |\n|---|---|---|---|")
        for kind in (Flight, Postgres, Http):
            for backend in ("local", "staged"):
                with contextlib.closing(kind(cluster.addresses)) as door:
                    door.run(f"SET huitong.backend = '{backend}'")
                    times = [cancelled(cluster, door) for _ in range(chosen.rounds)]
                cells = (f"{statistics.median(of):.2f}, {max(of):.2f}" for of in zip(*times))
                print(f"| {kind.__name__} | {backend} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

"""The engines of the benchmark, one class each.

A class is made in a process of its own (worker.py), opens what it needs and then answers SQL with `run`, which returns an
Arrow table. Libraries are imported when an engine is made: whoever lacks one can still measure the others. Engines keep
their default settings; where one is set, the reason stands beside it.
"""

import os
import pathlib
import socket
import time

TABLES = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]
CORES = os.cpu_count()


def parquet(files):
    """Name and path of each table's file."""
    return [(table, str(pathlib.Path(files) / f"{table}.parquet")) for table in TABLES]


class Huitong:
    """A client of a running server, through the same Flight SQL door as any other client."""

    def __init__(self, address, backend):
        import adbc_driver_flightsql.dbapi as flightsql

        self.version = backend
        options = {"username": "admin", "password": os.environ["HUITONG_PASSWORD"]}
        self.connection = flightsql.connect(f"grpc://{address}", db_kwargs=options, autocommit=True)
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET huitong.backend = '{backend}'")
            cursor.execute("USE tpch")

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()


class DuckDB:
    def __init__(self, files):
        import duckdb

        self.version = duckdb.__version__
        self.connection = duckdb.connect()
        for table, path in parquet(files):
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")

    def run(self, sql):
        # Not `execute`: its way to Arrow copies the rows once more.
        return self.connection.sql(sql).to_arrow_table()


class DataFusion:
    def __init__(self, files):
        import datafusion

        self.version = datafusion.__version__
        self.context = datafusion.SessionContext()
        for table, path in parquet(files):
            self.context.register_parquet(table, path)

    def run(self, sql):
        return self.context.sql(sql).to_arrow_table()


class Sail:
    """Sail's Spark Connect server and its client in one process; queries run on the server's threads."""

    settings = {"SAIL_MODE": "local"}

    def __init__(self, files):
        # A session that waits longer for its turn than a quarter of an hour would lose its views.
        os.environ.update(self.settings, SAIL_SPARK__SESSION_TIMEOUT_SECS="1000000")
        import pysail
        from pysail.spark import SparkConnectServer
        from pyspark.sql import SparkSession

        self.version = pysail.__version__
        self.server = SparkConnectServer("127.0.0.1", 0)
        self.server.start()
        _, port = self.server.listening_address
        self.session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
        for table, path in parquet(files):
            self.session.read.parquet(path).createOrReplaceTempView(table)

    def run(self, sql):
        return self.session.sql(sql).toArrow()


class SailCluster(Sail):
    """Sail with a driver and workers that speak over loopback, one worker for each core."""

    settings = {
        "SAIL_MODE": "local-cluster",
        "SAIL_CLUSTER__WORKER_INITIAL_COUNT": str(CORES),
        # Idle workers leave after a minute; starting them again would count into the next query's time.
        "SAIL_CLUSTER__WORKER_MAX_IDLE_TIME_SECS": "1000000",
    }


class Ballista:
    """Stock Ballista: its scheduler and one executor with a task slot for each core, over loopback in one process.

    Not its `setup_test_cluster`: that one has executors ask for work and sleep in between, which short queries feel most. By
    default the scheduler pushes the work.
    """

    # Ballista cuts each stage into 16 parts unless told otherwise. One part for each slot is faster on a small machine.
    settings = {"datafusion.execution.target_partitions": str(CORES)}
    fixed_port = 50052

    def __init__(self, files):
        import ballista

        self.version = ballista.__version__
        host, port = "127.0.0.1", free_port()
        # The executor's second port cannot be chosen; an executor that does not get it dies silently, and queries then hang.
        socket.create_server((host, self.fixed_port)).close()
        self.scheduler = ballista.BallistaScheduler(host, port)
        self.scheduler.start()
        wait_for(host, port)
        self.executor = ballista.BallistaExecutor(free_port(), host, host, port, CORES)
        self.executor.start()
        wait_for(host, self.fixed_port)
        self.context = ballista.BallistaSessionContext(f"df://{host}:{port}", cluster_config=self.settings)
        for table, path in parquet(files):
            self.context.register_parquet(table, path)

    def run(self, sql):
        return self.context.sql(sql).to_arrow_table()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(host, port, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection((host, port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


PEERS = {"duckdb": DuckDB, "datafusion": DataFusion, "sail": Sail, "sail-cluster": SailCluster, "ballista": Ballista}
ENGINES = {"huitong": Huitong, **PEERS}

"""Real clients against a real server: ADBC for Python, the Arrow JDBC driver, flightsql-dbapi, and TPC-H answers that must equal DuckDB's on
both back ends."""

import datetime
import decimal
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

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


def check_parameters(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bound (n BIGINT, 名 VARCHAR, f DOUBLE, d DATE)")
        day = datetime.date(2024, 2, 29)
        cursor.execute("INSERT INTO bound VALUES (?, ?, ?, ?)", (1, "王芳'; DROP TABLE bound; --", 0.1, day))
        cursor.executemany("INSERT INTO bound VALUES ($1, $2, $3, $4)", [(n, None, n / 4, day) for n in range(2, 40)])
        cursor.execute("SELECT count(*) AS c FROM bound WHERE n < ? AND d = ?", (20, day))
        assert cursor.fetchall() == [(19,)], "bound values"
        cursor.execute("SELECT 名, f FROM bound WHERE n = $1", (1,))
        assert cursor.fetchall() == [("王芳'; DROP TABLE bound; --", 0.1)]
        cursor.execute("SELECT n FROM bound ORDER BY n LIMIT ? OFFSET ?", (2, 3))
        assert cursor.fetchall() == [(4,), (5,)]
        cursor.execute("DELETE FROM bound WHERE n = ?", (7,))
        cursor.execute("SELECT ? AS text, ? AS number", ("甲", 5))
        assert cursor.fetchall() == [("甲", 5)], "values of their own types"
        try:
            cursor.execute("SELECT n FROM bound WHERE n = ? AND n = ?", (1,))
            raise AssertionError("a value is missing")
        except flightsql.Error as error:
            assert "HT0113" in str(error), error
        schema = cursor.adbc_prepare("SELECT n, f FROM bound WHERE 名 = ? AND n > ?")
        assert [str(field.type) for field in schema] == ["string", "int64"], schema
        assert str(cursor.adbc_execute_schema("SELECT n, 名 FROM bound").field("名").type) == "string"
        cursor.execute("DROP TABLE bound")
    print("ok   parameters")


def check_options_and_cancel(connection):
    session = connection.adbc_connection
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA optioned")
        session.set_options(**{"adbc.connection.db_schema": "optioned"})
        cursor.execute("CREATE TABLE here AS SELECT 1 AS a")
        cursor.execute("SELECT count(*) AS c FROM optioned.here")
        assert cursor.fetchall() == [(1,)]
        assert session.get_option("adbc.connection.db_schema") == "optioned"
        session.set_options(**{"adbc.connection.db_schema": "public"})
        cursor.execute("DROP TABLE optioned.here")
        cursor.execute("DROP SCHEMA optioned")
    # A client that asks again and again how far its query is.
    with connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.statement.exec.incremental": "true"})
        cursor.adbc_statement.set_sql_query("SELECT count(*) AS c FROM unnest(range(0, 3000)) a(v), unnest(range(0, 3000)) b(w)")
        found, last = [], None
        for _ in range(1000):
            partitions, schema, _ = cursor.adbc_statement.execute_partitions()
            if not partitions:
                break
            progress = cursor.adbc_statement.get_option_float("adbc.statement.exec.progress")
            assert last is None or progress >= last, (progress, last)
            last = progress
            found += partitions
        assert len(found) == 1, found
        handle = session.read_partition(found[0])
        import pyarrow

        rows = pyarrow.RecordBatchReader._import_from_c(handle.address).read_all()
        assert rows.to_pylist() == [{"c": 9_000_000}], rows
    # Another connection ends what this one waits for.
    with connection.cursor() as cursor:
        slow = "SELECT count(*) AS c FROM unnest(range(0, 300000)) a(v), unnest(range(0, 300000)) b(w) WHERE v * w % 7 = 1"
        ended = []

        def wait():
            try:
                cursor.execute(slow)
                cursor.fetchall()
            except flightsql.Error as error:
                ended.append(str(error))

        waiting = threading.Thread(target=wait)
        waiting.start()
        with connection.cursor() as other:
            ids = []
            for _ in range(200):
                other.execute("SELECT query_id FROM huitong.running WHERE running_ms > 300 AND statement LIKE '%300000%'")
                ids = other.fetchall()
                if ids:
                    break
                time.sleep(0.05)
            other.execute(f"KILL '{ids[0][0]}'")
            other.execute(f"KILL '{ids[0][0]}'")
        waiting.join(30)
        assert ended and "HT0404" in ended[0], ended
    print("ok   options, polling, ending")


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


def check_results(connection):
    """Compressed, and over several endpoints: the same rows."""
    with connection.cursor() as cursor:
        for compression, endpoints in [("zstd", 4), ("lz4", 1), ("none", 1)]:
            cursor.execute(f"SET huitong.result_compression = '{compression}'")
            cursor.execute(f"SET huitong.result_endpoints = {endpoints}")
            cursor.execute("SELECT value AS v, '汇通' AS name FROM generate_series(1, 300000) AS s(value)")
            rows = cursor.fetch_arrow_table()
            assert sorted(rows["v"].to_pylist()) == list(range(1, 300001)), (compression, endpoints)
    print("ok   compressed results, several endpoints")


def check_token(server):
    """A token that another connection brought: no Handshake."""
    import pyarrow.flight

    with pyarrow.flight.FlightClient(f"grpc://{server.address}") as client:
        _, bearer = client.authenticate_basic_token("admin", PASSWORD)
    options = {"adbc.flight.sql.authorization_header": bearer.decode()}
    with flightsql.connect(f"grpc://{server.address}", db_kwargs=options, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 AS n")
            assert cursor.fetchall() == [(1,)]
    try:
        options = {"adbc.flight.sql.authorization_header": "Bearer nobody"}
        flightsql.connect(f"grpc://{server.address}", db_kwargs=options, autocommit=True).cursor().execute("SELECT 1")
        raise AssertionError("a token of nobody was taken")
    except flightsql.Error as error:
        assert "HT0203" in str(error), error
    print("ok   raw bearer token")


def check_jdbc(server):
    source = pathlib.Path(__file__).parent / "jdbc" / "Check.java"
    java = ["java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", os.environ["JDBC_DRIVER"], source]
    done = subprocess.run([*java, server.address, PASSWORD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(done.stdout.strip())


def check_flightsql_dbapi(server):
    """In an environment of its own: it wants an older SQLAlchemy than others do."""
    check = pathlib.Path(__file__).parent / "flightsql_dbapi" / "check.py"
    python = os.environ["FLIGHTSQL_DBAPI_PYTHON"]
    done = subprocess.run([python, check, server.address, PASSWORD], capture_output=True, text=True)
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
            check_parameters(connection)
            check_options_and_cancel(connection)
            check_ingest(connection)
            check_results(connection)
            check_token(server)
            check_jdbc(server)
            check_flightsql_dbapi(server)
            with connection.cursor() as cursor:
                cursor.execute("CREATE SCHEMA tpch")
            load_tpch(server, folder, duck)
            check_catalogue(connection)
            check_tpch(connection, duck)
    print("real clients passed")


if __name__ == "__main__":
    sys.exit(main())

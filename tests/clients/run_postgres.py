"""Clients of PostgreSQL against a real server: psycopg 3, asyncpg, SQLAlchemy, psql and pgJDBC. What is not installed is skipped, with
a line that says so."""

import asyncio
import datetime
import decimal
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from postgres import strangers, wire
from server import ENVIRONMENT, PASSWORD, Server

HERE = pathlib.Path(__file__).parent


def check_psycopg(server):
    import psycopg

    host, port = server.postgres.split(":")
    where = {"host": host, "port": port, "user": "admin", "password": PASSWORD, "dbname": "city"}
    with psycopg.connect(**where, autocommit=True) as connection:
        row = connection.execute(
            "SELECT 7::INT, '王芳', DATE '2024-02-29', 1.50::DECIMAL(10, 2), true, NULL, ARRAY[1, NULL, 3], "
            "TIMESTAMP '2024-02-29 12:30:00.25', INTERVAL '1 month 2 days 3 hours', X'00ff', 0.5::DOUBLE, "
            "TIMESTAMPTZ '2024-02-29 12:30:00+08:00', TIME '01:02:03', named_struct('a', 1, 'b', ARRAY['x'])"
        ).fetchone()
        utc = datetime.timezone.utc
        expected = (
            7, "王芳", datetime.date(2024, 2, 29), decimal.Decimal("1.50"), True, None, [1, None, 3],
            datetime.datetime(2024, 2, 29, 12, 30, 0, 250000), row[8], b"\x00\xff", 0.5,
            datetime.datetime(2024, 2, 29, 4, 30, tzinfo=utc), datetime.time(1, 2, 3), {"a": 1, "b": ["x"]},
        )  # fmt: skip
        assert row == expected, row
        binary = connection.cursor(binary=True)
        again = binary.execute(
            "SELECT 7::INT, '王芳', DATE '2024-02-29', -1234.50::DECIMAL(10, 2), true, ARRAY['a', NULL], "
            "TIMESTAMP '2024-02-29 12:30:00.25', X'00ff', 0.5::DOUBLE, 18446744073709551615::BIGINT UNSIGNED"
        ).fetchone()
        assert again == (
            7, "王芳", datetime.date(2024, 2, 29), decimal.Decimal("-1234.50"), True, ["a", None],
            datetime.datetime(2024, 2, 29, 12, 30, 0, 250000), b"\x00\xff", 0.5, decimal.Decimal(2**64 - 1),
        ), again  # fmt: skip
        connection.execute("CREATE TABLE psy (n BIGINT, name TEXT, x DECIMAL(12, 3), d DATE, t TIMESTAMP, b BOOLEAN, f DOUBLE)")
        values = (1, "it's", decimal.Decimal("12.345"), datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5, 6), True, 1e300)
        for _ in range(7):  # psycopg prepares a statement when it comes for the sixth time
            assert connection.execute("INSERT INTO psy VALUES (%s, %s, %s, %s, %s, %s, %s)", values).rowcount == 1
        found = connection.execute("SELECT DISTINCT * FROM psy WHERE name = %s AND x = %s AND d >= %s LIMIT %s", (values[1], values[2], values[3], 5))
        assert found.fetchall() == [values], found
        for name, sql, state in [
            ("UndefinedTable", "SELECT * FROM nothing", "42P01"),
            ("UndefinedColumn", "SELECT nmae FROM psy", "42703"),
            ("DivisionByZero", "SELECT 1 / 0", "22012"),
        ]:
            try:
                connection.execute(sql)
                raise AssertionError(f"{sql} is no error")
            except psycopg.Error as error:
                assert (type(error).__name__, error.sqlstate) == (name, state), error
        try:
            connection.execute("SELECT 1,\n  nmae FROM psy")
        except psycopg.Error as error:
            assert error.diag.statement_position == "13", error.diag.statement_position
            assert "HT0103" in error.diag.message_primary, error.diag.message_primary
        for wanted, found in [([1, 7], [(1,)]), ([], []), ([None, 1], [(1,)])]:
            assert connection.execute("SELECT DISTINCT n FROM psy WHERE n = ANY(%s)", (wanted,)).fetchall() == found, wanted
        assert connection.execute("SELECT DISTINCT n FROM psy WHERE name = ANY(%s)", (["it's", "a,b"],)).fetchall() == [(1,)]
        assert connection.execute("SELECT %s::TEXT[]", (["a", None, "b,\"c"],)).fetchone() == (["a", None, 'b,"c'],)
        # A result that is larger than what is kept of it, row by row.
        with connection.cursor() as cursor:
            rows = cursor.stream("SELECT value FROM generate_series(1, 200000) AS s(value)")
            assert sum(row[0] for row in rows) == 200000 * 200001 // 2
        rows = [(1, "a\tb\\", datetime.date(2024, 2, 29)), (2, None, None), (3, "甲\n,\"", datetime.date(1, 1, 1))]
        connection.execute("CREATE TABLE copied (n INT, s TEXT, d DATE)")
        with connection.cursor() as cursor:
            with cursor.copy("COPY copied (n, s, d) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            assert cursor.rowcount == 3
            assert cursor.execute("SELECT * FROM copied ORDER BY n").fetchall() == rows
            with cursor.copy("COPY (SELECT * FROM copied ORDER BY n) TO STDOUT (FORMAT csv, HEADER)") as copy:
                written = b"".join(copy).decode()
            assert written == 'n,s,d\n1,a\tb\\,2024-02-29\n2,,\n3,"甲\n,""",0001-01-01\n', written
            with cursor.copy("COPY copied FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(written)
            assert cursor.execute("SELECT count(*), count(s) FROM copied").fetchone() == (6, 4)
            # What is broken or given up leaves nothing.
            for broken in ["9\tx\t2024-01-01\nx\ty\t2024-01-01\n", None]:
                try:
                    with cursor.copy("COPY copied FROM STDIN") as copy:
                        copy.write(broken or "9\tx\t2024-01-01\n")
                        assert broken, "given up"
                    raise AssertionError("a broken load")
                except psycopg.errors.BadCopyFileFormat as error:
                    assert "line 2" in str(error), error
                except AssertionError as error:
                    assert "given up" in str(error)
            assert cursor.execute("SELECT count(*) FROM copied").fetchone() == (6,)
            # The history has the reason, by the id that the client is told.
            for lines, state, code in [("9\tx\tno day\n", "22P04", "HT0603"), ("9\ta\0b\t2024-01-01\n", "22021", "HT0603"), ("9\n", "22P04", "HT0603")]:
                try:
                    with cursor.copy("COPY copied FROM STDIN") as copy:
                        copy.write(lines)
                    raise AssertionError("a broken load")
                except psycopg.errors.DataError as error:
                    assert error.sqlstate == state and code in error.diag.message_primary, (error.sqlstate, str(error))
                    query = error.diag.context.removeprefix("query ")
                found = cursor.execute("SELECT state, error_code FROM huitong.queries WHERE query_id = %s", (query,)).fetchall()
                assert found == [("failed", code)], (query, found)
            for wrong, state in [("nowhere", "42P01"), ("copied (n, n)", "42701"), ("copied (n, zz)", "42703")]:
                try:
                    with cursor.copy(f"COPY {wrong} FROM STDIN") as copy:
                        copy.write("1\n")
                    raise AssertionError(f"a load into {wrong}")
                except psycopg.Error as error:
                    assert error.sqlstate == state, (wrong, error.sqlstate, str(error))
            # In binary, both ways; what is of another type than its column is refused.
            with cursor.copy("COPY (SELECT * FROM copied ORDER BY n, s) TO STDOUT (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "text", "date"])
                assert sorted(copy.rows(), key=str) == sorted(rows * 2, key=str)
            with cursor.copy("COPY copied (d, s, n) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["date", "text", "int4"])
                for n, s, d in rows:
                    copy.write_row((d, s, n + 10))
            assert cursor.execute("SELECT n - 10, s, d FROM copied WHERE n > 10 ORDER BY n").fetchall() == rows
            try:
                with cursor.copy("COPY copied (n) FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(["int8"])
                    copy.write_row((7,))
                raise AssertionError("eight bytes of four")
            except psycopg.errors.BadCopyFileFormat as error:
                assert "row 1" in str(error) and "int4" in str(error), error
            cursor.execute("DROP TABLE copied")
            # Lists and structures come back as they were written.
            made = "SELECT 1 AS n, [1, NULL, -3] AS a, ['x', 'b,\"c', NULL] AS t, [[1], [2, NULL]] AS d, named_struct('k', 1, 'l', ['甲']) AS s"
            cursor.execute(f"CREATE TABLE nested AS {made}")
            for layout in ["", "(FORMAT csv, HEADER)"]:
                with cursor.copy(f"COPY nested TO STDOUT {layout}") as copy:
                    written = b"".join(copy)
                with cursor.copy(f"COPY nested FROM STDIN {layout}") as copy:
                    copy.write(written)
            with cursor.copy("COPY nested TO STDOUT (FORMAT BINARY)") as copy:
                written = b"".join(copy)
            with cursor.copy("COPY nested FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(written)
            rows = cursor.execute("SELECT * FROM nested").fetchall()
            assert rows == [(1, [1, None, -3], ["x", 'b,"c', None], [[1], [2, None]], {"k": 1, "l": ["甲"]})] * 8, rows
            try:
                with cursor.copy("COPY nested (n, a) FROM STDIN") as copy:
                    copy.write("1\t{1}\n2\t{1,x}\n")
                raise AssertionError("a list that is none")
            except psycopg.errors.BadCopyFileFormat as error:
                assert "line 2" in str(error) and "`a`" in str(error), error
            cursor.execute("DROP TABLE nested")
        threading.Timer(1, connection.cancel_safe).start()
        begun = time.monotonic()
        try:
            connection.execute("SELECT count(*) FROM generate_series(1, 100000000) AS a(v) JOIN generate_series(1, 100000) AS b(v) ON a.v % 7 < b.v")
            raise AssertionError("it was not cancelled")
        except psycopg.errors.QueryCanceled as error:
            assert time.monotonic() - begun < 10
            query = error.diag.context.removeprefix("query ")
        found = connection.execute("SELECT state, error_code FROM huitong.queries WHERE query_id = %s", (query,)).fetchall()
        assert found == [("cancelled", "HT0404")], found
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.execute("DROP TABLE psy")
    with psycopg.connect(**where) as connection:  # reads in a transaction, and no change
        assert connection.execute("SELECT 1").fetchone() == (1,)
        try:
            connection.execute("CREATE TABLE never AS SELECT 1 AS n")
            raise AssertionError("a change in a transaction")
        except psycopg.errors.FeatureNotSupported as error:
            assert "transaction" in str(error), error
        connection.rollback()
        # Cursors of the server: rows as they are asked for, with bound values, in text and in binary.
        for binary in (False, True):
            with connection.cursor("人口 c", binary=binary) as cursor:
                cursor.itersize = 70
                cursor.execute("SELECT value, concat('n', value) AS name FROM generate_series(1, 5000) AS s(value) WHERE value <= %s", (1000,))
                assert [column.name for column in cursor.description] == ["value", "name"]
                assert cursor.fetchone() == (1, "n1") and cursor.fetchmany(2) == [(2, "n2"), (3, "n3")]
                cursor.scroll(5)
                assert [row[0] for row in cursor] == list(range(9, 1001)) and cursor.fetchone() is None
        # A query without an end costs what is taken of it.
        with connection.cursor("endless") as cursor:
            cursor.execute("SELECT value FROM generate_series(1, 100000000000) AS s(value)")
            assert cursor.fetchmany(3) == [(1,), (2,), (3,)]
        for sql, error in [("DECLARE c SCROLL CURSOR FOR SELECT 1", psycopg.errors.FeatureNotSupported), ("FETCH c", psycopg.errors.InvalidCursorName)]:
            try:
                connection.execute(sql)
                raise AssertionError(sql)
            except error:
                connection.rollback()
        connection.cursor("never run").close()
        with connection.transaction():
            connection.execute("SAVEPOINT before; DECLARE c CURSOR FOR SELECT 1; ROLLBACK TO SAVEPOINT before; DECLARE c BINARY CURSOR FOR SELECT 2 AS n")
            found = connection.execute("SELECT name, statement, is_binary, is_holdable FROM pg_cursors").fetchall()
            assert found == [("c", "SELECT 2 AS n", True, False)], found
        assert connection.execute("SELECT count(*) FROM pg_cursors").fetchone() == (0,)
        held = connection.cursor("held", withhold=True)
        held.execute("SELECT value FROM generate_series(1, 3) AS s(value)")
        assert held.fetchone() == (1,)
        connection.commit()
        assert held.fetchall() == [(2,), (3,)]
        held.close()
    print("ok   psycopg")


def check_asyncpg(server):
    import asyncpg

    async def ask():
        host, port = server.postgres.split(":")
        connection = await asyncpg.connect(host=host, port=int(port), user="admin", password=PASSWORD, database="city")
        row = await connection.fetchrow("SELECT $1::INT + 1 AS n, $2::TEXT AS s, $3::DOUBLE AS f, $4::DATE AS d", 6, "甲", 0.5, datetime.date(2024, 2, 29))
        assert tuple(row) == (7, "甲", 0.5, datetime.date(2024, 2, 29)), row
        await connection.execute("CREATE TABLE apg (n BIGINT, name TEXT, x DECIMAL(12, 3), t TIMESTAMP)")
        moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 6)
        await connection.execute("INSERT INTO apg VALUES ($1, $2, $3, $4)", 1, None, decimal.Decimal("-0.005"), moment)
        rows = await connection.fetch("SELECT * FROM apg WHERE n = $1 AND t <= $2", 1, moment)
        assert [tuple(row) for row in rows] == [(1, None, decimal.Decimal("-0.005"), moment)], rows
        assert await connection.fetchval("SELECT count(*) FROM apg WHERE name = ANY($1::TEXT[])", ["a", None]) == 0
        # Of other types than this one asyncpg asks the catalogue for what their items are.
        for kind, value in [
            ("TEXT", ["a", None]), ("INT", [1, None, -3]), ("BIGINT", [2**40]), ("SMALLINT", []), ("DOUBLE", [0.5, None]),
            ("BOOLEAN", [True, None]), ("DATE", [datetime.date(2024, 2, 29)]), ("TIMESTAMP", [moment]),
            ("DECIMAL(12, 3)", [decimal.Decimal("1.500"), None]), ("BYTEA", [b"\0\xff"]),
        ]:  # fmt: skip
            found = await connection.fetchval(f"SELECT $1::{kind}[]", value)
            assert found == value, (kind, found)
        assert await connection.fetchval("SELECT count(*) FROM apg WHERE n = ANY($1)", [1, 5]) == 1
        assert await connection.fetchval("SELECT count(*) FROM apg WHERE n = ANY($1::BIGINT[]) AND t = ANY($2::TIMESTAMP[])", [1], [moment]) == 1
        assert await connection.fetchval("SELECT array_agg(n) FROM apg") == [1]
        try:
            await connection.fetch("SELECT * FROM nothing")
            raise AssertionError("an unknown table")
        except asyncpg.UndefinedTableError as error:
            assert "HT0102" in str(error), error
        async with connection.transaction(readonly=True):
            try:
                await connection.execute("INSERT INTO apg VALUES (2, NULL, NULL, NULL)")
                raise AssertionError("a change where nothing may be changed")
            except asyncpg.ReadOnlySQLTransactionError:
                pass
        async with connection.transaction():
            total = 0
            async for row in connection.cursor("SELECT value FROM generate_series(1, 1000) AS s(value)", prefetch=50):
                total += row[0]
            assert total == 500500
            cursor = await connection.cursor("SELECT value FROM generate_series(1, 1000) AS s(value)")
            assert await cursor.fetchrow() == (1,) and await cursor.forward(10) == 10
            assert [row[0] for row in await cursor.fetch(2)] == [12, 13]
            before = await connection.cursor("SELECT value FROM generate_series(1, 1000) AS s(value)")
            assert await before.forward(998) == 998 and len(await before.fetch(5)) == 2 and await before.forward(1) == 0
        try:
            await asyncio.wait_for(connection.fetch("SELECT count(*) FROM generate_series(1, 100000000) AS a(v) JOIN generate_series(1, 100000) AS b(v) ON a.v % 7 < b.v"), 1)
            raise AssertionError("it was not cancelled")
        except asyncio.TimeoutError:
            pass
        assert await connection.fetchval("SELECT count(*) FROM apg") == 1
        records = [(7, "甲", decimal.Decimal("1.250"), moment), (8, None, None, None)]
        assert await connection.copy_records_to_table("apg", records=records) == "COPY 2"
        rows = await connection.fetch("SELECT * FROM apg WHERE n > 1 ORDER BY n")
        assert [tuple(row) for row in rows] == records, rows
        await connection.execute("DROP TABLE apg")
        await connection.reset()
        await connection.close()

    asyncio.run(ask())
    print("ok   asyncpg")


def check_psycopg2(server):
    import psycopg2

    host, port = server.postgres.split(":")
    with psycopg2.connect(host=host, port=port, user="admin", password=PASSWORD, dbname="city") as connection:
        with connection.cursor("part") as cursor:
            cursor.itersize = 100
            cursor.execute("SELECT value, '甲' AS name FROM generate_series(1, 1000) AS s(value) WHERE value <= %s", (550,))
            assert [row[0] for row in cursor] == list(range(1, 551)) and [one.name for one in cursor.description] == ["value", "name"]
    print("ok   psycopg2")


def check_adbc(server):
    """It reads by COPY in binary, and asks the catalogue by which functions types are read."""
    import adbc_driver_postgresql.dbapi
    import pyarrow

    uri = f"postgresql://admin:{PASSWORD}@{server.postgres}/city"
    with adbc_driver_postgresql.dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        day, moment = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 0, 250000)
        cursor.execute(
            "SELECT value, '甲' AS s, value / 2.0 :: DOUBLE AS f, value > 1 AS b, DATE '2024-02-29' AS d, TIMESTAMP '2024-02-29 12:30:00.25' AS t, "
            "CASE WHEN value = 1 THEN 1.50::DECIMAL(10, 2) END AS x, [1, NULL] AS l FROM generate_series(1, 2) AS s(value) ORDER BY value"
        )
        rows = cursor.fetch_arrow_table()
        assert rows.schema.types[:6] == [pyarrow.int64(), pyarrow.string(), pyarrow.float64(), pyarrow.bool_(), pyarrow.date32(), pyarrow.timestamp("us")], rows.schema
        found = [tuple(row.values()) for row in rows.to_pylist()]
        assert found == [(1, "甲", 0.5, False, day, moment, "1.50", [1, None]), (2, "甲", 1.0, True, day, moment, None, [1, None])], found
        made = pyarrow.table({"n": pyarrow.array([1, 2, None], pyarrow.int64()), "s": ["a", "甲", None], "f": [0.5, None, 2.0], "d": [day, None, day]})
        assert cursor.adbc_ingest("ingested", made, mode="create") == 3
        assert cursor.adbc_ingest("ingested", made, mode="append") == 3
        cursor.execute("SELECT DISTINCT n, s, f, d FROM ingested ORDER BY n NULLS LAST")
        assert cursor.fetch_arrow_table().to_pylist() == made.to_pylist()
        cursor.execute("SELECT n FROM ingested WHERE s = $1", ("甲",))
        assert cursor.fetchall() == [(2,), (2,)]
        cursor.execute("DROP TABLE ingested")
    print("ok   ADBC for PostgreSQL")


def check_sqlalchemy(server):
    import sqlalchemy

    url = f"postgresql+psycopg://admin:{PASSWORD}@{server.postgres}/city"
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE alchemy (n BIGINT NOT NULL, name TEXT, x DECIMAL(12, 3))"))
        look = sqlalchemy.inspect(engine)
        assert "alchemy" in look.get_table_names(), look.get_table_names()
        assert "public" in look.get_schema_names(), look.get_schema_names()
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in look.get_columns("alchemy")}
        assert columns == {"n": ("BIGINT", False), "name": ("TEXT", True), "x": ("NUMERIC(12, 3)", True)}, columns
        assert look.get_pk_constraint("alchemy")["constrained_columns"] == []
        assert look.get_foreign_keys("alchemy") == [] and look.get_indexes("alchemy") == []
        assert look.get_view_names() == []
        table = sqlalchemy.Table("alchemy", sqlalchemy.MetaData(), autoload_with=engine)
        connection.execute(table.insert(), [{"n": 1, "name": "甲", "x": decimal.Decimal("1.5")}, {"n": 2, "name": None, "x": None}])
        assert connection.execute(sqlalchemy.select(table.c.name).where(table.c.n == 1)).scalar() == "甲"
        connection.execute(sqlalchemy.text("DROP TABLE alchemy"))
    # In a transaction, which reading in parts needs.
    with sqlalchemy.create_engine(url).connect() as connection:
        stream = connection.execution_options(stream_results=True, max_row_buffer=100)
        rows = stream.execute(sqlalchemy.text("SELECT value FROM generate_series(1, 5000) AS s(value) WHERE value <= :n"), {"n": 1000})
        assert [len(part) for part in rows.partitions(300)] == [300, 300, 300, 100]
    print("ok   SQLAlchemy")


def check_psql(server):
    host, port = server.postgres.split(":")
    environment = dict(os.environ, PGPASSWORD=PASSWORD, PGHOST=host, PGPORT=port, PGUSER="admin", PGDATABASE="city")

    def psql(*arguments, script=None):
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", *arguments]
        done = subprocess.run(command, env=environment, input=script, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    script = "CREATE TABLE 表 (n BIGINT NOT NULL, name TEXT, x DECIMAL(12, 3));\nINSERT INTO 表 VALUES (1, 'a|b', 2), (2, NULL, 3);\n"
    script += "CREATE VIEW v AS SELECT n FROM 表;\nSELECT * FROM 表 ORDER BY n;\n\\d\n\\dt\n\\dv\n\\dn\n\\l\n\\d 表\n\\d v\n\\df\n\\dfS pi\n\\du\n\\di\n\\dT\n\\conninfo\n"
    lists = ["d+", "dt+", "dv+", "di+", "dS", "dtS", "dp", "z", "sv v", "d+ 表", "d pg_class", "ddp", "dc", "deu", "des", "dew", "dF", "dFd", "dFp", "dFt", "drds", "dRs", "dRp", "dAc", "dAf", "dAo", "dAp", "dl", "dL", "dC", "dD", "dO", "do", "dx", "dy", "db", "dconfig", "dX", "dn+", "l+", "du+", "dT+", "df+", "dfS", "da"]
    for one in lists:
        code, out, err = psql("-c", "\\" + one) if "表" not in one and " v" not in one else psql(script=f"CREATE VIEW v AS SELECT 1 AS n; CREATE TABLE 表 (n INT);\n\\{one}\nDROP VIEW v; DROP TABLE 表;")
        assert code == 0 and "ERROR" not in err, (one, out, err)
    code, out, err = psql("-A", script=script)
    assert code == 0 and err in ("", "Did not find any relations.\n"), (code, out, err)
    for line in [
        "INSERT 0 2", "1|a|b|2.000", "2||3.000", "(2 rows)", "public|表|table|admin", "public|v|view|admin", "n|bigint||not null|",
        "name|text|||", "x|numeric(12,3)|||", "public|ts_forecast|", "pg_catalog|pi|double precision||func", "Table \"public.表\"", "View \"public.v\"",
    ]:  # fmt: skip
        assert line in out, (line, out)
    code, out, err = psql("-c", "SELECT 1,\n  nmae FROM 表")
    assert code == 1 and "HT0103" in err and "LINE 2:   nmae FROM 表" in err, err
    code, out, err = psql("-A", script="\\copy 表 FROM STDIN (FORMAT csv)\n5,\"x,y\",1.5\n\\.\n\\copy (SELECT * FROM 表 ORDER BY n) TO STDOUT (FORMAT csv, HEADER)\n")
    assert code == 0 and out == 'COPY 1\nn,name,x\n1,a|b,2.000\n2,,3.000\n5,"x,y",1.500\n', (out, err)
    code, out, err = psql("-At", "-v", "FETCH_COUNT=100", "-c", "SELECT value FROM generate_series(1, 1050) AS s(value)")
    assert code == 0 and out.split() == [str(n) for n in range(1, 1051)], (out, err)
    script = "BEGIN;\nDECLARE c CURSOR FOR SELECT value FROM generate_series(1, 10) AS s(value);\nFETCH 2 FROM c;\nMOVE FORWARD 3 IN c;\nFETCH ALL c;\n"
    script += "FETCH c;\nCLOSE c;\nCOMMIT;\nDECLARE h BINARY CURSOR WITH HOLD FOR SELECT 1;\nCLOSE ALL;\n"
    code, out, err = psql("-At", script=script)
    told = ["BEGIN", "DECLARE CURSOR", "1", "2", "MOVE 3", "6", "7", "8", "9", "10", "CLOSE CURSOR", "COMMIT", "DECLARE CURSOR", "CLOSE CURSOR ALL"]
    assert code == 0 and out.split("\n")[:-1] == told, (out, err)
    # Ctrl-C ends the statement.
    command = ["psql", "-X", "-c", wire.LONG]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode != 0 and "HT0404" in err, (out, err)
    code, out, err = psql("-c", "DROP VIEW v; DROP TABLE 表")
    assert code == 0, err
    print("ok   psql")


def check_wire(server):
    """What the protocol says about steps that go wrong, come late or come alone."""
    client = wire.Client(server.postgres, "admin", PASSWORD)
    ask = client.ask
    run = [wire.bind(), wire.execute()]
    assert ask(wire.query("CREATE TABLE w AS SELECT 1 AS n, 'a' AS s")) == ["CREATE TABLE", "ZI"]
    # Names as PostgreSQL gives them, twice the same too; they never hold a bound value.
    assert ask(wire.query("SELECT n, n, version() = '', count(*), 1 FROM w GROUP BY n"))[0] == ["n", "n", "?column?", "count", "?column?"]
    assert ask(wire.query("SELECT w.s, w.* FROM w ORDER BY n")) == [["s", "n", "s"], ("a", "1", "a"), "SELECT 1", "ZI"]
    secret = [wire.parse("SELECT $1, $2, n FROM w"), wire.bind(values=[b"secret", b"secret"]), wire.describe(b"P"), wire.execute(), wire.SYNC]
    assert ask(*secret) == ["1", "2", ["?column?", "?column?", "n"], ("secret", "secret", "1"), "SELECT 1", "ZI"]
    # A simple query ends the portal and the statement without a name, and no other while a transaction is open.
    ask(wire.query("BEGIN"))
    assert ask(wire.parse("SELECT value FROM generate_series(1, 4) AS s(value)"), wire.bind("p"), wire.execute("p", 2), wire.SYNC)[2:] == [("1",), ("2",), "s", "ZT"]
    assert ask(wire.query("SELECT 7")) == [["?column?"], ("7",), "SELECT 1", "ZT"]
    assert ask(wire.execute("p", 0), wire.SYNC) == [("3",), ("4",), "SELECT 2", "ZT"]
    # A transaction that has failed hands out nothing any more.
    ask(wire.parse("SELECT value FROM generate_series(1, 4) AS s(value)"), wire.bind("q"), wire.execute("q", 1), wire.SYNC)
    assert ask(wire.query("SELECT nothing"))[-2:] == ["E42703", "ZE"]
    assert ask(wire.execute("q", 0), wire.SYNC) == ["E25P02", "ZE"]
    assert ask(wire.parse("ROLLBACK"), *run, wire.SYNC) == ["1", "2", "ROLLBACK", "ZI"]
    # Cursors end with their transaction, or not if they are to be held and it is committed; one that fails is gone.
    series = "SELECT value FROM generate_series(1, 4) AS s(value)"
    assert ask(wire.query(f"DECLARE c CURSOR FOR {series}")) == ["E25P01", "ZI"]
    assert ask(wire.query(f"DECLARE c CURSOR WITH HOLD FOR {series}")) == ["DECLARE CURSOR", "ZI"]
    assert ask(wire.query(f"DECLARE c CURSOR WITH HOLD FOR {series}")) == ["E42P03", "ZI"]
    assert ask(wire.query("FETCH c")) == [["value"], ("1",), "FETCH 1", "ZI"]
    assert ask(wire.query(f"BEGIN; DECLARE d CURSOR FOR {series}; DECLARE e CURSOR WITH HOLD FOR {series}"))[-1] == "ZT"
    assert ask(wire.query("ROLLBACK"))[-1] == "ZI"
    assert [ask(wire.query(f"FETCH {name}"))[0] for name in "cde"] == [["value"], "E34000", "E34000"]
    steps = [wire.parse("FETCH FORWARD 5 FROM c"), wire.describe(b"S"), wire.bind(), wire.describe(b"P"), wire.execute("", 1), wire.execute("", 0)]
    assert ask(*steps, wire.SYNC) == ["1", "t", ["value"], "2", ["value"], ("3",), "s", ("4",), "FETCH 1", "ZI"], steps
    # What stops another statement leaves them; one purpose does not read what was declared for another.
    client.send(wire.query(wire.LONG))
    time.sleep(1)
    wire.cancel(server.postgres, client.key)
    assert client.until_ready() == ["E57014", "ZI"]
    assert ask(wire.query("MOVE 0 c; CLOSE"))[-2:] == ["E0A000", "ZI"]
    assert ask(wire.query("CLOSE"))[0] == "E42601"
    ask(wire.query(f"DECLARE d CURSOR WITH HOLD FOR {series}"))
    assert ask(wire.query("SET huitong.purpose = '统计'; FETCH d")) == ["SET", ["value"], "E42501", "ZI"]
    assert ask(wire.query("RESET huitong.purpose; FETCH d")) == ["RESET", "E34000", "ZI"]
    # A purpose ends as other settings do, so that whoever has a connection of a pool next does not ask for it.
    shown = lambda: ask(wire.query("SHOW huitong.purpose"))[1][1]
    for begins, ends in [("", "DISCARD ALL"), ("", "RESET ALL"), ("BEGIN; ", "ROLLBACK"), ("BEGIN; SET LOCAL timezone = 'UTC'; ", "ROLLBACK")]:
        ask(wire.query(f"{begins}SET huitong.purpose = '统计'"))
        assert shown() == "统计", begins
        ask(wire.query(ends))
        assert shown() == "", ends
    ask(wire.query(f"DECLARE c CURSOR WITH HOLD FOR {series}; MOVE ALL c"))
    assert ask(wire.query("FETCH ALL c; MOVE c; CLOSE c")) == [["value"], "FETCH 0", "MOVE 0", "CLOSE CURSOR", "ZI"]
    # After an error everything is left out until Sync, simple queries too.
    assert ask(wire.parse("SELECT nothing"), *run, wire.query("DROP TABLE w"), wire.SYNC) == ["1", "E42703", "ZI"]
    assert ask(wire.query("SELECT count(*) FROM w"))[1] == ("1",)
    # A change runs once for each time it is bound.
    assert ask(wire.parse("INSERT INTO w VALUES (2, 'b')"), wire.bind("i"), wire.execute("i"), wire.execute("i"), wire.SYNC) == ["1", "2", "INSERT 0 1", "E55000", "ZI"]
    assert ask(wire.message(b"F", b"\0\0\0\1\0\0\0\0\0\0")) == ["E0A000", "ZI"]
    ask(wire.query("SET statement_timeout = 5000"))
    assert ask(wire.query("SHOW statement_timeout"))[1] == ("5s",)
    ask(wire.query("RESET statement_timeout"))
    assert len(ask(wire.query("SHOW ALL"))[0]) == 3
    # What a client was told of the columns holds, or it is told that it does not.
    ask(wire.parse("SELECT n FROM w", "kept"), wire.describe(b"S", "kept"), wire.SYNC)
    ask(wire.query("DROP TABLE w; CREATE TABLE w AS SELECT 'x' AS n"))
    assert ask(wire.bind("", "kept"), wire.execute(), wire.SYNC) == ["E0A000", "ZI"]
    assert ask(wire.describe(b"S", "kept"), wire.bind("", "kept"), wire.execute(), wire.SYNC)[-3:] == [("x",), "SELECT 1", "ZI"]
    # Reading only is kept as it was promised.
    for begin, end in [
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"),
        ("BEGIN READ ONLY", "ROLLBACK"),
        ("BEGIN; SET TRANSACTION READ ONLY", "ROLLBACK"),
        ("SET default_transaction_read_only = on", "RESET ALL"),
    ]:
        ask(wire.query(begin))
        assert ask(wire.query("SHOW transaction_read_only"))[1] == ("on",), begin
        assert "E25006" in ask(wire.query("INSERT INTO w VALUES ('y')")), begin
        ask(wire.query(end))
        assert ask(wire.query("SHOW transaction_read_only"))[1] == ("off",), end
    assert ask(wire.query("INSERT INTO w VALUES ('y')")) == ["INSERT 0 1", "ZI"]
    # Settings of the engine are taken back like all others.
    for change, back in [
        ("SET huitong.backend = 'local'", "RESET huitong.backend"),
        ("SET huitong.backend = 'local'", "DISCARD ALL"),
        ("BEGIN; SET huitong.backend = 'local'", "ROLLBACK"),
        ("BEGIN; SELECT set_config('huitong.backend', 'local', false)", "ROLLBACK"),
        ("BEGIN; SET LOCAL huitong.backend = 'local'", "COMMIT"),
    ]:
        assert "E" not in "".join(str(one) for one in ask(wire.query(change)) if str(one).startswith("E")), change
        assert ask(wire.query("SELECT current_setting('huitong.backend')"))[1] == ("local",), change
        ask(wire.query(back))
        assert ask(wire.query("SELECT current_setting('huitong.backend')"))[1] == ("auto",), back
    # A client may say what shall be done and leave.
    leaving = wire.Client(server.postgres, "admin", PASSWORD)
    leaving.send(wire.query("INSERT INTO w SELECT 'left' FROM generate_series(1, 1000)"), wire.TERMINATE)
    leaving.close()
    half = wire.Client(server.postgres, "admin", PASSWORD)
    half.send(wire.query("INSERT INTO w VALUES ('half')"))
    half.socket.shutdown(socket.SHUT_WR)
    assert half.until_ready() == ["INSERT 0 1", "ZI"]
    for _ in range(100):
        if ask(wire.query("SELECT count(*) FROM w WHERE n = 'left'"))[1] == ("1000",):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("what a client that left has asked for was not done")
    # Texts that are too much are refused before anything grows.
    for long in ["SELECT pg_backend_pid(), 1" + "+1" * 200_000, "COPY (SELECT 1" + "+1" * 200_000 + ") TO STDOUT", "SELECT 1" + ",1" * 30_000_000]:
        begun = time.monotonic()
        answer = ask(wire.query(long))
        assert answer[0] in ("E42601", "E54000") and time.monotonic() - begun < 30, answer
        assert ask(wire.parse(long), wire.SYNC)[0] == answer[0]
    # A query about the catalogue in words of its own keeps the places of its errors, and lists do not hide what the user names.
    client.send(wire.query("SELECT pg_catalog.version(),\n  nmae FROM w"))
    kind, body = client.next()
    assert kind == "E" and wire.fields(body)["P"] == "32", (kind, body)
    client.until_ready()
    for sql, rows in [
        ("WITH pg_index AS (SELECT 1 AS a) SELECT a FROM pg_index", [("1",)]),
        ("SELECT avg(indrelid) FROM pg_index", [(None,)]),
        ("SELECT current_schema FROM (SELECT 'mine' AS current_schema) x", [("mine",)]),
        ("SELECT current_schema", [("public",)]),
        ("SELECT n FROM w WHERE n = ANY('{x,\"b,c\"}')", [("x",)]),
        ("SELECT n FROM w WHERE n = ANY('{}')", []),
        ("EXPLAIN SELECT relname FROM pg_class WHERE oid = 'w'::regclass", None),
        ("SELECT 'w'::regclass > 0", [("t",)]),
        ("SELECT name FROM (SELECT 'pg_x' AS name) t WHERE name LIKE 'pg!_x' ESCAPE '!'", [("pg_x",)]),
    ]:
        answer = ask(wire.query(sql))
        assert answer[-1] == "ZI" and str(answer[-2]).startswith(("SELECT", "EXPLAIN")), (sql, answer)
        assert rows is None or answer[1:-2] == rows, (sql, answer)
    for sql, state in [
        ("SELECT n, (SELECT n FROM w WHERE n > '') FROM w WHERE n <> 'pg_x'", "E"),
        ("SELECT 'pg_nope'::regclass", "E42P01"),
        ("CREATE VIEW vv AS SELECT relname FROM pg_class", "E42P01"),
        ("SELECT n FROM w WHERE n = ANY('x')", "E42804"),
    ]:
        answer = ask(wire.query(sql))
        assert any(str(one).startswith(state) for one in answer[:-1]), (sql, answer)
    # Maps with any type in them.
    for sql in ["MAP(['a'], [arrow_cast('x', 'LargeUtf8')])", "MAP([arrow_cast('a', 'Utf8View')], [1])", "MAP(['a'], [arrow_cast(1.5, 'Float16')])"]:
        assert ask(wire.query(f"SELECT {sql} AS m"))[-2:] == ["SELECT 1", "ZI"], sql
    # Numbers that no type holds, and moments and spans as they are written here.
    values = [(1700, b"1e-2147483648"), (1700, b"0." + b"0" * 70_000), (17, b"\\x+f")]
    for oid, value in values:
        assert ask(wire.parse("SELECT $1", types=[oid]), wire.bind(values=[value]), wire.execute(), wire.SYNC)[1] == "E22P02", value
    ask(wire.query("SET timezone = 'Asia/Shanghai'"))
    for oid, value, shown in [
        (1184, b"2024-01-02 03:04:05", "2024-01-02 03:04:05+08"),
        (1186, b"1 year 2 mons -3 days +04:05:06.7", "1 year 2 mons -3 days +04:05:06.7"),
        (1186, b"P1DT2H", "1 day 02:00:00"),
    ]:
        answer = ask(wire.parse("SELECT $1", types=[oid]), wire.bind(values=[value]), wire.execute(), wire.SYNC)
        assert answer[2] == (shown,), answer
    assert ask(wire.query("RESET timezone; DROP TABLE w")) == ["RESET", "DROP TABLE", "ZI"]
    # A user who is changed or removed is not served any longer.
    for change in ["ALTER USER guest PASSWORD 'another-password-1'", "DROP USER guest"]:
        ask(wire.query("CREATE USER guest PASSWORD 'guest-password-1'"))
        ask(wire.query("ALTER USER guest PASSWORD 'guest-password-1'"))
        guest, reading = (wire.Client(server.postgres, "guest", "guest-password-1") for _ in range(2))
        reading.send(wire.query("SELECT value FROM generate_series(1, 1000000000) AS s(value)"))
        reading.next()
        assert guest.ask(wire.query("SELECT 1"))[-1] == "ZI"
        assert ask(wire.query(change))[-1] == "ZI"
        for one in (guest, reading):
            one.socket.settimeout(10)
            while True:
                kind, body = one.next()
                if kind == "E":
                    assert wire.fields(body)["C"] == "57P01", body
                    break
    client.close()
    print("ok   protocol")


def check_queries(server):
    """The lists of statements that clients send, as simple queries and as prepared statements."""
    client = wire.Client(server.postgres, "admin", PASSWORD)
    client.ask(wire.query("CREATE TABLE film (id BIGINT NOT NULL, name TEXT); CREATE VIEW films AS SELECT name FROM film; CREATE SCHEMA 统计"))
    client.ask(wire.query("CREATE TABLE 统计.人口 (n INT); CREATE TABLE film_list (id INT)"))
    failed = []
    for file in sorted((HERE / "postgres" / "queries").glob("*.sql")):
        for statement in file.read_text().split(";\n"):
            lines = [line for line in statement.strip().splitlines()]
            expected = [line for line in lines if line.startswith("-- ") and line.removeprefix("-- ").split()[-1] in ("rows", "done")]
            sql = "\n".join(line for line in lines if not line.startswith("--"))
            if not sql:
                continue
            ways = {"simple": [wire.query(sql)], "prepared": [wire.parse(sql), wire.describe(b"S"), wire.bind(), wire.execute(), wire.SYNC]}
            for way, messages in ways.items():
                answer = client.ask(*messages)
                errors = [one for one in answer if isinstance(one, str) and one[:1] == "E" and len(one) == 6]
                count = sum(isinstance(one, tuple) for one in answer)
                wanted = expected[-1].split()[1]
                fits = {"rows": count > 0, "done": count == 0}.get(wanted, wanted.isdigit() and count == int(wanted))
                if errors or not fits:
                    failed.append(f"{file.name}, {way}: {count} rows, {errors}: {sql}")
    assert not failed, "\n\n".join(failed)
    client.ask(wire.query("DROP VIEW films; DROP TABLE film; DROP TABLE film_list; DROP TABLE 统计.人口; DROP SCHEMA 统计"))
    client.close()
    print("ok   recorded queries")


def check_jdbc(server):
    subprocess.run(["java", "-cp", os.environ["PGJDBC"], HERE / "postgres" / "Check.java", server.postgres, PASSWORD], env=ENVIRONMENT, check=True)


def check_names(server):
    """Which tables are opened to answer for the columns of one, and what a path of several schemas is told."""
    client = wire.Client(server.postgres, "admin", PASSWORD)
    client.ask(wire.query("CREATE SCHEMA many"))
    client.ask(wire.query("; ".join(f"CREATE TABLE many.t{at} (n INT, s TEXT)" for at in range(300))))
    by_name = "SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON a.attrelid = c.oid {} WHERE c.relname = 't7' AND a.attnum > 0"
    of_schema = "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'many'"
    outer = "SELECT a.attname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relname IN ('t7')"
    whole = "SELECT count(*) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON a.attrelid = c.oid " + of_schema

    def took(sql, rows):
        begun = time.monotonic()
        assert sorted(client.ask(wire.query(sql))[1:-2]) == rows, sql
        return (time.monotonic() - begun) * 1000

    all_of_them = min(took(whole, [("600",)]) for _ in range(2))
    for sql in [by_name.format(""), by_name.format(of_schema), outer, "SELECT attname FROM pg_attribute WHERE attrelid = 'many.t7'::regclass AND attnum > 0"]:
        one = min(took(sql, [("n",), ("s",)]) for _ in range(3))
        # To open one takes some milliseconds, and all take as many times as much.
        assert one < all_of_them / 3, (sql, one, all_of_them)
    print(f"     columns of one table of 300: {one:.0f} ms, of all: {all_of_them:.0f} ms")
    assert client.ask(wire.query("SET search_path = many, public"))[0] == "E22023"
    client.send(wire.query("SET search_path = many, public"))
    told = wire.fields(client.next()[1])
    assert "HT0108" in told["M"] and "one schema" in told["H"], told
    client.until_ready()
    assert client.ask(wire.query("SET search_path = '$user', many, pg_catalog"), wire.query("SELECT count(*) FROM t7"))[0] == "SET"
    client.until_ready()
    client.ask(wire.query("RESET search_path; DROP TABLE " + ", ".join(f"many.t{at}" for at in range(300)) + "; DROP SCHEMA many"))
    client.close()
    print("ok   names")


def check_activity(server):
    """What Superset does to end a statement: it asks for the number of its connection, and ends it from another one."""
    client, victim = (wire.Client(server.postgres, "admin", PASSWORD, application_name=name) for name in ("one", "two"))
    number = victim.ask(wire.query("SELECT pg_backend_pid()"))[1][0]
    assert int(number) == victim.key[0]
    seen = f"SELECT usename, application_name, state FROM pg_stat_activity WHERE pid = '{number}'"
    assert client.ask(wire.query(seen))[1] == ("admin", "two", "idle")
    victim.send(wire.query(wire.LONG))
    time.sleep(1)
    assert client.ask(wire.query(seen))[1] == ("admin", "two", "active")
    assert client.ask(wire.query(f"SELECT pg_cancel_backend({number})"))[1] == ("t",)
    assert victim.until_ready() == ["E57014", "ZI"]
    # Others neither see it nor end it.
    client.ask(wire.query("CREATE USER visitor PASSWORD 'visitor-password-1'"))
    client.ask(wire.query("ALTER USER visitor PASSWORD 'visitor-password-1'"))
    visitor = wire.Client(server.postgres, "visitor", "visitor-password-1")
    assert visitor.ask(wire.query(seen))[1:] == ["SELECT 0", "ZI"]
    assert visitor.ask(wire.query(f"SELECT pg_terminate_backend({number}), pg_cancel_backend({number})"))[1] == ("f", "f")
    assert client.ask(wire.query("SELECT usename FROM pg_stat_activity WHERE usename = 'visitor'"))[1] == ("visitor",)
    for busy in (True, False):
        victim = wire.Client(server.postgres, "admin", PASSWORD)
        if busy:
            victim.send(wire.query(wire.LONG))
            time.sleep(1)
        ends = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid='{victim.key[0]}'"
        assert client.ask(wire.query(ends))[1] == ("t",)
        kind, body = victim.next()
        assert kind == "E" and wire.fields(body)["C"] == "57P01", body
    visitor.close()
    client.ask(wire.query("DROP USER visitor"))
    client.close()
    print("ok   pg_stat_activity")


def check_strangers(server):
    strangers.check(server, PASSWORD)
    print("ok   strangers")


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        check_wire(server)
        check_queries(server)
        check_names(server)
        check_activity(server)
        check_strangers(server)
        check_psycopg(server)
        check_asyncpg(server)
        check_psycopg2(server)
        check_adbc(server)
        check_sqlalchemy(server)
        if shutil.which("psql"):
            check_psql(server)
        else:
            print("skip psql: it is not installed")
        if os.environ.get("PGJDBC") and shutil.which("java"):
            check_jdbc(server)
        else:
            print("skip pgJDBC: it is not installed")


if __name__ == "__main__":
    main()

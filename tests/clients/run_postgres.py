"""Clients of PostgreSQL against a real server: psycopg 3, asyncpg, SQLAlchemy, psql and pgJDBC. What is not installed is skipped, with
a line that says so."""

import asyncio
import datetime
import decimal
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

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
            cursor.execute("DROP TABLE copied")
        threading.Timer(1, connection.cancel_safe).start()
        begun = time.monotonic()
        try:
            connection.execute("SELECT count(*) FROM generate_series(1, 100000000) AS a(v) JOIN generate_series(1, 100000) AS b(v) ON a.v % 7 < b.v")
            raise AssertionError("it was not cancelled")
        except psycopg.errors.QueryCanceled:
            assert time.monotonic() - begun < 10
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
        async with connection.transaction():
            total = 0
            async for row in connection.cursor("SELECT value FROM generate_series(1, 1000) AS s(value)", prefetch=50):
                total += row[0]
            assert total == 500500
        try:
            await asyncio.wait_for(connection.fetch("SELECT count(*) FROM generate_series(1, 100000000) AS a(v) JOIN generate_series(1, 100000) AS b(v) ON a.v % 7 < b.v"), 1)
            raise AssertionError("it was not cancelled")
        except asyncio.TimeoutError:
            pass
        assert await connection.fetchval("SELECT count(*) FROM apg") == 1
        await connection.execute("DROP TABLE apg")
        await connection.reset()
        await connection.close()

    asyncio.run(ask())
    print("ok   asyncpg")


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
    print("ok   SQLAlchemy")


def check_psql(server):
    host, port = server.postgres.split(":")
    environment = dict(os.environ, PGPASSWORD=PASSWORD, PGHOST=host, PGPORT=port, PGUSER="admin", PGDATABASE="city")

    def psql(*arguments, script=None):
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", *arguments]
        done = subprocess.run(command, env=environment, input=script, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    script = "CREATE TABLE 表 (n BIGINT NOT NULL, name TEXT, x DECIMAL(12, 3));\nINSERT INTO 表 VALUES (1, 'a|b', 2), (2, NULL, 3);\n"
    script += "CREATE VIEW v AS SELECT n FROM 表;\nSELECT * FROM 表 ORDER BY n;\n\\d\n\\dt\n\\dv\n\\dn\n\\l\n\\d 表\n\\d v\n\\df\n\\du\n\\di\n\\dT\n\\conninfo\n"
    code, out, err = psql("-A", script=script)
    assert code == 0 and err in ("", "Did not find any relations.\n"), (code, out, err)
    for line in [
        "INSERT 0 2", "1|a|b|2.000", "2||3.000", "(2 rows)", "public|表|table|admin", "public|v|view|admin", "n|bigint||not null|",
        "name|text|||", "x|numeric(12,3)|||", "Table \"public.表\"", "View \"public.v\"",
    ]:  # fmt: skip
        assert line in out, (line, out)
    code, out, err = psql("-c", "SELECT 1,\n  nmae FROM 表")
    assert code == 1 and "HT0103" in err and "LINE 2:   nmae FROM 表" in err, err
    code, out, err = psql("-c", "DROP VIEW v; DROP TABLE 表")
    assert code == 0, err
    print("ok   psql")


def check_jdbc(server):
    subprocess.run(["java", "-cp", os.environ["PGJDBC"], HERE / "postgres" / "Check.java", server.postgres, PASSWORD], env=ENVIRONMENT, check=True)


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        check_psycopg(server)
        check_asyncpg(server)
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

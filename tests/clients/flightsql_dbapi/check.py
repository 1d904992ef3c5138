"""flightsql-dbapi, by itself and as SQLAlchemy's dialect, which is how Superset reaches Flight SQL.

Usage: check.py HOST:PORT PASSWORD
"""

import datetime
import sys

import flightsql
import flightsql.sqlalchemy  # Registers the dialect under the name that its documentation gives.
import pyarrow
from sqlalchemy import MetaData, Table, create_engine, func, inspect, select, text

# Off by default in the driver; without the first it writes NULL for a value that comes with `execute`.
FEATURES = "feature-sqlalchemy-prepared-statements=on&feature-sqlalchemy-primary-keys=on"


def refused(code, ask):
    try:
        ask()
    except pyarrow.ArrowException as error:
        assert code in str(error), error
        return
    raise AssertionError(f"no error where {code} is due")


def check_dbapi(host, port, password):
    client = flightsql.FlightSQLClient(host=host, port=port, user="admin", password=password, insecure=True)
    with flightsql.connect(client) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE SCHEMA dbapi")
        cursor.execute("CREATE TABLE dbapi.人口 (编号 BIGINT PRIMARY KEY, 姓名 VARCHAR, 日期 DATE)")
        # It asks for these as for queries. A second run of any would be seen in the count.
        cursor.execute("INSERT INTO dbapi.人口 VALUES (1, '王芳', DATE '2024-02-29')")
        cursor.execute("INSERT INTO dbapi.人口 VALUES (?, ?, NULL)", (2, "李雷'; DROP TABLE t; --"))
        cursor.executemany("INSERT INTO dbapi.人口 VALUES (?, ?, NULL)", [(3, "a"), (4, "b")])
        cursor.execute("SELECT count(*) AS n, sum(编号) AS s FROM dbapi.人口")
        assert cursor.fetchall() == [[4, 10]], "a command ran more or less than once"
        values = (True, 1.5, "甲", b"\x00\xff", -7)
        cursor.execute("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e", values)
        assert tuple(cursor.fetchone()) == values, "a value of each type that it can bind"
        cursor.execute("SELECT 编号 FROM dbapi.人口 WHERE 姓名 = ? LIMIT ?", ("李雷'; DROP TABLE t; --", 1))
        assert cursor.fetchall() == [[2]]
        refused("HT0103", lambda: cursor.execute("SELECT 姓 FROM dbapi.人口"))
        refused("HT0113", lambda: cursor.execute("SELECT 编号 FROM dbapi.人口 WHERE 姓名 = ? AND 编号 = ?", ("甲",)))


def check_sqlalchemy(host, port, password):
    engine = create_engine(f"datafusion+flightsql://admin:{password}@{host}:{port}?insecure=True&{FEATURES}")
    # What Superset asks to show its lists.
    inspector = inspect(engine)
    assert "dbapi" in inspector.get_schema_names() and inspector.get_table_names("dbapi") == ["人口"]
    assert inspector.has_table("人口", schema="dbapi") and not inspector.has_table("nothing", schema="dbapi")
    columns = {column["name"]: str(column["type"]) for column in inspector.get_columns("人口", schema="dbapi")}
    assert columns == {"编号": "BIGINT", "姓名": "TEXT", "日期": "DATE"}, columns
    assert inspector.get_pk_constraint("人口", schema="dbapi")["constrained_columns"] == ["编号"]
    table = Table("人口", MetaData(), autoload_with=engine, schema="dbapi")
    with engine.connect() as connection:
        found = connection.execute(select(table.c.姓名, table.c.日期).where(table.c.编号 == 1)).fetchall()
        assert [(name, day.date()) for name, day in found] == [("王芳", datetime.date(2024, 2, 29))], found
        grouped = select(table.c.日期, func.count().label("n")).group_by(table.c.日期).order_by("n").limit(10)
        assert [n for _, n in connection.execute(grouped)] == [1, 3]
        assert connection.execute(text("SELECT 编号 FROM dbapi.人口 WHERE 编号 > :n"), {"n": 3}).fetchall() == [(4,)]
        connection.execute(text("DROP TABLE dbapi.人口"))
        connection.execute(text("DROP SCHEMA dbapi"))
    assert "dbapi" not in inspect(engine).get_schema_names()


if __name__ == "__main__":
    address, password = sys.argv[1:]
    host, port = address.split(":")
    check_dbapi(host, int(port), password)
    check_sqlalchemy(host, int(port), password)
    print("ok   flightsql-dbapi, SQLAlchemy")

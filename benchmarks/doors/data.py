"""The table of the benchmark: how huitong makes it, how it comes to PostgreSQL, and what every answer must be."""

import datetime
import decimal
import functools
import pathlib
import subprocess
import tempfile

import psycopg
from server import HUITONG, Server, complete

SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇"
DISTRICTS = 90
FIRST_DAY = datetime.date(2020, 1, 1)
COLUMNS = "id, district, name, amount, day"

# As whoever asks by id would make it: in the order of the id, in files of the usual size. There is no index; a query for one id
# skips files, row groups and pages by their least and greatest ids.
MAKE = f"""
CREATE SCHEMA doors;
CREATE TABLE doors.record (id BIGINT NOT NULL, district VARCHAR, name VARCHAR, amount DECIMAL(12, 2), day DATE);
INSERT INTO doors.record
  SELECT value, '33' || lpad(CAST(value * 31 % {DISTRICTS} AS VARCHAR), 4, '0') || '000000',
    substr('{SURNAMES}', 1 + value % 10, 1) || substr('{GIVEN}', 1 + value % 11, 1),
    CAST(CAST(value * 7919 % 10000000 AS DECIMAL(12, 2)) / 100 AS DECIMAL(12, 2)),
    DATE '{FIRST_DAY}' + CAST(value % 2000 AS INT)
  FROM generate_series(1, {{rows}}) ORDER BY 1;
OPTIMIZE doors.record ZORDER BY (id);
"""

POSTGRES = """
DROP SCHEMA IF EXISTS doors CASCADE;
CREATE SCHEMA doors;
CREATE TABLE doors.record (id BIGINT NOT NULL, district VARCHAR, name VARCHAR, amount DECIMAL(12, 2), day DATE);
"""


def row(number):
    """The row of an id, by the arithmetic of `MAKE`."""
    return (
        number,
        f"33{number * 31 % DISTRICTS:04}000000",
        SURNAMES[number % 10] + GIVEN[number % 11],
        decimal.Decimal(number * 7919 % 10_000_000).scaleb(-2),
        FIRST_DAY + datetime.timedelta(days=number % 2000),
    )


@functools.cache
def totals(first, last):
    """Of each district, the number of rows from one id to another and the sum of their amounts."""
    found = []
    for start in range(first, min(first + DISTRICTS, last + 1)):
        numbers = range(start, last + 1, DISTRICTS)
        amount = sum(number * 7919 % 10_000_000 for number in numbers)
        found.append((row(start)[1], len(numbers), decimal.Decimal(amount).scaleb(-2)))
    return sorted(found)


def make(folder, rows):
    """Huitong's table, and its administrator, unless an earlier run made them."""
    if complete(folder).exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, Server(folder, pathlib.Path(scratch)) as server:
        server.client("sql", "--command", MAKE.format(rows=rows))
    complete(folder).touch()


def token(folder):
    """A token of the administrator, as programs have them that ask over HTTP: passwords are slow to check by design."""
    command = [HUITONG, "user", "token", "admin", "--dir", folder, "--days", "1"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip().splitlines()[-1].strip()


def copy(ours, theirs):
    """From huitong's table to PostgreSQL's, by COPY at both ends; then what PostgreSQL wants before it is asked."""
    with psycopg.connect(ours, autocommit=True) as source, psycopg.connect(theirs, autocommit=True) as target:
        target.execute(POSTGRES)
        with source.cursor() as out, target.cursor() as into:
            with out.copy("COPY doors.record TO STDOUT") as rows, into.copy("COPY doors.record FROM STDIN") as taken:
                for block in rows:
                    taken.write(block)
        target.execute("ALTER TABLE doors.record ADD PRIMARY KEY (id)")
        target.execute("VACUUM (ANALYZE, FREEZE) doors.record")
        target.execute("CHECKPOINT")
        return target.info.server_version // 10000

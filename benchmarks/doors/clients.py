"""One class for each door: a connection that asks as a user's program would, and what it has to pay for by itself.

`point` and `group` answer with rows of Python values; `whole` with the number of rows, their first and their last, and the bytes
that they take as Arrow where the door sends Arrow. Libraries are imported by those who use them.
"""

import datetime
import decimal
import http.client
import json
import os

from data import COLUMNS

POINT = f"SELECT {COLUMNS} FROM doors.record WHERE id = {{}}"
# Of ten thousand rows that lie together.
TOTALS = "SELECT district, count(*) AS n, sum(amount) AS total FROM doors.record {} GROUP BY district ORDER BY 1"
GROUP = TOTALS.format("WHERE id BETWEEN {} AND {}")
EVERY = TOTALS.format("")
WHOLE = f"SELECT {COLUMNS} FROM doors.record WHERE id <= {{}}"


class Flight:
    """ADBC: a prepared statement with bound values for each of the two queries that come often."""

    def __init__(self, address, user, password):
        import adbc_driver_flightsql.dbapi as flightsql

        self.connection = flightsql.connect(
            f"grpc://{address}", db_kwargs={"username": user, "password": password}, autocommit=True
        )
        self.cursors = {}

    def ask(self, sql, *values):
        cursor = self.cursors.get(sql)
        if cursor is None:
            # A cursor keeps the statement that it prepared last.
            cursor = self.cursors[sql] = self.connection.cursor()
        cursor.execute(sql, values or None)
        return cursor

    def point(self, number):
        return self.ask(POINT.format("?"), number).fetchall()

    def group(self, first, last):
        return self.ask(GROUP.format("?", "?"), first, last).fetchall()

    def every(self):
        return self.ask(EVERY).fetchall()

    def whole(self, rows):
        return of_arrow(self.ask(WHOLE.format(rows)).fetch_arrow_table())

    def close(self):
        for cursor in self.cursors.values():
            cursor.close()
        self.connection.close()


class Postgres:
    """psycopg, the same for both servers: statements are prepared when they are first sent, values are bound in binary."""

    def __init__(self, conninfo):
        import psycopg
        from psycopg.types.numeric import Int8

        self.connection = psycopg.connect(conninfo, autocommit=True)
        self.bigint = Int8

    def ask(self, sql, *values):
        return self.connection.execute(sql, [self.bigint(value) for value in values], prepare=True, binary=True).fetchall()

    def point(self, number):
        return self.ask(POINT.format("%s"), number)

    def group(self, first, last):
        return self.ask(GROUP.format("%s", "%s"), first, last)

    def every(self):
        return self.ask(EVERY)

    def whole(self, rows):
        """All rows in binary in the client's memory, as libpq has them; but for two they are not made into Python's values."""
        with self.connection.cursor(binary=True) as cursor:
            cursor.execute(WHOLE.format(rows))
            first = cursor.fetchone()
            cursor.scroll(cursor.rowcount - 1, mode="absolute")
            return cursor.rowcount, first, cursor.fetchone(), None

    def close(self):
        self.connection.close()


class Copy(Postgres):
    """COPY TO STDOUT of the rows as text, which is what PostgreSQL's own tools do with many of them."""

    def whole(self, rows):
        with self.connection.cursor() as cursor, cursor.copy(f"COPY ({WHOLE.format(rows)}) TO STDOUT") as out:
            blocks = [bytes(block) for block in out]
        text = b"".join(blocks)
        first, last = text[: text.index(b"\n")], text[text[:-1].rindex(b"\n") + 1 : -1]
        return text.count(b"\n"), typed(first.decode().split("\t")), typed(last.decode().split("\t")), None


class Http:
    """One connection that is kept, a token with each request, JSON; many rows as an Arrow stream."""

    def __init__(self, address, token):
        self.connection = http.client.HTTPConnection(address, timeout=300)
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def send(self, accept, sql, *values):
        body = json.dumps({"sql": sql, "parameters": values} if values else {"sql": sql}).encode()
        self.connection.request("POST", "/api/v1/query", body, {**self.headers, "accept": accept})
        answer = self.connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.read(1000)}")
        return answer

    def rows(self, sql, *values):
        return json.loads(self.send("application/json", sql, *values).read())["rows"]

    def point(self, number):
        return [typed(row) for row in self.rows(POINT.format("$1"), number)]

    def group(self, first, last):
        return totals(self.rows(GROUP.format("$1", "$2"), first, last))

    def every(self):
        return totals(self.rows(EVERY))

    def whole(self, rows):
        import pyarrow.ipc

        with self.send("application/vnd.apache.arrow.stream", WHOLE.format(rows)) as answer:
            return of_arrow(pyarrow.ipc.open_stream(answer).read_all())

    def close(self):
        self.connection.close()


def of_arrow(table):
    ends = [tuple(column[at].as_py() for column in table.columns) for at in (0, table.num_rows - 1)]
    return table.num_rows, *ends, table.nbytes


def typed(row):
    """Decimals and dates from texts."""
    number, district, name, amount, day = row
    return int(number), district, name, decimal.Decimal(amount), datetime.date.fromisoformat(day)


def totals(rows):
    return [(district, int(n), decimal.Decimal(total)) for district, n, total in rows]


def connect(kind, arguments):
    return {"flight": Flight, "postgres": Postgres, "copy": Copy, "http": Http}[kind](*arguments)


def cpu_seconds():
    times = os.times()
    return times.user + times.system

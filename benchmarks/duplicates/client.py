"""A huitong server with default settings on loopback, asked over Flight SQL."""

import contextlib
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tpch"))
import pyarrow.parquet as pq
from server import fresh


class Huitong:
    def __init__(self, server, cursor, folder):
        self.server, self.cursor, self.folder = server, cursor, folder

    def load(self, name, table):
        file = self.folder / f"{name}.parquet"
        pq.write_table(table, file)
        self.server.client("load", name, file)

    def ask(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetch_arrow_table()

    def busy(self):
        """Seconds of the processor: of the server, and of this process, which fetches from it."""
        ticks = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


@contextlib.contextmanager
def huitong(schema):
    """A fresh server, with an empty schema."""
    with fresh() as (server, cursor, scratch):
        client = Huitong(server, cursor, scratch)
        client.ask(f"CREATE SCHEMA {schema}")
        yield client

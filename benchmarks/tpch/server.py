"""The data of the benchmark and the huitong server that holds it. With a kept folder, a later run finds both."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from peers import TABLES

HUITONG = pathlib.Path(os.environ["HUITONG"]).resolve()
# Fixed, because a kept folder knows it already. The server listens on loopback only.
PASSWORD = "benchmark-1"
os.environ.update(HUITONG_ADMIN_PASSWORD=PASSWORD, HUITONG_PASSWORD=PASSWORD)


def generated(files, scale):
    """Parquet files of all tables, as the generator writes them."""
    if not complete(files).exists():
        subprocess.run([HUITONG, "bench", "tpch-data", "--scale", f"{scale:g}", "--dir", files], check=True)
        complete(files).touch()


@contextlib.contextmanager
def places(keep, scale):
    """The generated files, the folder beside them, and one for what this run alone needs; kept below `keep` if it is given."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=keep) as scratch:
        scratch = pathlib.Path(scratch).resolve()
        data = (keep or scratch).resolve() / f"scale-{scale:g}"
        generated(data / "files", scale)
        yield data / "files", data, scratch


def complete(folder):
    """Marks a folder that was filled to its end: what a broken run left is made anew."""
    return folder.with_suffix(".complete")


class Loaded:
    """What has `folder`, where its tables are, and `address`, where clients connect."""

    def load(self, files):
        """Loads the tables unless an earlier run did."""
        if complete(self.folder).exists():
            return
        begun = time.perf_counter()
        self.client("sql", "--command", "CREATE SCHEMA tpch")
        for table in TABLES:
            self.client("load", f"tpch.{table}", files / f"{table}.parquet")
        print(f"huitong loaded all tables in {time.perf_counter() - begun:.1f} s", flush=True)
        complete(self.folder).touch()

    def client(self, verb, *arguments):
        command = [HUITONG, verb, "--url", f"grpc://{self.address}", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode != 0:
            raise SystemExit(f"`huitong {verb}` failed:\n{done.stdout[-1000:]}")


@contextlib.contextmanager
def fresh():
    """A new server with default settings, a cursor of ADBC on it, and a folder for files; all is gone afterwards."""
    from adbc_driver_flightsql import dbapi

    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huitong-benchmark-")))
        server = stack.enter_context(Server(scratch / "server", scratch))
        access = {"username": "admin", "password": PASSWORD}
        connection = stack.enter_context(dbapi.connect(f"grpc://{server.address}", db_kwargs=access, autocommit=True))
        yield server, stack.enter_context(connection.cursor()), scratch


class Server(Loaded):
    """`huitong serve` with its default settings, and with `options` for those that are addresses."""

    def __init__(self, folder, scratch, *options):
        self.folder = folder
        if not complete(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)
        ready, log = scratch / "ready.json", scratch / "server.log"
        command = [HUITONG, "serve", "--dir", folder, "--listen", "127.0.0.1:0", "--ready-file", ready, *options]
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        while not ready.exists():
            if self.process.poll() is not None:
                raise SystemExit(f"huitong ended at its start:\n{log.read_text(errors='replace')[-1000:]}")
            time.sleep(0.05)
        self.addresses = json.loads(ready.read_text())
        self.address = self.addresses["flight"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

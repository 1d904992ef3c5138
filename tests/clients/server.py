"""A huitong server for tests, and a connection to it."""

import json
import os
import pathlib
import subprocess
import time

import adbc_driver_flightsql.dbapi as flightsql

HUITONG = os.environ["HUITONG"]
PASSWORD = "a-test-password-1"
ENVIRONMENT = dict(os.environ, HUITONG_ADMIN_PASSWORD=PASSWORD, HUITONG_PASSWORD=PASSWORD)


class Server:
    """`huitong serve` on a free port, stopped when the block ends. Its tables are in `lake`; external ones may lie in `allowed`."""

    def __init__(self, folder, allowed=None):
        self.folder = pathlib.Path(folder)
        self.allowed = [str(allowed)] if allowed else []

    def __enter__(self):
        self.lake = self.folder / "data" / "lake"
        ready = self.folder / "ready.json"
        config = self.folder / "serve.toml"
        # JSON's texts and lists are TOML's too.
        lines = ["[storage]", f"root = {json.dumps(str(self.lake))}", f"allowed_paths = {json.dumps(self.allowed)}"]
        lines += ["[state]", f"path = {json.dumps(str(self.folder / 'data' / 'state.db'))}"]
        # Every client sees batches without rows while a query computes.
        lines += ["[clients]", 'keep_alive = "10ms"']
        config.write_text("\n".join(lines) + "\n")
        command = [HUITONG, "serve", "--config", config, "--listen", "127.0.0.1:0", "--ready-file", ready]
        command += ["--listen-postgres", "127.0.0.1:0", "--listen-http", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, env=ENVIRONMENT)
        for _ in range(600):
            if ready.exists():
                break
            assert self.process.poll() is None, "the server ended at its start"
            time.sleep(0.1)
        addresses = json.loads(ready.read_text())
        self.address, self.postgres, self.http = addresses["flight"], addresses["postgres"], addresses["http"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def connect(self):
        options = {"username": "admin", "password": PASSWORD}
        return flightsql.connect(f"grpc://{self.address}", db_kwargs=options, autocommit=True)

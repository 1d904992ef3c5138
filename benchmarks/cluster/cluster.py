"""A coordinator and executors as processes of their own on loopback, and TPC-H's tables in their lake."""

import json
import os
import shutil
import socket
import subprocess
import time

from server import HUITONG, Loaded, complete

START_SECONDS_MAX = 60


class Cluster(Loaded):
    """One that is made anew each time, on a lake and a state file that may be kept."""

    def __init__(self, folder, scratch, memory, executors=2, doors=("flight",)):
        if not complete(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.scratch, self.memory = folder, scratch, memory
        subprocess.run([HUITONG, "certs", "init", scratch / "certs"], check=True, stdout=subprocess.DEVNULL)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.processes, self.started, self.wanted = {}, 0, executors
        listen = "[listen]\n" + "".join(f'{door} = "127.0.0.1:0"\n' for door in doors) + f'internal = "127.0.0.1:{self.port}"\n'
        state = f'[state]\npath = "{folder / "state.db"}"\n'
        ready = self.start("scheduler", "scheduler", f'{listen}{state}[engine]\nwork_dir = "{scratch / "work"}"\n')
        self.addresses, self.address = ready, ready["flight"]
        for _ in range(executors):
            self.start_executor()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name, verb, sections):
        """Starts a node and waits until it is ready; answers with its addresses."""
        config, ready, log = (self.scratch / f"{name}.{kind}" for kind in ("toml", "json", "log"))
        tls = "".join(
            f'{key} = "{self.scratch / "certs" / file}"\n'
            for key, file in (("ca", "ca.pem"), ("cert", f"{verb}.pem"), ("key", f"{verb}.key"))
        )
        config.write_text(f'[storage]\nroot = "{self.folder / "lake"}"\n{sections}[internal_tls]\n{tls}')
        with log.open("wb") as output:
            command = [HUITONG, verb, "--config", config, "--ready-file", ready]
            process = self.processes[name] = subprocess.Popen(command, stdout=output, stderr=output)
        begun = time.monotonic()
        while not ready.exists():
            if process.poll() is not None or time.monotonic() - begun > START_SECONDS_MAX:
                raise SystemExit(f"the {verb} did not start:\n{log.read_text(errors='replace')[-1000:]}")
            time.sleep(0.05)
        return json.loads(ready.read_text())

    def start_executor(self):
        self.started += 1
        name = f"executor-{self.started}"
        self.start(
            name,
            "executor",
            f'[executor]\nscheduler = "https://127.0.0.1:{self.port}"\nlisten = "127.0.0.1:0"\n'
            f'work_dir = "{self.scratch / name}"\nmemory = "{self.memory}"\nslots = {max(1, (os.cpu_count() or 2) // 2)}\n',
        )

    def kill_executor(self):
        """Kills the oldest executor; answers when."""
        name = next(name for name in self.processes if name.startswith("executor"))
        process = self.processes.pop(name)
        killed = time.monotonic()
        process.kill()
        process.wait()
        shutil.rmtree(self.scratch / name, ignore_errors=True)
        return killed

    def replace_killed(self):
        """Starts as many executors as are missing."""
        while sum(name.startswith("executor") for name in self.processes) < self.wanted:
            self.start_executor()

"""CPU seconds of a server's processes, and of everybody on the machine, from /proc."""

import os
import pathlib
import time

import psycopg

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


class Usage:
    """Between `__enter__` and `__exit__`: seconds that passed, of `server`'s CPU, and of all processes together."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.begun = [time.perf_counter(), self.server(), of_machine()]
        return self

    def __exit__(self, *_):
        ended = [time.perf_counter(), self.server(), of_machine()]
        self.seconds, self.cpu, self.machine = (end - begin for begin, end in zip(self.begun, ended))


def of_process(pid):
    """What tells the CPU seconds of a process, with those children that have ended and been waited for."""
    return lambda: times(pid, True)


def of_backend(conninfo):
    """The same for the PostgreSQL server behind a connection: its first process, and a process for each connection."""
    with psycopg.connect(conninfo) as connection:
        backend = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        # While it lives: it ends with the connection.
        parent = int(fields(backend)[1])

    def cpu():
        return times(parent, True) + sum(times(child, False) for child in children(parent))

    return cpu


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def times(pid, with_ended):
    try:
        values = fields(pid)
    except FileNotFoundError:
        return 0
    return sum(map(int, values[11 : 15 if with_ended else 13])) * TICK_SECONDS


def fields(pid):
    """Those behind the name, which may have blanks: state, parent, …"""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def of_machine():
    """Of all processes, without idling and waiting for the disk."""
    user, nice, system, _, _, interrupts, soft, *_ = map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + interrupts + soft) * TICK_SECONDS

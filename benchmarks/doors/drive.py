"""Clients that ask as fast as they are answered, in processes of their own: Python runs one thread at a time in each.

The parent has all systems' clients connected before it measures, and lets one system's work at a time. Every answer is looked at;
that is outside the time of the request, but inside the pause before the next.
"""

import contextlib
import multiprocessing
import random
import threading
import time

import data
from clients import connect, cpu_seconds

# The small aggregate is over ten thousand rows, at one of so many places.
GROUP_ROWS, GROUPS = 10_000, 16
WHOLE_ROWS = 1_000_000
PROCESSES_MAX = 4
ANSWER_SECONDS_MAX = 600


class Wrong(Exception):
    """An answer that is not what it must be, or none."""


class Clients:
    """`count` clients of one system, in at most `PROCESSES_MAX` processes."""

    def __init__(self, kind, arguments, count, rows):
        context = multiprocessing.get_context("spawn")
        self.ends, self.processes = [], []
        shares = min(count, PROCESSES_MAX)
        for share in range(shares):
            ours, theirs = context.Pipe()
            threads = count // shares + (share < count % shares)
            process = context.Process(target=serve, args=(theirs, kind, arguments, threads, rows, share), daemon=True)
            process.start()
            theirs.close()
            self.ends.append(ours)
            self.processes.append(process)
        self.receive()

    def run(self, what, seconds):
        """Seconds of each answer, of which each client has one at least; CPU seconds of the clients; bytes of an answer."""
        for end in self.ends:
            end.send((what, seconds))
        told = self.receive()
        return [taken for times, _, _ in told for taken in times], sum(cpu for _, cpu, _ in told), told[0][2]

    def receive(self):
        told = []
        for end in self.ends:
            if not end.poll(ANSWER_SECONDS_MAX):
                raise Wrong(f"no answer within {ANSWER_SECONDS_MAX} s")
            try:
                told.append(end.recv())
            except EOFError:
                raise Wrong("a client's process ended") from None
        if failures := [text for text in told if isinstance(text, str)]:
            raise Wrong(failures[0])
        return told

    def stop(self):
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.send(None)
        for process in self.processes:
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()


def serve(pipe, kind, arguments, threads, rows, seed):
    """A process of clients; ends with the parent."""
    try:
        clients = [Client(kind, arguments, rows, seed * 1000 + number) for number in range(threads)]
        pipe.send(None)
        while order := pipe.recv():
            pipe.send(together(clients, *order))
    except EOFError:
        pass
    except Exception as error:
        pipe.send(f"{kind}: {type(error).__name__}: {error}"[:500])


def together(clients, what, seconds):
    """Every client's seconds, the CPU seconds of all, and the bytes of an answer where a client can tell them."""
    found, failures, begun_cpu = [], [], cpu_seconds()

    def work(client):
        try:
            found.extend(client.work(what, seconds))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return found, cpu_seconds() - begun_cpu, clients[0].answer_bytes


class Client:
    def __init__(self, kind, arguments, rows, seed):
        self.kind, self.arguments, self.rows = kind, arguments, rows
        self.random = random.Random(seed)
        self.connection = connect(kind, arguments)
        self.answer_bytes = None
        # What is expected is known before the first question.
        steps = max(1, rows - GROUP_ROWS) // GROUPS
        self.groups = [(1 + step * steps, min(rows, step * steps + GROUP_ROWS)) for step in range(GROUPS)]
        for first, last in self.groups:
            data.totals(first, last)

    def work(self, what, seconds):
        times, end = [], time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            times.append(getattr(self, what)())
        return times

    def point(self):
        number = self.random.randint(1, self.rows)
        return asked(lambda: self.connection.point(number), [data.row(number)])

    def group(self):
        first, last = self.random.choice(self.groups)
        return asked(lambda: self.connection.group(first, last), data.totals(first, last))

    def every(self):
        return asked(self.connection.every, data.totals(1, self.rows))

    def whole(self):
        rows = min(WHOLE_ROWS, self.rows)
        begun = time.perf_counter()
        count, first, last, self.answer_bytes = self.connection.whole(rows)
        taken = time.perf_counter() - begun
        # No order was asked for.
        if count != rows or any(end != data.row(end[0]) for end in (first, last)):
            raise Wrong(f"{count} rows from {first} to {last}")
        return taken

    def connects(self):
        """A new connection, its first answer, and its end."""
        number = self.random.randint(1, self.rows)

        def ask():
            connection = connect(self.kind, self.arguments)
            try:
                return connection.point(number)
            finally:
                connection.close()

        return asked(ask, [data.row(number)])


def asked(ask, expected):
    begun = time.perf_counter()
    rows = ask()
    taken = time.perf_counter() - begun
    if sorted(map(tuple, rows)) != expected:
        raise Wrong(f"{rows[:3]} is not {expected[:3]}")
    return taken

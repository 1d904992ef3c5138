"""Latency and throughput of huitong's doors, beside PostgreSQL on the same rows in the same run; answers checked.

`benchmarks/doors/run [--rows N] [--seconds S] [--rounds N] [--clients LIST] [--keep DIR]`. Systems take turns, a few seconds
each; medians of the rounds are told. PostgreSQL is the server that HUITONG_TEST_POSTGRES names (`tests/postgres` starts one).
"""

import argparse
import contextlib
import os
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tpch"))
import data
from drive import WHOLE_ROWS, Clients, Wrong
from run import markdown
from server import PASSWORD, Server
from usage import Usage, of_backend, of_process

KINDS = {
    "point": "a row by its id",
    "group": "an aggregate of 10 000 rows",
    "every": "an aggregate of all rows",
    "connects": "a connection, a row by its id, the connection's end",
}
ANSWERS = ["system", "p50 ms", "p99 ms", "answers/s", "ratio of p50", "server CPU ms each", "cores: clients", "cores: others"]
ROWS = ["system", "seconds", "million rows/s", "ratio", "MB/s of Arrow", "server CPU s", "MB per CPU second", "cores: others"]


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/doors/run", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N", help="rows of the table (10000000)")
    parser.add_argument("--seconds", type=float, default=5, metavar="S", help="how long a system is asked in its turn (5)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns that count, after one that warms up (5)")
    parser.add_argument("--clients", type=numbers, default=[1, 8, 32], metavar="LIST", help="clients at a time (1,8,32)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep huitong's table in DIR, or use what is there")
    chosen = parser.parse_args()
    if chosen.rounds < 1 or chosen.rows < 1 or min(chosen.clients) < 1:
        parser.error("--rows, --rounds and each of --clients must be 1 or more")
    return chosen


def numbers(text):
    return [int(number) for number in text.split(",")]


def main():
    chosen = options()
    theirs = os.environ.get("HUITONG_TEST_POSTGRES")
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doors-"))).resolve()
        folder = (chosen.keep or scratch).resolve() / f"doors-{chosen.rows}"
        data.make(folder, chosen.rows)
        token = data.token(folder)
        server = stack.enter_context(
            Server(folder, scratch, "--listen-postgres", "127.0.0.1:0", "--listen-http", "127.0.0.1:0")
        )
        host, port = server.addresses["postgres"].rsplit(":", 1)
        ours = f"host={host} port={port} user=admin password={PASSWORD} dbname=city sslmode=disable"
        usage = of_process(server.process.pid)
        systems = {
            "huitong, Flight SQL": ("flight", (server.address, "admin", PASSWORD), usage),
            "huitong, PostgreSQL": ("postgres", (ours,), usage),
            "huitong, HTTP": ("http", (server.addresses["http"], token), usage),
        }
        copies = {"huitong, PostgreSQL, COPY": ("copy", (ours,), usage)}
        peer = None
        if theirs:
            theirs += "?sslmode=disable"
            peer = f"PostgreSQL {data.copy(ours, theirs)}"
            usage = of_backend(theirs)
            systems[peer] = ("postgres", (theirs,), usage)
            copies[f"{peer}, COPY"] = ("copy", (theirs,), usage)
        else:
            print("PostgreSQL is left out: HUITONG_TEST_POSTGRES names no server (see tests/postgres)", file=sys.stderr)
        print(heading(chosen))
        for count in chosen.clients:
            kinds = ["point", "group"] + (["every", "connects"] if count == 1 else [])
            for kind, found in in_turns(systems, count, kinds, chosen).items():
                rows = [answers(name, rounds, found.get(peer)) for name, rounds in found.items()]
                show(f"{KINDS[kind]}; clients at a time: {count}", ANSWERS, rows)
        whole = min(WHOLE_ROWS, chosen.rows)
        found = in_turns({**systems, **copies}, 1, ["whole"], chosen)["whole"]
        rows = [fetched(name, rounds, whole, found.get(peer)) for name, rounds in found.items()]
        show(f"{whole} rows fetched whole; 1 client", ROWS, rows)


def in_turns(systems, count, kinds, chosen):
    """For each kind of question and each system, what each round found; the first round is not told."""
    found = {kind: {name: [] for name in systems} for kind in kinds}
    with contextlib.ExitStack() as stack:
        clients = {}
        for name, (kind, arguments, _) in systems.items():
            clients[name] = Clients(kind, arguments, count, chosen.rows)
            stack.callback(clients[name].stop)
        for kind in kinds:
            for _ in range(1 + chosen.rounds):
                for name, (*_, server) in systems.items():
                    with Usage(server) as usage:
                        times, client_cpu, answer_bytes = clients[name].run(kind, chosen.seconds)
                    found[kind][name].append(Round(times, usage, client_cpu, answer_bytes))
    return {kind: {name: rounds[1:] for name, rounds in of_kind.items()} for kind, of_kind in found.items()}


class Round:
    """One system's turn."""

    def __init__(self, times, usage, client_cpu, answer_bytes):
        self.times, self.answer_bytes = sorted(times), answer_bytes
        self.seconds, self.server_cpu, self.client_cpu = usage.seconds, usage.cpu, client_cpu
        self.others_cores = max(0, usage.machine - usage.cpu - client_cpu) / usage.seconds

    def at(self, share):
        return self.times[min(len(self.times) - 1, int(share * len(self.times)))]

    def rate(self):
        return len(self.times) / self.seconds

    def server_cpu_each(self):
        return self.server_cpu / len(self.times)


def median(rounds, of):
    return statistics.median(map(of, rounds))


def answers(name, rounds, peer):
    def p50(rounds):
        return median(rounds, lambda found: found.at(0.5))

    return [
        name,
        f"{p50(rounds) * 1000:.2f}",
        f"{median(rounds, lambda found: found.at(0.99)) * 1000:.2f}",
        f"{median(rounds, Round.rate):.0f}",
        f"{p50(rounds) / p50(peer):.2f}" if peer else "–",
        f"{median(rounds, Round.server_cpu_each) * 1000:.2f}",
        f"{median(rounds, lambda found: found.client_cpu / found.seconds):.2f}",
        f"{median(rounds, lambda found: found.others_cores):.2f}",
    ]


def fetched(name, rounds, rows, peer):
    def seconds(rounds):
        return median(rounds, lambda found: found.at(0.5))

    # Ticks are coarse beside one answer, so those of all rounds are taken together.
    cpu = sum(found.server_cpu for found in rounds) / sum(len(found.times) for found in rounds)
    size = rounds[0].answer_bytes
    return [
        name,
        f"{seconds(rounds):.3f}",
        f"{rows / seconds(rounds) / 1e6:.2f}",
        f"{seconds(rounds) / seconds(peer):.2f}" if peer else "–",
        f"{size / seconds(rounds) / 1e6:.0f}" if size else "–",
        f"{cpu:.3f}",
        f"{size / cpu / 1e6:.0f}" if size and cpu else "–",
        f"{median(rounds, lambda found: found.others_cores):.2f}",
    ]


def heading(chosen):
    return (
        f"{chosen.rows} rows, {os.cpu_count()} cores, medians of {chosen.rounds} turns of {chosen.seconds:g} s; "
        "all answers were checked. Ratios are of times, to PostgreSQL's."
    )


def show(title, head, rows):
    print("\n".join(["", title, "", *markdown(head, rows)]), flush=True)


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(str(wrong))

"""TPC-H: huitong's back ends and peers on the same machine, in one run, answers checked before times count.

Each engine answers each query once to warm up, then ROUNDS times; the median counts. Engines take turns query by query, so a
slower minute of the machine hits all of them. Peers read the generator's Parquet files; huitong reads its own tables.
"""

import argparse
import contextlib
import decimal
import math
import os
import pathlib
import statistics
import sys

from peers import CORES, PEERS
from server import Server, places
from worker import Trouble, Worker

QUERIES = [(number, pathlib.Path(__file__).with_name("queries") / f"q{number}.sql") for number in range(1, 23)]
BACKENDS = ["local", "auto", "staged"]


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/tpch/run", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1, metavar="S", help="scale factor, 1 is a gigabyte of text (1)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="answers of each query that count (3)")
    parser.add_argument(
        "--peers", type=peer_names, default=list(PEERS), metavar="LIST", help=f"from {','.join(PEERS)} (all that start here)"
    )
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep the data in DIR, or use what is there")
    parser.add_argument("--limit", type=float, default=300, metavar="SECONDS", help="longest wait for one answer (300)")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return chosen


def peer_names(text):
    names = list(filter(None, text.split(",")))
    if unknown := [name for name in names if name not in PEERS]:
        raise argparse.ArgumentTypeError(f"no peer is called {', '.join(unknown)}; there are {', '.join(PEERS)}")
    return names


def main():
    chosen = options()
    with contextlib.ExitStack() as stack:
        files, data, scratch = stack.enter_context(places(chosen.keep, chosen.scale))
        server = stack.enter_context(Server(data / "huitong", scratch))
        server.load(files)

        def worker(name, engine, **arguments):
            python = os.environ.get("BALLISTA_PYTHON", sys.executable) if engine == "ballista" else sys.executable
            made = Worker(engine, arguments, os.path.abspath(python), scratch / f"{name}.log", chosen.limit)
            stack.callback(made.stop)
            return made

        reference = worker("reference", "duckdb", files=str(files))
        engines, notes = peers_that_start(worker, chosen.peers, files)
        for backend in BACKENDS:
            name = f"huitong {backend}"
            engines[name] = worker(name, "huitong", address=server.address, backend=backend)
        results = measure(reference, engines, chosen.rounds)
    print(report(chosen, list(engines), results, notes))
    if any(isinstance(row[f"huitong {backend}"], Trouble) for row in results for backend in BACKENDS):
        sys.exit("huitong did not answer all queries")


def peers_that_start(worker, names, files):
    """Peers by the name that the report gives them, and why the others are left out."""
    peers, notes = {}, []
    for name in names:
        try:
            made = worker(name, name, files=str(files))
            peers[f"{name} {made.version}"] = made
        except Trouble as trouble:
            notes.append(f"{name} is left out: {trouble}")
            print(notes[-1], flush=True)
    return peers, notes


def measure(reference, engines, rounds):
    """For each query the engines' medians in seconds, or their troubles."""
    results = []
    print("    " + "".join(f"{name:>21}" for name in engines), flush=True)
    for number, path in QUERIES:
        sql = path.read_text()
        _, expected = reference.ask(sql)
        results.append(in_turns(engines, sql, expected, rounds))
        print(f"q{number:<3}" + "".join(f"{shown(cell):>21}" for cell in results[-1].values()), flush=True)
    return results


def in_turns(engines, sql, expected, rounds):
    times, troubles = {name: [] for name in engines}, {}
    for _ in range(1 + rounds):
        for name, engine in engines.items():
            if name in troubles:
                continue
            try:
                seconds, rows = engine.ask(sql)
                check(rows, expected)
                times[name].append(seconds)
            except Trouble as trouble:
                troubles[name] = trouble
    return {name: troubles.get(name) or statistics.median(times[name][1:]) for name in engines}


def check(rows, expected):
    if len(rows) != len(expected):
        raise Trouble("wrong", f"{len(rows)} rows, not {len(expected)}")
    for ours, theirs in zip(rows, expected):
        if len(ours) != len(theirs) or not all(map(equal, ours, theirs)):
            raise Trouble("wrong", f"{ours} is not {theirs}")


def equal(ours, theirs):
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, (float, decimal.Decimal)) or isinstance(theirs, (float, decimal.Decimal)):
        return math.isclose(float(ours), float(theirs), rel_tol=1e-9, abs_tol=1e-5)
    return str(ours) == str(theirs)


def shown(cell):
    return cell.kind if isinstance(cell, Trouble) else f"{cell:.3f}"


def report(chosen, names, results, notes):
    """Markdown: totals, each query, notes. An engine's total and ratio are those of the queries that it answered."""
    duckdb = next((name for name in names if name.startswith("duckdb")), None)
    totals, gaps = [], []
    for name in names:
        answered = [row for row in results if not isinstance(row[name], Trouble)]
        times = [row[name] for row in answered]
        totals.append([name, *sums(times), ratio(answered, name, duckdb), f"{len(answered)} of {len(results)}"])
        if missing := len(results) - len(answered):
            gaps.append(f"{name}: the total is without {missing} queries; the ratio compares the same queries only")
    queries = [[number, *(shown(row[name]) for name in names)] for (number, _), row in zip(QUERIES, results)]
    troubles = [
        f"{name}, query {number} {cell.kind}: {cell}"
        for (number, _), row in zip(QUERIES, results)
        for name, cell in row.items()
        if isinstance(cell, Trouble) and cell.kind != "left out"
    ]
    circumstances = f"scale {chosen.scale:g}, {CORES} cores, medians of {chosen.rounds}, seconds"
    lines = [
        "",
        f"TPC-H, {circumstances}; all answers that count equal DuckDB's",
        "",
        *markdown(["engine", "total", "geometric mean", "ratio to DuckDB", "queries"], totals),
        "",
        *markdown(["query", *names], queries),
        "",
        *(f"- {note}" for note in [*notes, *gaps, *troubles]),
    ]
    return "\n".join(lines)


def markdown(head, rows):
    return [f"| {' | '.join(map(str, row))} |" for row in [head, ["---"] * len(head), *rows]]


def sums(times):
    return (f"{sum(times):.2f}", f"{statistics.geometric_mean(times):.3f}") if times else ("–", "–")


def ratio(answered, name, duckdb):
    """Over the queries that both answered, or an engine would gain by failing the long ones."""
    both = [row for row in answered if duckdb and not isinstance(row[duckdb], Trouble)]
    return f"{sum(row[name] for row in both) / sum(row[duckdb] for row in both):.2f}" if both else "–"


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"DuckDB's reference or huitong's client: {trouble}")

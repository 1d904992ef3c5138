"""What rules cost: a filter and masks by policy, beside a view that does the same by hand, in the same server; answers checked.

`benchmarks/policy/run [--rows N] [--rounds N] [--limit RATIO] [--keep DIR]`. The analyst asks the table under its policies; the steward, who sees
all of it, asks a view with the same conditions and masks. They take turns; medians and their ratio are told, and a geometric mean of ratios above
the limit ends the run with an error.
"""

import argparse
import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tpch"))
from adbc_driver_flightsql import dbapi
from server import HUITONG, PASSWORD, Server, complete

MODEL = pathlib.Path(__file__).parent / "model"
# Under a policy that hides one district of ten; `name` keeps its first character, `born` its band of five years (the elements' masks).
VIEW = """CREATE VIEW by_hand AS
SELECT id, mask_keep(name, 1, 0) AS name, mask_period(born, 5) AS born, district, income
FROM bench.resident WHERE (district = 'd7') IS FALSE"""
QUERIES = {
    "count and sum": "SELECT count(*) AS n, sum(income) AS s FROM {table}",
    "groups by a masked column": "SELECT born, count(*) AS n, sum(income) AS s FROM {table} GROUP BY born ORDER BY born",
    "groups by a masked text": "SELECT name, count(*) AS n FROM {table} GROUP BY name ORDER BY n DESC, name LIMIT 20",
    "a filter of its own": "SELECT district, avg(income) AS a FROM {table} WHERE id < 2000000 AND district <> 'd1' GROUP BY district ORDER BY 1",
    "a filter on a masked column": "SELECT count(*) AS n FROM {table} WHERE name LIKE '王%' AND born >= DATE '1980-01-01'",
}


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/policy/run", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000, metavar="N", help="rows of the table (5000000)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns that count, after one that warms up (7)")
    parser.add_argument("--limit", type=float, metavar="RATIO", help="the most that the geometric mean of the ratios may be")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep huitong's table in DIR, or use what is there")
    return parser.parse_args()


def run(address, user, *arguments):
    command = [HUITONG, *arguments, "--url", f"grpc://{address}", "--user", user]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        raise SystemExit(f"`huitong {arguments[0]}` failed:\n{done.stdout[-1000:]}")


def load(server, rows):
    if complete(server.folder).exists():
        return
    users = f"""CREATE USER security PASSWORD '{PASSWORD}' SECURITY ADMIN; CREATE USER steward PASSWORD '{PASSWORD}';
                CREATE USER analyst PASSWORD '{PASSWORD}'"""
    run(server.address, "admin", "sql", "--command", users)
    run(server.address, "security", "apply", MODEL)
    run(server.address, "security", "sql", "--command", "ALTER USER steward ROLES (steward); ALTER USER analyst ROLES (analyst)")
    made = f"""INSERT INTO bench.resident
        SELECT v, substr('王李张刘陈杨赵黄周吴', 1 + v % 10, 1) || md5(CAST(v AS VARCHAR)),
               DATE '1940-01-01' + CAST(v % 25000 AS INT), 'd' || CAST(v % 10 AS VARCHAR), v * 7919 % 100000
        FROM unnest(range(0, {rows})) AS r(v)"""
    run(server.address, "steward", "sql", "--command", made)
    run(server.address, "steward", "sql", "--command", VIEW)
    complete(server.folder).touch()


def connected(stack, address, user):
    options = {"username": user, "password": PASSWORD}
    connection = stack.enter_context(dbapi.connect(f"grpc://{address}", db_kwargs=options, autocommit=True))
    return stack.enter_context(connection.cursor())


def timed(cursor, query):
    begun = time.perf_counter()
    cursor.execute(query)
    answer = cursor.fetch_arrow_table()
    return time.perf_counter() - begun, answer


def main():
    chosen = options()
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="policy-"))).resolve()
        folder = (chosen.keep or scratch).resolve() / f"policy-{chosen.rows}"
        server = stack.enter_context(Server(folder, scratch))
        load(server, chosen.rows)
        asked = {
            "policy": (connected(stack, server.address, "analyst"), "bench.resident"),
            "view": (connected(stack, server.address, "steward"), "by_hand"),
        }
        print(f"{chosen.rows} rows, medians of {chosen.rounds} rounds\n")
        print("| query | by policy, ms | by hand, ms | ratio |\n|---|---|---|---|")
        ratios = []
        for name, query in QUERIES.items():
            times = {system: [] for system in asked}
            for turn in range(chosen.rounds + 1):
                answers = {}
                for system, (cursor, table) in asked.items():
                    seconds, answers[system] = timed(cursor, query.format(table=table))
                    if turn > 0:
                        times[system].append(seconds)
                if answers["policy"].to_pylist() != answers["view"].to_pylist():
                    raise SystemExit(f"{name}: the answers differ")
            policy, view = (1000 * statistics.median(times[system]) for system in asked)
            ratios.append(policy / view)
            print(f"| {name} | {policy:.1f} | {view:.1f} | {policy / view:.2f} |", flush=True)
        mean = statistics.geometric_mean(ratios)
        print(f"\nGeometric mean of the ratios: {mean:.3f}")
        if chosen.limit is not None and mean > chosen.limit:
            raise SystemExit(f"missed: {mean:.3f} is more than {chosen.limit}")


if __name__ == "__main__":
    main()

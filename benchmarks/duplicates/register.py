"""A register of projects of a sample city, in which duplicates are planted: what is found of them, and how long it takes.

The city says of each filing which earlier one it repeats, continues or resembles, and by which changes. `--projects` says how many there are; beyond
250 000 the register is that of several cities with seeds of their own.
"""

import pathlib
import statistics
import subprocess
import time

from client import huitong
from server import HUITONG

OF_A_CITY = 250_000
PEOPLE_PER_PROJECT = 50
SEED = 2027
NUMBERS = "project_code => project_code, title => title, abstract => abstract, credit_code => applicant_credit_code, applicant => applicant_name, " \
    "industry => industry, park => park, parcel => parcel, investment => investment, phase => phase"
FEATURES = "project_features(project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase)"
DUPLICATES = "('same_filing', 'same_project')"
# What must be reached: recall of duplicates, errors of phases, similar lines that are called none, recall and number of candidates, and how long a
# clerk waits; of a million filings also the time and memory of all pairs.
TARGETS = {"recall": 0.95, "precision": 0.95, "phase errors": 0.005, "similar lines": 0.98, "candidate recall": 0.99, "candidates": 60,
           "seconds of a new filing": 2, "seconds of all pairs": 300, "GiB": 6}
AT_MOST = ("phase errors", "candidates", "seconds of a new filing", "seconds of all pairs", "GiB")
MILLION = 1_000_000


def run(chosen):
    projects, rounds = chosen.projects, chosen.rounds
    with huitong("register") as server:
        made(server, projects)
        memory = peak(server)
        begun = time.perf_counter()
        server.ask(f"CREATE TABLE register.pair AS SELECT id_l, id_r, relation, score, band FROM duplicate_pairs(TABLE register.filing, id => id, {NUMBERS})")
        taken = time.perf_counter() - begun
        memory = max(memory, peak(server))
        server.ask(f"CREATE TABLE register.key AS SELECT id, unnest(get_field(features, 'keys')) AS key FROM (SELECT id, {FEATURES} AS features FROM register.filing) ORDER BY key")
        missed = found(server) + candidates(server, projects)
        print(f"\nAll pairs of {projects} filings: {taken:.1f} s, {memory / 2**30:.1f} GiB at most.")
        if projects >= MILLION:
            missed += judged({"seconds of all pairs": taken, "GiB": memory / 2**30})
        missed += checks(server, rounds)
    return missed


def made(server, projects):
    """`register.filing`, `register.truth`: ids tell the cities apart."""
    cities = [(SEED + at, min(OF_A_CITY, projects - at * OF_A_CITY)) for at in range(-(-projects // OF_A_CITY))]
    for at, (seed, count) in enumerate(cities):
        folder = server.folder / f"city-{seed}"
        people = str(count * PEOPLE_PER_PROJECT)
        tables = ["legal.park_project", "truth.duplicate_project"]
        subprocess.run([HUITONG, "bench", "city-data", *tables, "--people", people, "--seed", str(seed), "--dir", folder], check=True)
        server.server.client("load", f"register.filing_{at}", folder / "legal.park_project.parquet")
        server.server.client("load", f"register.truth_{at}", folder / "truth.duplicate_project.parquet")
    each = range(len(cities))
    columns = "project_code, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, CAST(investment AS DOUBLE) AS investment, phase"
    server.ask("CREATE TABLE register.filing AS " + " UNION ALL ".join(
        f"SELECT {at * 10_000_000} + project_id AS id, {columns} FROM register.filing_{at}" for at in each))
    server.ask("CREATE TABLE register.truth AS " + " UNION ALL ".join(
        f"SELECT {at * 10_000_000} + project_id AS id, {at * 10_000_000} + of_project_id AS of_id, {at * 10_000_000} + true_project_id AS true_id, "
        f"relation, changes FROM register.truth_{at}" for at in each))


def found(server):
    """Prints what is found, in all and by change; answers what was missed."""
    joined = f"""
        SELECT t.relation, t.changes, coalesce(p.band = 'auto', false) AS is_called, p.relation AS told
        FROM register.truth AS t
        LEFT JOIN register.pair AS p ON least(p.id_l, p.id_r) = least(t.id, t.of_id) AND greatest(p.id_l, p.id_r) = greatest(t.id, t.of_id)"""
    rows = server.ask(f"""
        SELECT relation, count(*) AS n, avg(CAST(is_called AS INT)) AS called, avg(CAST(coalesce(told = relation, false) AS INT)) AS told_so
        FROM ({joined}) GROUP BY relation ORDER BY relation""").to_pylist()
    print("\n## A register with planted duplicates\n\n| truly | pairs | called a duplicate without a doubt | told so |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['relation']} | {row['n']} | {row['called']:.4f} | {row['told_so']:.4f} |")
    changes = server.ask(f"""
        SELECT change, count(*) AS n, avg(CAST(is_called AS INT)) AS called
        FROM (SELECT unnest(string_to_array(changes, ',')) AS change, is_called FROM ({joined}) WHERE relation IN {DUPLICATES})
        GROUP BY change ORDER BY change""").to_pylist()
    print("\n| change | duplicates | found |\n|---|---|---|")
    for row in changes:
        print(f"| {row['change']} | {row['n']} | {row['called']:.4f} |")
    [row] = server.ask(f"""
        WITH project AS (SELECT f.id, coalesce(t.true_id, f.id) AS truth FROM register.filing AS f LEFT JOIN register.truth AS t ON t.id = f.id)
        SELECT avg(CAST(l.truth = r.truth AS INT)) AS precision FROM register.pair AS p
        JOIN project AS l ON l.id = p.id_l JOIN project AS r ON r.id = p.id_r WHERE p.band = 'auto'""").to_pylist()
    by = {row["relation"]: row for row in rows}
    same = [by[name] for name in ("same_filing", "same_project")]
    reached = {
        "recall": sum(row["n"] * row["called"] for row in same) / sum(row["n"] for row in same),
        "precision": row["precision"],
        "phase errors": by["split_phase"]["called"],
        "similar lines": 1 - by["similar_line"]["called"],
    }
    return judged(reached)


def candidates(server, projects):
    """How many pairs are looked at, and how many of the planted ones are among them; keys of more than twenty filings make none."""
    pairs = """
        SELECT DISTINCT l.id AS id_l, r.id AS id_r
        FROM live AS l JOIN live AS r ON l.key = r.key AND l.id < r.id"""
    live = "SELECT id, key FROM (SELECT id, key, count(*) OVER (PARTITION BY key) AS n FROM register.key) WHERE n BETWEEN 2 AND 20"
    server.ask(f"CREATE TABLE register.candidate AS WITH live AS ({live}) {pairs}")
    [row] = server.ask(f"""
        SELECT (SELECT count(*) FROM register.candidate) AS pairs, avg(CAST(c.id_l IS NOT NULL AS INT)) AS recall
        FROM register.truth AS t
        LEFT JOIN register.candidate AS c ON c.id_l = least(t.id, t.of_id) AND c.id_r = greatest(t.id, t.of_id)
        WHERE t.relation <> 'similar_line'""").to_pylist()
    return judged({"candidate recall": row["recall"], "candidates": 2 * row["pairs"] / projects})


def judged(reached):
    """Prints what is reached; answers what is not what it must be."""
    print()
    missed = []
    for name, value in reached.items():
        least = TARGETS[name]
        is_most = name in AT_MOST
        print(f"- {name}: {value:.4f} ({'at most' if is_most else 'at least'} {least})")
        if (value > least) if is_most else (value < least):
            missed.append(f"{name}: {value:.4f}")
    return missed


def checks(server, rounds):
    """Prints how long one new filing waits that repeats a known one under another name and firm; answers what was missed."""
    seconds = []
    for turn in range(rounds + 1):
        begun = time.perf_counter()
        rows = server.ask(f"""
            SELECT id_r, relation, score, reasons_zh FROM duplicate_pairs(
              (SELECT -1 AS id, NULL AS project_code, concat('新建', title) AS title, abstract, NULL AS applicant_credit_code, '众卓实业有限公司' AS applicant_name,
                      industry, park, NULL AS parcel, investment, phase FROM register.filing WHERE id = {1 + 10 * turn}),
              against => TABLE register.filing, index => TABLE register.key, id => id, {NUMBERS})""")
        if not any(row["id_r"] == 1 + 10 * turn and row["relation"] in ("same_filing", "same_project") for row in rows.to_pylist()):
            raise SystemExit(f"filing {1 + 10 * turn} was not found again")
        if turn > 0:
            seconds.append(time.perf_counter() - begun)
    print(f"One new filing against them: {statistics.median(seconds):.2f} s (median), {max(seconds):.2f} s at most.")
    return judged({"seconds of a new filing": statistics.median(seconds)})


def peak(server):
    """Most memory of the server so far, bytes."""
    for line in pathlib.Path(f"/proc/{server.server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0

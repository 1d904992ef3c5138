"""Matching sets with known answers, matched by the recipe. The answers are only read to count what is right.

A set is three files of `entity_matching/`: `a_b_a.parquet` and `a_b_b.parquet`, records with `id`, and `a_b_gt.parquet`, whose `D1` and
`D2` are the ids that match. Any set put there is matched too.
"""

import statistics

import pyarrow.parquet as pq
import recipe
from client import huitong

# F1 that must be reached. Best known before, without supervision: 0.972 and 0.445.
TARGETS = {"dblp_acm": 0.975, "abt_buy": 0.55}
STEPS = ["texts", "candidates", "scores", "matches"]


def run(chosen):
    data, rounds = chosen.data, chosen.rounds
    folder = data / "entity_matching"
    names = sorted(file.name.removesuffix("_gt.parquet") for file in folder.glob("*_gt.parquet"))
    if not names:
        raise SystemExit(f"{folder} has no file *_gt.parquet")
    print("\n## Registers matched without supervision, one to one\n")
    columns = ["set", "records", "true pairs", "candidates", "true ones in them", "precision", "recall", "F1", "must be"]
    columns += [f"{step}, CPU s" for step in STEPS]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    missed = []
    with huitong("sets") as server:
        for name in names:
            f1 = match(server, folder, name, rounds)
            if f1 < TARGETS.get(name, 0):
                missed.append(f"{name}: F1 {f1:.4f}")
    return missed


def match(server, folder, name, rounds):
    """Prints the line of a set; answers F1."""
    sides = name.split("_")
    left, right = (pq.read_table(folder / f"{name}_{side}.parquet") for side in sides)
    server.load(f"sets.{name}_l", left)
    server.load(f"sets.{name}_r", right)
    queries = queries_of(name, left.drop_columns("id").column_names, right.drop_columns("id").column_names)
    seconds = {step: statistics.median(times) for step, times in timed(server, name, queries, rounds).items()}
    answers = pq.read_table(folder / f"{name}_gt.parquet")
    truth = set(zip(map(str, answers["D1"].to_pylist()), map(str, answers["D2"].to_pylist())))
    candidates, found = pairs(server, f"sets.{name}_candidates"), pairs(server, f"sets.{name}_matches")
    right_ones = len(found & truth)
    f1 = 2 * right_ones / (len(found) + len(truth))
    print(
        f"| {name} | {left.num_rows} + {right.num_rows} | {len(truth)} | {len(candidates)} | {len(candidates & truth) / len(truth):.4f} "
        f"| {right_ones / max(len(found), 1):.4f} | {right_ones / len(truth):.4f} | {f1:.4f} | {TARGETS.get(name, '–')} | "
        + " | ".join(f"{seconds[step]:.2f}" for step in STEPS) + " |",
        flush=True,
    )
    return f1


def queries_of(name, left_columns, right_columns):
    table = {step: f"sets.{name}_{step}" for step in STEPS}
    return {
        "texts": recipe.texts(f"sets.{name}_l", left_columns, f"sets.{name}_r", right_columns),
        "candidates": recipe.candidates(table["texts"]),
        "scores": recipe.scores(table["texts"], table["candidates"]),
        "matches": recipe.matches(table["scores"]),
    }


def timed(server, name, queries, rounds):
    seconds = {step: [] for step in STEPS}
    for turn in range(rounds + 1):
        for step, query in queries.items():
            before = server.busy()
            server.ask(f"CREATE OR REPLACE TABLE sets.{name}_{step} AS {query}")
            if turn > 0:
                seconds[step].append(server.busy() - before)
    return seconds


def pairs(server, table):
    rows = server.ask(f"SELECT id_l, id_r FROM {table}")
    return set(zip(rows["id_l"].to_pylist(), rows["id_r"].to_pylist()))

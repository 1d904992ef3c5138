"""Linkage beside Splink on the same records, with the same blocking rules and comparisons: accuracy, and seconds of the processor.

`benchmarks/linkage/run [--data DIR] [--rounds N]`. Each side trains, scores and clusters by itself. Accuracy is told before time: F1 of
pairs at the best threshold, and F1 of the pairs within clusters, made at the best of a few thresholds.
"""

import argparse
import json
import logging
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tpch"))
import duckdb
import pyarrow.parquet as pq
import splink
from server import fresh
from sets import SETS
from splink import DuckDBAPI, Linker

PERSON = ["number", "given", "surname", "birth", "email", "phone", "place", "postcode", "street", "house"]
# F1 of the clusters of the default model, which is trained on nothing, at `review`.
DEFAULT_MUST_BE = {"fake_1000": 0.95, "febrl3": 0.999}
CLUSTER_AT = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]
LEAST = 1e-5


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/linkage/run", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="where fake_1000.parquet and febrl3.parquet are")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns that count, after one that warms up (5)")
    chosen = parser.parse_args()
    if chosen.data is None and "HUITONG_DATASETS" in os.environ:
        chosen.data = pathlib.Path(os.environ["HUITONG_DATASETS"]) / "linkage"
    if chosen.data is None:
        raise SystemExit("name the data with --data or HUITONG_DATASETS")
    return chosen


class Splink:
    """In this process, on DuckDB with all processors."""

    name = f"Splink {splink.__version__}, DuckDB {duckdb.__version__}"

    def __init__(self, table):
        self.table = table

    def busy(self):
        return time.process_time()

    def fit(self, chosen):
        self.linker = Linker(DuckDBAPI().register(self.table), chosen.settings)
        training = self.linker.training
        training.estimate_probability_two_random_records_match(chosen.deterministic, recall=chosen.recall)
        training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for rule in chosen.sessions:
            training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)

    def score(self, _chosen):
        self.pairs = self.linker.inference.predict(threshold_match_probability=LEAST)

    def scored(self):
        columns = self.pairs.as_pandas_dataframe()
        return list(zip(columns.unique_id_l, columns.unique_id_r, columns.match_probability, columns.match_weight))

    def clusters(self, at):
        made = self.linker.clustering.cluster_pairwise_predictions_at_threshold(self.pairs, threshold_match_probability=at)
        columns = made.as_pandas_dataframe()
        return dict(zip(columns.unique_id, columns.cluster_id))

    def many(self, chosen):
        """A linker of the same model with one rule that makes very many pairs; answers what scores them and says how many."""
        settings = json.loads(json.dumps(self.linker.misc.save_model_to_json()))
        settings["blocking_rules_to_generate_predictions"] = [{"blocking_rule": chosen.many[0], "sql_dialect": "duckdb"}]
        settings["retain_intermediate_calculation_columns"] = settings["retain_matching_columns"] = False
        con = duckdb.connect()
        linker = Linker(DuckDBAPI(connection=con).register(self.table), settings)

        def run():
            predicted = linker.inference.predict(threshold_match_probability=LEAST)
            count = con.execute(f"select count(*) from {predicted.physical_name}").fetchall()[0][0]
            predicted.drop_table_from_database_and_remove_from_cache()
            return count

        return run


class Huitong:
    """A server with default settings on loopback, asked over Flight SQL."""

    name = "huitong"

    def __init__(self, server, cursor, chosen, file):
        self.server, self.cursor, self.set = server, cursor, chosen.name
        server.client("load", f"linkage.{chosen.name}", file)

    def busy(self):
        """Of the server, and of this process, which fetches from it."""
        ticks = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()

    def ask(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetch_arrow_table().to_pylist()

    def do(self, sql):
        self.cursor.execute(sql)
        self.cursor.fetchall()

    def fit(self, chosen):
        untrained = Linker(DuckDBAPI().register(pq.read_table(self.file(chosen))), chosen.settings).misc.save_model_to_json()
        imported = self.ask(f"SELECT link_import_splink('{quoted(json.dumps(untrained))}') AS spec")[0]["spec"]
        spec = json.loads(imported)
        spec["prior"] = {"rules": chosen.keys["deterministic"], "recall": chosen.recall}
        spec["training"] = {"sample": 1_000_000, "sessions": chosen.keys["sessions"]}
        self.spec = quoted(json.dumps(spec))
        self.train()

    def file(self, chosen):
        return self.server.folder.parent / f"{chosen.name}.parquet"

    def train(self):
        self.do(
            f"CREATE OR REPLACE MODEL linkage.model_{self.set} AS SELECT model FROM "
            f"link_train(TABLE linkage.{self.set}, id => unique_id, spec => '{self.spec}')"
        )

    def link(self, rules=""):
        return (
            f"link(TABLE linkage.{self.set}, id => unique_id, model => linkage.model_{self.set}, "
            f"review => {LEAST}{rules})"
        )

    def score(self, _chosen):
        self.do(f"CREATE OR REPLACE TABLE linkage.pairs_{self.set} AS SELECT * FROM {self.link()}")

    def scored(self):
        rows = self.ask(f"SELECT id_l, id_r, probability, weight FROM linkage.pairs_{self.set}")
        return [(row["id_l"], row["id_r"], row["probability"], row["weight"]) for row in rows]

    def clusters(self, at):
        rows = self.ask(
            f"SELECT d.unique_id, coalesce(c.cluster_id, d.unique_id) AS cluster_id FROM linkage.{self.set} AS d "
            f"LEFT JOIN connected_components((SELECT id_l, id_r FROM linkage.pairs_{self.set} WHERE probability >= {at})) AS c "
            f"ON c.id = d.unique_id"
        )
        return {row["unique_id"]: row["cluster_id"] for row in rows}

    def link_as_persons(self, chosen):
        """The same table of pairs, by the default model."""
        columns = ", ".join(f"CAST({chosen.person.get(name, 'NULL')} AS VARCHAR) AS {name}" for name in PERSON)
        of = f"(SELECT unique_id, {columns} FROM linkage.{self.set})"
        self.do(f"CREATE OR REPLACE TABLE linkage.pairs_{self.set} AS SELECT * FROM link({of}, id => unique_id, model => 'person', review => {LEAST})")

    def many(self, chosen):
        sql = f"SELECT count(*) AS n FROM {self.link(f', rules => {chosen.many[1]}')}"
        return lambda: self.ask(sql)[0]["n"]


def quoted(text):
    return text.replace("'", "''")


def pairs_within(sizes):
    return sum(n * (n - 1) // 2 for n in sizes)


def counted(values):
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts.values()


def best_of_pairs(scored, truth):
    """The best F1 over all thresholds."""
    wanted = pairs_within(counted(truth.values()))
    best = right = 0
    ordered = sorted(scored, key=lambda pair: -pair[3])
    for at, (left, right_id, _, weight) in enumerate(ordered, 1):
        right += truth[left] == truth[right_id]
        if at == len(ordered) or ordered[at][3] != weight:
            best = max(best, 2 * right / (at + wanted))
    return best


def f1_of_clusters(clusters, truth):
    both = pairs_within(counted((clusters[record], truth[record]) for record in truth))
    return 2 * both / (pairs_within(counted(clusters[record] for record in truth)) + pairs_within(counted(truth.values())))


def measured(sides, steps, rounds):
    """Seconds of the processor of each side and step, medians; the sides take turns."""
    seconds = {side.name: {step: [] for step in steps} for side in sides}
    for turn in range(rounds + 1):
        for side in sides:
            for step, run in steps.items():
                before = side.busy()
                run(side)
                if turn > 0:
                    seconds[side.name][step].append(side.busy() - before)
    return {side: {step: statistics.median(values) for step, values in of.items()} for side, of in seconds.items()}


def compare(chosen, server, cursor, rounds, folder):
    table = chosen.table(folder)
    file = server.folder.parent / f"{chosen.name}.parquet"
    pq.write_table(table, file)
    truth = dict(zip(table["unique_id"].to_pylist(), table["truth"].to_pylist()))
    sides = [Splink(table.drop_columns(["truth"])), Huitong(server, cursor, chosen, file)]
    steps = {
        "train": lambda side: side.fit(chosen) if isinstance(side, Splink) or not hasattr(side, "spec") else side.train(),
        "score": lambda side: side.score(chosen),
        "cluster": lambda side: side.clusters(0.95),
    }
    seconds = measured(sides, steps, rounds)
    print(f"\n## {chosen.name}: {len(truth)} records, {pairs_within(counted(truth.values()))} true pairs\n")
    print("| | F1 of pairs | F1 of clusters | train s | score s | cluster s | in all s |\n|---|---|---|---|---|---|---|")
    for side in sides:
        pairs = best_of_pairs(side.scored(), truth)
        at, clusters = max(((at, f1_of_clusters(side.clusters(at), truth)) for at in CLUSTER_AT), key=lambda of: of[1])
        of = seconds[side.name]
        times = " | ".join(f"{of[step]:.2f}" for step in steps)
        print(f"| {side.name} | {pairs:.4f} | {clusters:.4f} at {at} | {times} | {sum(of.values()):.2f} |", flush=True)
    throughput(chosen, sides, rounds)
    return default_model(chosen, sides[1], truth)


def default_model(chosen, huitong, truth):
    """Prints what the model that ships finds without training; answers what was missed."""
    huitong.link_as_persons(chosen)
    pairs, least = best_of_pairs(huitong.scored(), truth), DEFAULT_MUST_BE[chosen.name]
    found = {at: f1_of_clusters(huitong.clusters(at), truth) for at in CLUSTER_AT}
    print(f"\nThe default model `person`, untrained: F1 of pairs {pairs:.4f}; of clusters " + ", ".join(f"{f1:.4f} at {at}" for at, f1 in found.items()))
    return [f"{chosen.name}: {found[0.5]:.4f} of {least}"] if found[0.5] < least else []


def throughput(chosen, sides, rounds):
    """Comparisons a second of the processor, of one rule that makes very many pairs; what is kept of them is checked first."""
    runs = {side.name: side.many(chosen) for side in sides}
    kept = {name: run() for name, run in runs.items()}
    if max(kept.values()) > 1.01 * min(kept.values()):
        raise SystemExit(f"{chosen.name}: the sides keep different pairs: {kept}")
    seconds = {name: [] for name in runs}
    for _ in range(rounds):
        for side in sides:
            before = side.busy()
            runs[side.name]()
            seconds[side.name].append(side.busy() - before)
    print(f"\nOne rule, {chosen.many[0]}: {pairs_of(chosen, sides[0].table)} pairs; kept: {kept}")
    for side in sides:
        median = statistics.median(seconds[side.name])
        print(f"- {side.name}: {median:.2f} s, {pairs_of(chosen, sides[0].table) / median:,.0f} comparisons a second")


def pairs_of(chosen, table):
    con = duckdb.connect()
    con.register("d", table)
    join = f"select count(*) from d as l join d as r on {chosen.many[0]} where l.unique_id < r.unique_id"
    return con.execute(join).fetchall()[0][0]


def main():
    logging.disable(logging.CRITICAL)
    chosen = options()
    with fresh() as (server, cursor, _):
        cursor.execute("CREATE SCHEMA linkage")
        cursor.fetchall()
        missed = [miss for one in SETS for miss in compare(one, server, cursor, chosen.rounds, chosen.data)]
    if missed:
        raise SystemExit("the default model finds too little: " + "; ".join(missed))


if __name__ == "__main__":
    main()

"""Three registers of a sample city linked as the nightly job of housing and marriage does, beside the truth that the city tells.

`HUITONG=target/release/huitong python3 benchmarks/linkage/city.py [--people N] [--seed N]`. The statements that clean and link are those of
`apps/housing-marriage/nightly.sql`. Needs adbc-driver-flightsql and pyarrow.

A pair is two records of whom at least one is of somebody of this city: who is behind a record of somebody of elsewhere is not told, so of two such
nothing is counted.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tpch"))
from server import HUITONG, fresh

APP = pathlib.Path(__file__).parents[2] / "apps" / "housing-marriage"
TABLES = ["population.person", "population.marriage", "housing.title", "truth.person_row"]
# What must be reached: of the pairs that are accepted, of those that ought to be, of all that somebody may have to look at.
TARGETS = {"precision": 0.999, "recall": 0.97, "review": 0.03, "recall with review": 0.995}
AT_MOST = ("review",)
REGISTERS = {"1": "population.person", "2": "population.marriage", "3": "housing.title"}


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/linkage/city.py", description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1_000_000, metavar="N", help="people of the city (1000000)")
    parser.add_argument("--seed", type=int, default=2026, metavar="N", help="of the city (2026)")
    return parser.parse_args()


def statements(file, begin, end):
    """Those of a script between two lines, without its comments."""
    text = file.read_text(encoding="utf-8")
    text = text[text.index(begin) : text.index(end)]
    return [part.strip() for part in re.sub(r"(?m)--.*$", "", text).split(";") if part.strip()]


class City:
    def __init__(self, server, cursor, scratch):
        self.server, self.cursor, self.scratch = server, cursor, scratch

    def ask(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetch_arrow_table().to_pylist()

    def made(self, chosen):
        command = [HUITONG, "bench", "city-data", *TABLES, "--people", str(chosen.people), "--seed", str(chosen.seed), "--dir", self.scratch / "city"]
        subprocess.run(command, check=True)
        for table in TABLES:
            schema = table.split(".")[0]
            self.ask(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            self.server.client("load", table, self.scratch / "city" / f"{table}.parquet")
        self.ask("CREATE SCHEMA housing_marriage")
        for sql in statements(APP / "setup.sql", "CREATE TABLE", "CREATE OR REPLACE VIEW"):
            if re.match(r"CREATE TABLE IF NOT EXISTS housing_marriage\.(mention|edge|entity|decision) ", sql):
                self.ask(sql)

    def linked(self):
        """Seconds of each statement of the job that cleans or links."""
        seconds = []
        for sql in statements(APP / "nightly.sql", "-- ---- Clean", "-- ---- People"):
            begun = time.perf_counter()
            self.ask(sql)
            seconds.append((time.perf_counter() - begun, " ".join(sql.split())[:60]))
        registers = " ".join(f"WHEN '{number}' THEN '{name}'" for number, name in REGISTERS.items())
        self.ask(f"""CREATE TABLE truth.mention AS
            SELECT mention.mention, row.person_id AS truth, entity.person_id AS found
            FROM housing_marriage.mention AS mention
            JOIN housing_marriage.entity AS entity ON entity.mention = mention.mention
            JOIN truth.person_row AS row ON row.register = CASE mention.register {registers} END AND row.role = mention.role AND row.record_id = mention.record_id""")
        [counts] = self.ask("SELECT (SELECT count(*) FROM truth.mention) AS told, (SELECT count(*) FROM housing_marriage.mention) AS made")
        if counts["told"] != counts["made"]:
            raise SystemExit(f"of {counts['made']} records the truth of {counts['told']} is told")
        return seconds

    def pairs(self, by, which="truth.mention"):
        """Pairs of records that agree on `by`, with at least one of somebody of this city."""
        return f"""(SELECT coalesce(sum(n * (n - 1) / 2 - strange * (strange - 1) / 2), 0)
            FROM (SELECT count(*) AS n, count(*) - count(truth) AS strange FROM {which} GROUP BY {by}))"""

    def clusters(self, which="truth.mention"):
        """Precision and recall of the pairs that are together in a person."""
        known = f"(SELECT * FROM {which} WHERE truth IS NOT NULL)"
        [row] = self.ask(f"""SELECT {self.pairs('found', which)} AS together, {self.pairs('truth', known)} AS same,
            {self.pairs('truth, found', known)} AS right""")
        return float(row["right"] / row["together"]), float(row["right"] / row["same"])

    def edges(self):
        return {row["band"]: row for row in self.ask("""
            SELECT band, count(*) AS pairs, sum(CAST(coalesce(l.truth = r.truth, false) AS INT)) AS right, sum(CAST(l.truth IS NULL AND r.truth IS NULL AS INT)) AS untold
            FROM housing_marriage.edge JOIN truth.mention AS l ON l.mention = id_l JOIN truth.mention AS r ON r.mention = id_r
            GROUP BY band""")}

    def reviewed(self):
        """The same persons after somebody has decided each pair of the queue rightly."""
        self.ask("""CREATE TABLE truth.reviewed AS
            WITH same AS (SELECT id_l, id_r FROM housing_marriage.edge JOIN truth.mention AS l ON l.mention = id_l JOIN truth.mention AS r ON r.mention = id_r
                          WHERE band = 'accept' OR l.truth = r.truth)
            SELECT m.mention, m.truth, coalesce(c.cluster_id, m.mention) AS found
            FROM truth.mention AS m LEFT JOIN connected_components((SELECT id_l, id_r FROM same)) AS c ON c.id = m.mention""")
        return self.clusters("truth.reviewed")

    def calibration(self):
        """Of all pairs that are compared and not hopeless: by tenths of the probability, how many are right; and the mean squared error."""
        self.ask("""CREATE TABLE truth.scored AS
            SELECT probability, CAST(coalesce(l.truth = r.truth, false) AS INT) AS is_right
            FROM link(TABLE housing_marriage.mention, id => mention, model => 'cn_person', accept => 0.99, review => 0.001) AS p
            JOIN truth.mention AS l ON l.mention = id_l JOIN truth.mention AS r ON r.mention = id_r
            WHERE l.truth IS NOT NULL OR r.truth IS NOT NULL""")
        [brier] = self.ask("SELECT avg(power(probability - is_right, 2)) AS brier FROM truth.scored")
        bins = self.ask("""SELECT least(CAST(floor(probability * 10) AS INT), 9) AS bin, count(*) AS pairs, avg(probability) AS told, avg(CAST(is_right AS DOUBLE)) AS right
            FROM truth.scored GROUP BY least(CAST(floor(probability * 10) AS INT), 9) ORDER BY bin""")
        return brier["brier"], bins


def main():
    chosen = options()
    with fresh() as (server, cursor, scratch):
        city = City(server, cursor, scratch)
        city.made(chosen)
        seconds = city.linked()
        missed = report(chosen, city, seconds)
    if missed:
        raise SystemExit("not reached: " + "; ".join(missed))


def report(chosen, city, seconds):
    """Prints what was found; answers what was not reached."""
    edges, (precision, recall), (_, with_review) = city.edges(), city.clusters(), city.reviewed()
    accepted, review = (edges.get(band, {"pairs": 0, "right": 0, "untold": 0}) for band in ("accept", "review"))
    print(f"{chosen.people} people, seed {chosen.seed}\n")
    for name, band in (("accepted", accepted), ("in review", review)):
        print(f"- pairs {name}: {band['pairs']}, of which {band['untold']} are of people of elsewhere; of the others right: {band['right']}")
    print(f"- records together as one person: precision {precision:.5f}, recall {recall:.5f}")
    for taken, what in seconds:
        print(f"- {taken:.1f} s: {what}…")
    reached = {
        "precision": accepted["right"] / (accepted["pairs"] - accepted["untold"]),
        "recall": recall,
        "review": review["pairs"] / (accepted["pairs"] + review["pairs"]),
        "recall with review": with_review,
    }
    print("\n| what | reached | must be |\n|---|---|---|")
    for name, value in reached.items():
        print(f"| {name} | {value:.5f} | {'≤' if name in AT_MOST else '≥'} {TARGETS[name]} |")
    brier, bins = city.calibration()
    print(f"\nBrier score of pairs with a probability of 0.001 or more: {brier:.5f}\n\n| probability | pairs | told | right |\n|---|---|---|---|")
    for row in bins:
        print(f"| {row['bin'] / 10:.1f}–{row['bin'] / 10 + 0.1:.1f} | {row['pairs']} | {row['told']:.3f} | {row['right']:.3f} |")
    return [f"{name} {value:.5f}" for name, value in reached.items() if (value > TARGETS[name]) == (name in AT_MOST) and value != TARGETS[name]]


if __name__ == "__main__":
    main()

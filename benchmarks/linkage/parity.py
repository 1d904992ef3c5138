"""Trains and predicts with Splink, and writes what `cargo run --example linkage` compares with: DIRECTORY/NAME.*.

python parity.py DATASETS DIRECTORY    (needs splink 5.0.0, duckdb 2.0.0, pyarrow)
"""

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

RETAINED = {"retain_intermediate_calculation_columns": True, "retain_matching_columns": True, "link_type": "dedupe_only"}
FAKE = SettingsCreator(
    comparisons=[
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("first_name", "city"),
        block_on("surname"),
        block_on("dob"),
        block_on("substr(email,1,4)"),
    ],
    **RETAINED,
)
FEBRL = SettingsCreator(
    comparisons=[
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        cl.JaroWinklerAtThresholds("suburb", [0.9]),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("soc_sec_id"),
        block_on("given_name", "surname"),
        block_on("date_of_birth"),
        block_on("postcode", "surname"),
        block_on("substr(surname,1,3)", "substr(given_name,1,3)"),
    ],
    **RETAINED,
)


def run(name, table, settings, sessions, deterministic, recall, many, out):
    api = DuckDBAPI()
    linker = Linker(api.register(table), settings)
    linker.training.estimate_probability_two_random_records_match(deterministic, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    write = lambda rest, value: (out / f"{name}.{rest}").write_text(json.dumps(value))
    write("start.json", linker.misc.save_model_to_json())
    trained = []
    for rule in sessions:
        session = linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
        trained.append(
            {
                "rule": session._blocking_rule_for_training.blocking_rule_sql,
                "lambda": session.core_model_settings.probability_two_random_records_match,
                "iterations": len(session._core_model_settings_history) - 1,
            }
        )
    write("sessions.json", trained)
    model = linker.misc.save_model_to_json()
    write("model.json", model)
    linker.inference.predict().as_pandas_dataframe().to_parquet(out / f"{name}.pairs.parquet")

    con = duckdb.connect()
    con.register("d", table)
    sides = ", ".join(f'l."{c}" as "{c}_l", r."{c}" as "{c}_r"' for c in table.column_names)
    copy = lambda rule, rest: con.execute(
        f"copy (select {sides} from d l join d r on {rule} where l.unique_id < r.unique_id) "
        f"to '{out / f'{name}.{rest}.parquet'}' (format parquet)"
    ).fetchall()
    for at, session in enumerate(trained):
        copy(session["rule"], f"em{at}")
    measure(name, table, model, many, out)


def measure(name, table, model, many, out):
    """Pairs of one wide rule, scored on one thread: seconds of the whole of predict, and without the join that makes them."""
    settings = dict(model, blocking_rules_to_generate_predictions=[{"blocking_rule": many, "sql_dialect": "duckdb"}])
    settings["retain_intermediate_calculation_columns"] = settings["retain_matching_columns"] = False
    con = duckdb.connect()
    con.execute("set threads = 1").fetchall()
    linker = Linker(DuckDBAPI(connection=con).register(table), settings)
    for column in [c for c in table.column_names if f'"tf_adjustment_column": "{c}"' in json.dumps(model)]:
        linker.table_management.compute_tf_table(column)
    started = time.process_time()
    predicted = linker.inference.predict()
    seconds = time.process_time() - started
    pairs = con.execute(f"select count(*) from {predicted.physical_name}").fetchone()[0]
    print(f"{name}: splink {splink.__version__}, predict {pairs} pairs in {seconds:.3f} s, {pairs / seconds:.0f} a second")

    frequencies = [c for c in table.column_names if f'"tf_adjustment_column": "{c}"' in json.dumps(model)]
    con = duckdb.connect()
    con.execute("set threads = 1").fetchall()
    con.register("plain", table)
    shares = ", ".join(f'count("{c}") over (partition by "{c}") / count("{c}") over () as "tf_{c}"' for c in frequencies)
    con.execute(f"create table d as select *, {shares} from plain").fetchall()
    columns = table.column_names + [f"tf_{c}" for c in frequencies]
    sides = ", ".join(f'l."{c}" as "{c}_l", r."{c}" as "{c}_r"' for c in columns)
    started = time.process_time()
    con.execute(f"create table many as select {sides} from d l join d r on {many} where l.unique_id < r.unique_id").fetchall()
    print(f"{name}: the join alone {time.process_time() - started:.3f} s")
    con.execute(f"copy many to '{out / f'{name}.many.parquet'}' (format parquet)").fetchall()
    cases = ", ".join(
        "case " + " ".join(
            "else 0" if level["sql_condition"].upper() == "ELSE" else f"when {level['sql_condition']} then {at}"
            for at, level in enumerate(comparison["comparison_levels"])
        ) + f" end as g{n}"
        for n, comparison in enumerate(model["comparisons"])
    )
    sums = " + ".join(f"sum(g{n})" for n in range(len(model["comparisons"])))
    started = time.process_time()
    con.execute(f"select {sums} from (select {cases} from many)").fetchall()
    seconds = time.process_time() - started
    print(f"{name}: duckdb {duckdb.__version__}, the levels alone {seconds:.3f} s, {pairs / seconds:.0f} a second")


def main():
    logging.disable(logging.CRITICAL)
    data, out = Path(sys.argv[1]) / "linkage", Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    fake = pq.read_table(data / "fake_1000.parquet")
    run(
        "fake_1000", fake, FAKE, [block_on("dob"), block_on("email")],
        [block_on("first_name", "dob"), "l.email = r.email"], 0.7, "1 = 1", out,
    )
    febrl = pq.read_table(data / "febrl3.parquet")
    febrl = febrl.rename_columns(["unique_id" if name == "rec_id" else name for name in febrl.column_names])
    run(
        "febrl3", febrl, FEBRL, [block_on("date_of_birth"), block_on("postcode")],
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], 0.9,
        "substr(l.soc_sec_id, 1, 1) = substr(r.soc_sec_id, 1, 1)", out,
    )


main()

"""Trains and predicts with Splink, and writes what `cargo run --example linkage` compares with: DIRECTORY/NAME.*.

python parity.py DATASETS DIRECTORY    (needs splink 5.0.0, duckdb 2.0.0, pyarrow)
"""

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
import splink
from sets import SETS
from splink import DuckDBAPI, Linker


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
    for one in SETS:
        one.settings.retain_intermediate_calculation_columns = one.settings.retain_matching_columns = True
        run(one.name, one.table(data), one.settings, one.sessions, one.deterministic, one.recall, one.many[0], out)


main()

"""A Delta table of very many files: how long huitong takes to plan, to write to it, and to read all of it.

`HUITONG=target/release/huitong python3 benchmarks/files/run.py [--files N] [--rounds N]`. The table is written once by huitong and
then by hand in one commit whose files are links to the same one, each a partition of its own. Times are those of `huitong sql`
from its start to its end, its connection and sign-in included; answers are checked first.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

PASSWORD = "benchmark-password-1"
COLUMNS = 8


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/files/run.py", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=50_000, metavar="N", help="files in the table (50000)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="answers that count (5)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(pathlib.Path(folder), chosen.files, chosen.rounds)


def measure(folder, files, rounds):
    environment = dict(os.environ, HUITONG_ADMIN_PASSWORD=PASSWORD, HUITONG_PASSWORD=PASSWORD)
    program, ready = os.environ["HUITONG"], folder / "ready"
    serve = [program, "serve", "--dir", folder / "data", "--listen", "127.0.0.1:0", "--ready-file", ready]
    with open(folder / "log", "w") as log, subprocess.Popen(serve, env=environment, stdout=log, stderr=log) as server:
        try:
            while not ready.exists():
                if server.poll() is not None:
                    raise SystemExit((folder / "log").read_text())
                time.sleep(0.05)
            url = f"grpc://{json.loads(ready.read_text())['flight']}"

            def sql(script):
                begun = time.monotonic()
                command = [program, "sql", "--url", url, "--format", "csv", "-c", script]
                told = subprocess.run(command, env=environment, capture_output=True, text=True)
                if told.returncode:
                    raise SystemExit(told.stderr)
                return time.monotonic() - begun, told.stdout

            table(sql, folder / "data" / "lake" / "public", files)
            report(sql, files, rounds)
            status = pathlib.Path(f"/proc/{server.pid}/status")
            if status.exists():
                peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
                print(f"\nServer's memory at its peak: {int(peak.split()[1]) / 1024:.0f} MiB")
        finally:
            server.terminate()


def table(sql, schema, files):
    columns = ", ".join(f"c{number} BIGINT" for number in range(COLUMNS))
    values = ", ".join(str(number) for number in range(COLUMNS))
    sql(
        f"CREATE TABLE many (id BIGINT, v DOUBLE, name VARCHAR, {columns}, part INT) PARTITIONED BY (part); "
        f"INSERT INTO many VALUES (7, 0.5, '联和市', {values}, 0)"
    )
    folder = next(schema.glob("many.*"))
    first = (folder / "_delta_log" / f"{1:020}.json").read_text().splitlines()
    add = next(action for action in map(json.loads, first) if "add" in action)
    file = folder / add["add"]["path"]
    with open(folder / "_delta_log" / f"{2:020}.json", "w") as commit:
        for part in range(1, files):
            path = folder / f"part={part}" / f"{part}.parquet"
            path.parent.mkdir()
            path.hardlink_to(file)
            add["add"].update(path=f"part={part}/{part}.parquet", partitionValues={"part": str(part)})
            commit.write(json.dumps(add, ensure_ascii=False) + "\n")


def report(sql, files, rounds):
    values = ", ".join(str(number) for number in range(COLUMNS))
    count = "SELECT count(*) AS n FROM many"
    print(f"A table of {files} files; seconds, medians of {rounds} but for the first line\n\n| what | seconds |\n| --- | --- |")

    def row(what, script, answer=None, times=rounds):
        taken = []
        for _ in range(times):
            seconds, told = sql(script)
            if answer is not None and told.splitlines()[1:] != answer:
                raise SystemExit(f"{script}: {told}")
            taken.append(seconds)
        print(f"| {what} | {statistics.median(taken):.3f} |", flush=True)

    row("first query: the log is read", count, [str(files)], times=1)
    row("count from the log", count, [str(files)])
    row("plan of a scan of all files (EXPLAIN)", "EXPLAIN SELECT sum(v) FROM many WHERE name LIKE '联%' AND c3 = 3")
    row("rows of one file", f"SELECT id, v FROM many WHERE part = {files // 2}", ["7,0.5"])
    every = "SELECT id FROM many WHERE name LIKE '联%' LIMIT 1"
    row("on executors, all files in the plan, one row read", f"SET huitong.backend = 'staged'; {every}", ["7"])
    row("insert of a row", f"INSERT INTO many VALUES (7, 0.5, '新', {values}, {files})")
    row("count after inserts", count, [str(files + rounds)])
    row("delete of a file's row", f"DELETE FROM many WHERE part = {files}")
    total = [f"{files / 2},{files}"]
    whole = "SELECT sum(v) AS v, count(c7) AS c FROM many WHERE id = 7 AND name = '联和市'"
    row("all rows read, local", f"SET huitong.backend = 'local'; {whole}", total, times=1)
    row("all rows read, staged", f"SET huitong.backend = 'staged'; {whole}", total, times=1)


if __name__ == "__main__":
    main()

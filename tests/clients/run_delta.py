"""Delta tables between huitong, delta-rs (Python), DuckDB and Spark: what one writes the others read, and change."""

import pathlib
import sys
import tempfile

from delta_tables import ours, theirs
from delta_tables.engines import DeltaRs, Duck, Huitong, spark
from server import Server


def main():
    session, why = spark()
    if not session:
        print(f"skip Spark: {why}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        foreign = folder / "外来 表"
        foreign.mkdir()
        with Server(folder, allowed=foreign) as server, server.connect() as connection:
            huitong, delta_rs, duck = Huitong(connection, server), DeltaRs(), Duck()
            writers = [delta_rs, *([session] if session else [])]
            engines = [duck, *writers]
            ours.make(huitong)
            ours.check_read(huitong, engines)
            ours.check_constraints(huitong, delta_rs, session)
            ours.check_append(huitong, engines, [*writers, duck])
            theirs.check(huitong, delta_rs, duck, session, foreign)
    if session:
        session.close()
    print("Delta tables of several engines passed")


if __name__ == "__main__":
    sys.exit(main())

"""Duplicates: registers matched in SQL against known answers, MinHash beside rensa, and a register of projects with planted duplicates.

`benchmarks/duplicates/run [--data DIR] [--only PART] [--rounds N] [--projects N]`. Answers are checked before time is told; a part that misses what
it must reach ends the run with an error.
"""

import argparse
import os
import pathlib

import minhash
import register
import sets

PARTS = {"sets": sets.run, "minhash": minhash.run, "register": register.run}


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/duplicates/run", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="where entity_matching/ and names/ are")
    parser.add_argument("--only", choices=PARTS, metavar="PART", help="one of " + ", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns that count, after one that warms up (5)")
    parser.add_argument("--projects", type=int, default=20_000, metavar="N", help="filings of the register (20000)")
    chosen = parser.parse_args()
    if chosen.data is None and "HUITONG_DATASETS" in os.environ:
        chosen.data = pathlib.Path(os.environ["HUITONG_DATASETS"])
    if chosen.data is None:
        raise SystemExit("name the data with --data or HUITONG_DATASETS")
    return chosen


def main():
    chosen = options()
    missed = []
    for name, run in PARTS.items():
        if chosen.only in (None, name):
            missed += run(chosen)
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()

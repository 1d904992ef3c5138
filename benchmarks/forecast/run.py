"""Forecasts of M3 series beside statsforecast 2.1.1: accuracy first, then CPU seconds, of the same series in one run.

`benchmarks/forecast/run [--data FILE] [--every N] [--models LIST]`. Every model forecasts a part of the series here and there in
turn; CPU seconds are those of the whole process here, and there those after a first series, which compiles.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import time
import warnings

# One thread on either side: idle threads of a linear algebra library would count as CPU seconds.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"))
import numpy as np
import pyarrow.parquet as parquet
from statsforecast import models as library

HUITONG = os.environ["HUITONG_FORECAST"]
PERIODS = {"yearly": 1, "quarterly": 4, "monthly": 12}
TURNS = 5
# Ours by name, and what the library calls it.
PAIRS = {
    "auto_ets": lambda period: [library.AutoETS(season_length=period)],
    "auto_arima": lambda period: [library.AutoARIMA(season_length=period)],
    "ces": lambda period: [library.AutoCES(season_length=period)],
    "dot": lambda period: [library.DynamicOptimizedTheta(season_length=period)],
    "theta": lambda period: [library.AutoTheta(season_length=period)],
    "auto": lambda period: [of(period)[0] for of in (PAIRS[name] for name in ("auto_ets", "auto_arima", "ces", "dot"))],
}


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/forecast/run", description=__doc__.splitlines()[0])
    sets = os.environ.get("HUITONG_DATASETS")
    default = pathlib.Path(sets) / "forecasting/m3.parquet" if sets else None
    parser.add_argument("--data", type=pathlib.Path, default=default, required=default is None, metavar="FILE", help="the series ($HUITONG_DATASETS/forecasting/m3.parquet)")
    parser.add_argument("--every", type=int, default=10, metavar="N", help="take every Nth series of a frequency (10; 1 is all)")
    parser.add_argument("--models", default=",".join(PAIRS), metavar="LIST", help="some of " + ",".join(PAIRS))
    return parser.parse_args()


def frequency(identifier):
    """The competition numbers its series by frequency."""
    number = int(identifier.lstrip("N"))
    return "yearly" if number <= 645 else "quarterly" if number <= 1401 else "monthly" if number <= 2829 else None


def load(path, every):
    """Of each frequency the chosen series: identifier, known values, values to be forecast."""
    columns = parquet.read_table(path, columns=["series_id", "split", "t", "y"]).sort_by([("series_id", "ascending"), ("t", "ascending")])
    series = {}
    for identifier, split, value in zip(*(columns[name].to_pylist() for name in ("series_id", "split", "y"))):
        series.setdefault(identifier, {"train": [], "test": []})[split].append(value)
    found = {name: [] for name in PERIODS}
    for identifier, parts in series.items():
        if name := frequency(identifier):
            found[name].append((identifier, np.array(parts["train"]), np.array(parts["test"])))
    return {name: rows[::every] for name, rows in found.items()}


def ours(model, period, rows):
    """Means and bounds, and CPU seconds."""
    lines = "".join(f"{i} {period} {len(test)} {','.join(map(repr, train.tolist()))}\n" for i, train, test in rows)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([HUITONG, model], input=lines, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    forecasts = [[np.array([float(v) for v in part.split(",")]) for part in line.split(" ")[1:]] for line in done.stdout.splitlines()]
    return forecasts, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def theirs(model, period, rows):
    makers = PAIRS[model](period)
    begun = time.process_time()
    forecasts = []
    for _, train, test in rows:
        found = [maker.forecast(y=train, h=len(test), level=[95]) for maker in makers]
        forecasts.append([np.median([one[key] for one in found], axis=0) for key in ("mean", "lo-95", "hi-95")])
    return forecasts, time.process_time() - begun


def score(forecast, train, test, period):
    """Absolute error in units of the seasonal naive error, and the share of values within bounds."""
    mean, low, high = forecast
    scale = np.mean(np.abs(train[period:] - train[:-period]))
    return np.mean(np.abs(mean - test)) / scale, np.mean((low <= test) & (test <= high))


def compare(model, period, rows):
    """Both sides take turns on parts of the series; medians over the parts count. Also whether we are surely less accurate:
    by more than two standard errors of the difference."""
    theirs(model, period, rows[:1])
    sides = {"ours": (ours, [], []), "theirs": (theirs, [], [])}
    for turn in range(TURNS):
        if part := rows[turn::TURNS]:
            for run, scores, seconds in sides.values():
                forecasts, cpu = run(model, period, part)
                scores += [score(f, train, test, period) for f, (_, train, test) in zip(forecasts, part, strict=True)]
                seconds.append(cpu / len(part))
    lost = np.array([score[0] for score in sides["ours"][1]]) - np.array([score[0] for score in sides["theirs"][1]])
    sure = np.mean(lost) > 2 * np.std(lost) / np.sqrt(len(lost))
    return sure, {name: (*np.mean(scores, axis=0), statistics.median(seconds)) for name, (_, scores, seconds) in sides.items()}


def main():
    warnings.simplefilter("ignore")
    chosen = options()
    series = load(chosen.data, chosen.every)
    print("| model | frequency | series | MASE | theirs | 95 % covers | theirs | CPU ms/series | theirs | times fewer |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    worse = []
    for model in chosen.models.split(","):
        for name, rows in series.items():
            sure, found = compare(model, PERIODS[name], rows)
            (mase, covers, cpu), (their_mase, their_covers, their_cpu) = found["ours"], found["theirs"]
            print(f"| {model} | {name} | {len(rows)} | {mase:.4f} | {their_mase:.4f} | {100 * covers:.1f} | {100 * their_covers:.1f} "
                  f"| {1000 * cpu:.2f} | {1000 * their_cpu:.2f} | {their_cpu / cpu:.1f} |", flush=True)
            if sure and mase > 1.02 * their_mase:
                worse.append(f"{model} {name}")
    if worse:
        raise SystemExit(f"surely less accurate than the library, by more than 2 %: {', '.join(worse)}; its speed means nothing there")


if __name__ == "__main__":
    main()

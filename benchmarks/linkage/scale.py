"""Two registers of a million persons linked on a cluster with little memory: about a hundred million comparisons, and what they take.

`HUITONG=target/release/huitong python3 benchmarks/linkage/scale.py [--persons N] [--executors N] [--memory SIZE] [--keep DIR]`. The second
register has the persons of the first, a tenth with a slip in the name, a twentieth with another birth. Needs adbc-driver-flightsql and
pyarrow.
"""

import argparse
import contextlib
import pathlib
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / part) for part in ("tpch", "cluster")]
from adbc_driver_flightsql import dbapi
from cluster import Cluster
from server import PASSWORD, complete

# A few surnames are those of many: the square of a number from 0 to 1 crowds at its low end.
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任卢姚沈钟姜崔谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华文玉红建国志海云春梅兰子林波辉宇鑫婷雪梦佳欣怡浩然晨博思雨轩泽凯豪"
MADE = f"""CREATE TABLE {{name}} AS
SELECT id, substr('{SURNAMES}', 1 + CAST({len(SURNAMES)} * power(a, 2) AS INT) % {len(SURNAMES)}, 1) AS surname,
       CASE WHEN {{slip}} THEN '错' ELSE substr('{GIVEN}', 1 + b % {len(GIVEN)}, 1) END || substr('{GIVEN}', 1 + c % {len(GIVEN)}, 1) AS given,
       DATE '1945-01-01' + CAST((b * 7919 + c * 104729 + {{moved}}) % 25000 AS INT) AS birth, 'd' || CAST(c % 100 AS VARCHAR) AS district
FROM (SELECT v AS id, (v * 2654435761 % 4294967296) / 4294967296.0 AS a, v * 40503 % 65536 + v / 65536 AS b, v * 69069 % 1048573 AS c
      FROM unnest(range(0, {{persons}})) AS r(v))"""
SPEC = """{"prior": 1e-6, "comparisons": [
  {"column": "surname", "levels": [{"when": "null"}, {"when": "exact", "m": 0.97, "u": 0.03}, {"when": "else", "m": 0.03, "u": 0.97}]},
  {"column": "given", "levels": [{"when": "null"}, {"when": "exact", "m": 0.9, "u": 0.0003},
    {"when": {"damerau_levenshtein": 1}, "m": 0.09, "u": 0.03}, {"when": "else", "m": 0.01, "u": 0.9697}]},
  {"column": "birth", "levels": [{"when": "null"}, {"when": "exact", "m": 0.94, "u": 0.00004}, {"when": {"months": 1}, "m": 0.01, "u": 0.002},
    {"when": "else", "m": 0.05, "u": 0.998}]},
  {"column": "district", "levels": [{"when": "null"}, {"when": "exact", "m": 0.95, "u": 0.01}, {"when": "else", "m": 0.05, "u": 0.99}]}],
 "blocking": [["birth"], ["surname", {"year": "birth"}, {"month": "birth"}], ["given", {"year": "birth"}],
   ["surname", "given"], ["district", {"month": "birth"}, {"day": "birth"}]]}"""
LINKED = f"""SELECT band, count(*) AS pairs, sum(CASE WHEN id_l = id_r THEN 1 ELSE 0 END) AS right
FROM link(TABLE one, TABLE other, id => id, model => '{SPEC}', accept => 0.99, review => 0.5) GROUP BY band ORDER BY band"""
RULES = [
    ["birth"],
    ["surname", "date_part('year', birth)", "date_part('month', birth)"],
    ["given", "date_part('year', birth)"],
    ["surname", "given"],
    ["district", "date_part('month', birth)", "date_part('day', birth)"],
]


def options():
    parser = argparse.ArgumentParser(prog="benchmarks/linkage/scale.py", description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=1_000_000, metavar="N", help="of each register (1000000)")
    parser.add_argument("--executors", type=int, default=2, metavar="N", help="how many (2)")
    parser.add_argument("--memory", default="1GiB", metavar="SIZE", help="memory of each executor (1GiB)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep the lake in DIR, or use what is there")
    return parser.parse_args()


def asked(cursor, sql):
    cursor.execute(sql)
    return cursor.fetch_arrow_table().to_pylist()


def compared(cursor):
    """Comparisons of all rules, those counted twice that two rules make."""
    total = 0
    for rule in RULES:
        keys = ", ".join(f"{key} AS k{at}" for at, key in enumerate(rule))
        names = ", ".join(f"k{at}" for at in range(len(rule)))
        side = f"(SELECT {names}, count(*) AS n FROM (SELECT {keys} FROM {{table}}) AS s GROUP BY {names})"
        equal = " AND ".join(f"a.k{at} = b.k{at}" for at in range(len(rule)))
        sql = f"SELECT sum(CAST(a.n AS BIGINT) * b.n) AS pairs FROM {side.format(table='one')} AS a JOIN {side.format(table='other')} AS b ON {equal}"
        total += asked(cursor, sql)[0]["pairs"]
    return total


def peak(process):
    """The most memory that a process has had, in MiB."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def main():
    chosen = options()
    with contextlib.ExitStack() as stack:
        kept = chosen.keep or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huitong-linkage-")))
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huitong-linkage-")))
        cluster = stack.enter_context(Cluster(kept / "cluster", scratch, chosen.memory, chosen.executors))
        access = {"username": "admin", "password": PASSWORD}
        connection = stack.enter_context(dbapi.connect(f"grpc://{cluster.address}", db_kwargs=access, autocommit=True))
        cursor = stack.enter_context(connection.cursor())
        if not complete(kept / "cluster").exists():
            asked(cursor, MADE.format(name="one", slip="false", moved="0", persons=chosen.persons))
            asked(cursor, MADE.format(name="other", slip="id % 10 = 3", moved="CASE WHEN id % 20 = 7 THEN 40 ELSE 0 END", persons=chosen.persons))
            complete(kept / "cluster").touch()
        print(f"{chosen.persons} × {chosen.persons} persons, {compared(cursor):,} comparisons, {chosen.executors} executors of {chosen.memory}")
        asked(cursor, "SET huitong.backend = 'staged'")
        begun = time.perf_counter()
        bands = asked(cursor, LINKED)
        seconds = time.perf_counter() - begun
        for band in bands:
            print(f"{band['band']}: {band['pairs']} pairs, {band['right']} right")
        print(f"{seconds:.1f} s; most memory in MiB: " + ", ".join(f"{name} {peak(process)}" for name, process in cluster.processes.items()))


if __name__ == "__main__":
    main()

"""What huitong writes: every engine reads the same rows, filters included, and can append rows that huitong then sees."""

import deltalake
import pyarrow

from .cells import same

# Letters that mean something in a path, a URI or a shell; texts that look encoded.
ODD = [
    "/", "%", "空格 与/斜线%", "a=b", "a%20b", "%2F", "%E7%A9%BA", "a:b", "a\\b", '"q"', "o'brien", "#?&+;,", "{}[]|^~`<>*",
    "\t", "é", "..", ".", "null", " 前", "后 ", "中文～！（）",
]  # fmt: skip


def text(value):
    return "'" + value.replace("'", "''") + "'"


def make(huitong):
    """Makes the tables; those that other engines can append to are told with a condition for the rows that they append once more."""
    run = huitong.run
    run("CREATE SCHEMA 互通")
    run("""CREATE TABLE 互通.类型 (id BIGINT NOT NULL, b BOOLEAN, i1 TINYINT, i2 SMALLINT, i4 INT, f4 REAL, f8 DOUBLE,
        d9 DECIMAL(9, 2), d38 DECIMAL(38, 10), 名称 VARCHAR, bin BYTEA, day DATE, ts TIMESTAMPTZ, ntz TIMESTAMP, v VARCHAR(20))""")
    run("""INSERT INTO 互通.类型 VALUES
        (1, true, 1, 2, 3, '1.5', '2.5', '1234567.89', '1234567890123456789012345678.0123456789', '人口库', X'00ff10', '2026-02-28',
         '2026-02-28T12:34:56.123456Z', '2026-02-28T12:34:56.123456', 'x'),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (3, false, -128, -32768, -2147483648, '-1.25', '1e300', '-9999999.99', '-0.0000000001', '', X'', '1969-12-31',
         '1900-01-01T00:00:00.000001Z', '0001-01-01T00:00:00', 'o''brien'),
        (4, false, 127, 32767, 2147483647, 'NaN', 'Infinity', '-0.01', '0', '😀 换行' || chr(10), X'e4baba', '9999-12-31',
         '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999', ' ')""")
    run("""CREATE TABLE 互通.nested AS
        SELECT 1 AS id, [1, 2, NULL] AS list, named_struct('甲', 1, 'b', named_struct('c', 'x')) AS obj,
               [named_struct('k', 'a', 'v', [1.5])] AS deep, map(['a', '乙'], [1, NULL]) AS pairs
        UNION ALL SELECT 2, NULL, NULL, NULL, NULL
        UNION ALL SELECT 3, [], named_struct('甲', NULL, 'b', named_struct('c', NULL)), [], map([], [])""")
    run("CREATE TABLE 互通.odd (id BIGINT, v INT, p VARCHAR) PARTITIONED BY (p)")
    values = [f"({number}, {number}, {text(value)}), ({number + 100}, NULL, {text(value)})" for number, value in enumerate(ODD)]
    run(f"INSERT INTO 互通.odd VALUES {', '.join(values)}, (1000, 1, NULL)")
    # Spark reads this text, and writes it as null; so it is not appended once more.
    run("INSERT INTO 互通.odd VALUES (900000000, 1, '__HIVE_DEFAULT_PARTITION__')")
    run("""CREATE TABLE 互通.keys (id BIGINT, b BOOLEAN, i INT, n BIGINT, d DECIMAL(10, 2), day DATE, ts TIMESTAMPTZ, ntz TIMESTAMP)
        PARTITIONED BY (b, i, n, d, day, ts, ntz)""")
    run("""INSERT INTO 互通.keys VALUES
        (1, true, 1, 9007199254740993, 1.50, '2026-01-02', '2026-01-02T03:04:05.678901Z', '2026-01-02T03:04:05.678901'),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (3, false, -1, -1, -12, '1600-01-01', '1900-01-01T00:00:00Z', '1900-01-01T00:00:00'),
        (4, false, -1, 0, 12345678.90, '9999-12-31', '2026-06-01T00:00:00Z', '2026-06-01T00:00:00')""")
    run("""CREATE TABLE 互通.changed (id BIGINT PRIMARY KEY COMMENT '编号', price DECIMAL(10, 2) CHECK (price > 0), 名 VARCHAR NOT NULL,
        seen TIMESTAMPTZ, CONSTRAINT 名字 CHECK (名 <> '坏'), CONSTRAINT long CHECK ("名" <> '很坏' OR price > 1))""")
    run("""INSERT INTO 互通.changed SELECT value, value + 0.5, 'n' || value, to_timestamp_micros(1767225600123456 + value * 1000)
        FROM generate_series(1, 100)""")
    run("UPDATE 互通.changed SET price = price * 2 WHERE id % 3 = 0")
    run("DELETE FROM 互通.changed WHERE id % 7 = 0")
    run("""MERGE INTO 互通.changed AS t USING (VALUES (1, '合'), (5000, '并')) AS s (id, n) ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET 名 = s.n WHEN NOT MATCHED THEN INSERT (id, price, 名) VALUES (s.id, 9, s.n)""")
    run("ALTER TABLE 互通.changed ADD COLUMN 后加 TIMESTAMP")
    run("INSERT INTO 互通.changed VALUES (6000, 1, '后', NULL, '2026-01-01T00:00:00')")
    run("OPTIMIZE 互通.changed")
    run("CREATE TABLE 互通.restored (id BIGINT NOT NULL, v VARCHAR, p VARCHAR) PARTITIONED BY (p)")
    for number in range(12):
        run(f"INSERT INTO 互通.restored VALUES ({number}, 'v{number}', '区 {number % 2}')")
    run("DELETE FROM 互通.restored WHERE id < 11")
    run("RESTORE TABLE 互通.restored TO VERSION AS OF 6")
    run("CREATE TABLE 互通.many (id BIGINT, v VARCHAR)")
    # As another program may set it. Commits go on behind a checkpoint, whoever made it.
    deltalake.DeltaTable(str(huitong.path("互通.many"))).alter.set_table_properties({"delta.checkpointInterval": "4"})
    for number in range(11):
        run(f"INSERT INTO 互通.many VALUES ({number}, '{number}')")
        if number == 6:
            deltalake.DeltaTable(str(huitong.path("互通.many"))).create_checkpoint()


TABLES = ["类型", "nested", "odd", "keys", "changed", "restored", "many"]
# delta-rs 1.6 reads -0.01 as `0.-1` in a partition, and appends nothing to a table that has one; hence -12 above.
CONDITIONS = {
    "类型": ["id > 2", "day >= DATE '9999-12-31'", "f8 > 2", "d9 < 0", "ts > {2026-02-28T12:34:56.123Z}", "bin IS NULL"],
    "odd": ["p = '%'", "p = '/'", "p = '空格 与/斜线%'", "p IS NULL", "p > '中'", "v IS NULL AND p = '..'"],
    "keys": ["day = DATE '1600-01-01'", "ts = {2026-01-02T03:04:05.678901Z}", "i = -1", "n > 9007199254740992", "d > 100", "b"],
    "changed": ["seen >= {2026-01-01T00:00:00.222456Z}", "seen < {2026-01-01T00:00:00.125456Z}", "price > 190"],
    "many": ["id IN (0, 5, 10)"],
}


def check_read(huitong, engines):
    """Each engine reads what huitong reads, whole and by conditions that leave files out."""
    for name in TABLES:
        table = f"互通.{name}"
        path = huitong.path(table)
        for condition in ["true", *CONDITIONS.get(name, [])]:
            mine = huitong.rows(table, moments(huitong, condition))
            assert mine, f"{table} where {condition}: no rows"
            for engine in engines:
                same(f"{table} where {condition}, by {engine.name}", mine, engine.rows(path, moments(engine, condition)))
    print(f"ok   what we wrote, {len(TABLES)} tables, by {', '.join(engine.name for engine in engines)}")


def moments(engine, condition):
    """A condition with its moments, in braces, as an engine writes them."""
    parts = condition.replace("}", "{").split("{")
    return "".join(engine.moment(part) if index % 2 else part for index, part in enumerate(parts))


def check_append(huitong, engines, writers):
    """Each writer appends rows of all kinds of values; huitong sees them, changes them, and all still agree."""
    for number, writer in enumerate(writers, 1):
        # DuckDB 1.5 breaks off at tables with partitions or NOT NULL.
        for name in ["many"] if writer.name == "DuckDB" else TABLES:
            table = f"互通.{name}"
            before = huitong.rows(table)
            writer.append_shifted(huitong.path(table), number * 100_000, "id < 100000")
            after = huitong.rows(table)
            first = [dict(row, id=row["id"] + number * 100_000) for row in before if row["id"] < 100_000]
            same(f"{table}, appended by {writer.name}", after, sorted(before + first, key=lambda row: row["id"]))
        print(f"ok   appended by {writer.name}")
    run = huitong.run
    for name in ["odd", "restored"]:
        rows = len(huitong.rows(f"互通.{name}"))
        run(f"UPDATE 互通.{name} SET v = {'7' if name == 'odd' else text('七')}")
        run(f"DELETE FROM 互通.{name} WHERE id % 2 = 1")
        run(f"OPTIMIZE 互通.{name}")
        left = huitong.rows(f"互通.{name}")
        assert 0 < len(left) < rows and {row["v"] for row in left} <= {7, "七"}, f"{name}: {len(left)} rows of {rows}"
    run("VACUUM 互通.odd RETAIN 0 HOURS")
    version = huitong.query("DESCRIBE HISTORY 互通.restored LIMIT 1")[0]["version"]
    was = huitong.query(f"SELECT * FROM 互通.restored VERSION AS OF {version - 3}")
    run(f"RESTORE TABLE 互通.restored TO VERSION AS OF {version - 3}")
    same("a restored table with files of others", huitong.rows("互通.restored"), was)
    for name in TABLES:
        mine = huitong.rows(f"互通.{name}")
        for engine in engines:
            if name == "keys" and engine.name == "Spark":
                # delta-rs writes a moment in a partition without its zone, and Spark takes it for one in the zone of its session.
                continue
            same(f"互通.{name} after all, by {engine.name}", mine, engine.rows(huitong.path(f"互通.{name}")))
    print("ok   changed by us after others had appended")


def check_constraints(huitong, delta_rs, spark):
    """What a table of ours asks of its rows holds for other writers too."""
    path = huitong.path("互通.changed")
    before = huitong.rows("互通.changed")
    schema = delta_rs.arrow(path).schema
    wrong = [(-1, "好", "price > 0"), (1, "坏", "名 <> '坏'"), (1, "很坏", "名 <> '很坏'"), (1, None, "NOT NULL")]
    for price, name, asked in wrong:
        row = {"id": 9, "price": price, "名": name, "seen": None, "后加": None}
        try:
            deltalake.write_deltalake(str(path), pyarrow.Table.from_pylist([row], schema=schema), mode="append")
        except Exception:
            continue
        raise AssertionError(f"delta-rs wrote a row against {asked}")
    if spark:
        for price, name, asked in wrong:
            value = "NULL" if name is None else text(name)
            told = spark.refusal(path, f"INSERT INTO {{}} VALUES (9, {price}, {value}, NULL, NULL)")
            assert told, f"Spark wrote a row against {asked}"
            assert "violated" in told or "DELTA_NOT_NULL" in told, told
    same("constraints", huitong.rows("互通.changed"), before)
    print("ok   our constraints hold for other writers")

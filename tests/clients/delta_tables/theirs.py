"""What other engines write: huitong reads the rows that they read, or refuses by the name of the feature; and where it may write, what
it writes keeps every promise of the table, or it refuses by that name too."""

import pathlib
import shutil

import deltalake
import pyarrow

from .cells import same


STATEMENTS = {
    "INSERT": "INSERT INTO {} (id, v) VALUES (77, 'n')",
    "UPDATE": "UPDATE {} SET v = 'w'",
    "DELETE": "DELETE FROM {} WHERE id = 2",
    "MERGE": "MERGE INTO {} AS t USING (VALUES (1, 'm')) AS s (id, n) ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.n",
    "OPTIMIZE": "OPTIMIZE {}",
    "ALTER": "ALTER TABLE {} ADD COLUMN more INT",
    "COMMENT": "COMMENT ON TABLE {} IS '新'",
    "RESTORE": "RESTORE TABLE {} TO VERSION AS OF 1",
    "VACUUM": "VACUUM {} RETAIN 0 HOURS",
}
LOOKED_AT_AFTER = ["OPTIMIZE", "VACUUM"]


class Table:
    """A table of another engine, and what huitong does with it.

    `make` makes it at a path, `later` changes it when huitong has read it. `reads` is the feature for which reading is refused, if it is. `writes` is the one for which writing is,
    or says so for statements by their first word.
    """

    def __init__(self, name, make, later=None, reads=None, writes=None):
        self.name, self.make, self.later, self.reads = name, make, later, reads
        self.writes = writes if isinstance(writes, dict) else dict.fromkeys(STATEMENTS, writes)


def spark_sql(*statements):
    return lambda spark, path: [spark.run(path, statement) for statement in statements]


def create(columns, properties="", more=""):
    clause = f" TBLPROPERTIES ({properties})" if properties else ""
    return f"CREATE TABLE {{}} ({columns}) USING delta {more}{clause}"


VALUES = "INSERT INTO {} VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, '中')"


def plain_with(properties):
    return spark_sql(create("id BIGINT, v STRING", properties), VALUES)


def built(add_columns):
    """Columns that Spark's SQL does not make for a path."""

    def make(spark, path):
        from pyspark.sql.types import LongType

        jvm = spark.session._jvm.io.delta.tables
        builder = jvm.DeltaTable.create(spark.session._jsparkSession).location(str(path))
        for name, data_type, generated in add_columns:
            column = jvm.DeltaTable.columnBuilder(spark.session._jsparkSession, name).dataType(data_type)
            if generated == "identity":
                column = column.generatedAlwaysAsIdentity()
            elif generated:
                column = column.generatedAlwaysAs(generated)
            builder = builder.addColumn(column.build())
        builder.execute()
        spark.run(path, "INSERT INTO {} (v) VALUES ('a'), ('b')")

    return make


SPARK = [
    Table("types", spark_sql(
        create("""id BIGINT, b BOOLEAN, i1 TINYINT, i2 SMALLINT, i4 INT, f4 FLOAT, f8 DOUBLE, d DECIMAL(38, 5), v STRING, bin BINARY,
            day DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ, l ARRAY<INT>, m MAP<STRING, STRUCT<x: INT>>,
            st STRUCT<`甲`: STRING, n: STRUCT<y: ARRAY<DATE>>>, vc VARCHAR(5)"""),
        """INSERT INTO {} VALUES (1, true, 1, 2, 3, 1.5, double('nan'), 1.12345, '中', X'00ff', DATE '1500-01-01',
            TIMESTAMP '1500-01-01 00:00:00Z', TIMESTAMP_NTZ '2026-01-01 00:00:00.123456', array(1, null), map('k', named_struct('x', 1)),
            named_struct('甲', '乙', 'n', named_struct('y', array(DATE '2026-01-01'))), 'abc')""",
        "INSERT INTO {} (id, v) VALUES (2, 'x')",
    )),
    Table("partitions", spark_sql(
        # Not by TIMESTAMP: Spark writes its values in the zone of its session, which the log does not tell.
        create("id BIGINT, v STRING, s STRING, d DATE, b BOOLEAN, dec DECIMAL(5, 2), n INT, ntz TIMESTAMP_NTZ",
               more="PARTITIONED BY (s, d, b, dec, n, ntz)"),
        """INSERT INTO {} VALUES
            (1, 'x', 'a/b %=:空', DATE '2026-01-01', true, -5.05, -1, TIMESTAMP_NTZ '2026-01-01 01:02:03.4'),
            (2, 'y', NULL, NULL, NULL, NULL, NULL, NULL),
            (3, 'z', '', DATE '1500-01-01', false, 0, 0, TIMESTAMP_NTZ '1500-01-01 00:00:00')""",
    )),
    Table("odd_partition", spark_sql(
        create("id BIGINT, v STRING, f DOUBLE", more="PARTITIONED BY (f)"), "INSERT INTO {} VALUES (1, 'a', 1.5), (2, 'b', NULL)",
    ), writes="Float64"),
    Table("mapped", spark_sql(
        create("id BIGINT, a STRING, b INT, v STRING, part STRING", "'delta.columnMapping.mode' = 'name'", "PARTITIONED BY (part)"),
        "INSERT INTO {} VALUES (1, 'x', 2, 'o', 'p/1'), (2, NULL, 3, NULL, NULL)",
        "ALTER TABLE {} RENAME COLUMN a TO `姓 名,(新)`",
        "ALTER TABLE {} DROP COLUMN b",
        "ALTER TABLE {} RENAME COLUMN part TO `分区`",
        "ALTER TABLE {} ADD COLUMNS (b DATE)",
        "INSERT INTO {} VALUES (3, 'y', 'n', 'q', DATE '2026-01-01')",
    ), later=spark_sql("ALTER TABLE {} RENAME COLUMN v TO w", "ALTER TABLE {} ADD COLUMNS (v STRING)"), writes="columnMapping"),
    Table("mapped_later", plain_with(""), later=spark_sql(
        "ALTER TABLE {} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')", "ALTER TABLE {} ADD COLUMNS (w INT)",
        "ALTER TABLE {} RENAME COLUMN w TO x",
    ), writes="columnMapping"),
    Table("vectors", spark_sql(
        create("id BIGINT, v STRING, p INT", "'delta.enableDeletionVectors' = 'true'", "PARTITIONED BY (p)"),
        "INSERT INTO {} SELECT /*+ COALESCE(1) */ id, concat('v', id), id % 2 FROM range(100)",
        "DELETE FROM {} WHERE id % 3 = 0",
        "UPDATE {} SET v = 'u' WHERE id = 4",
    ), later=spark_sql("DELETE FROM {} WHERE id = 50", "INSERT INTO {} VALUES (500, 'x', 1)"), writes="deletionVectors"),
    Table("vectors_later", plain_with("'delta.enableDeletionVectors' = 'false'"), later=spark_sql(
        "ALTER TABLE {} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
        "INSERT INTO {} SELECT /*+ COALESCE(1) */ id, 'many' FROM range(10, 20)",
        "DELETE FROM {} WHERE id IN (2, 15)",
    ), writes="deletionVectors"),
    Table("vectors_mapped", spark_sql(
        create("id BIGINT, w STRING", "'delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name'"),
        "INSERT INTO {} SELECT /*+ COALESCE(1) */ id, concat('v', id) FROM range(100)",
        "ALTER TABLE {} RENAME COLUMN w TO v",
        "DELETE FROM {} WHERE id % 3 = 0",
    ), writes="olumn"),
    Table("vectors_purged", spark_sql(
        create("id BIGINT, v STRING", "'delta.enableDeletionVectors' = 'true'"), VALUES, "DELETE FROM {} WHERE id = 2",
        "ALTER TABLE {} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')", "REORG TABLE {} APPLY (PURGE)",
    ), writes="deletionVectors"),
    Table("checked", spark_sql(
        create("id BIGINT NOT NULL, v STRING, `名` STRING"), "ALTER TABLE {} ADD CONSTRAINT a CHECK (id > 0 AND (`名` IS NULL OR `名` <> 'x'))",
        "INSERT INTO {} VALUES (1, 'a', '好'), (2, NULL, 'y')",
    )),
    Table("checked_elsewhere", spark_sql(
        create("id BIGINT NOT NULL, v STRING"), "ALTER TABLE {} ADD CONSTRAINT a CHECK (v RLIKE '^[a-z]')", "INSERT INTO {} VALUES (1, 'a')",
    ), writes=dict.fromkeys(["INSERT", "UPDATE", "MERGE"], "constraint `a`")),
    Table("required_inside", spark_sql(
        create("id BIGINT, v STRING, n STRUCT<a: INT NOT NULL>"), "INSERT INTO {} VALUES (1, 'a', named_struct('a', 1))",
    ), writes="invariants"),
    Table("append_only", spark_sql(create("id BIGINT, v STRING", "'delta.appendOnly' = 'true'"), VALUES), writes=dict.fromkeys(["UPDATE", "DELETE", "MERGE"], "append-only")),
    Table("generated", built([("id", "BIGINT", None), ("v", "STRING", None), ("u", "STRING", "upper(v)")]), writes="generationExpression"),
    Table("identity", built([("id", "BIGINT", "identity"), ("v", "STRING", None)]), writes="dentity"),
    Table("change_data", plain_with("'delta.enableChangeDataFeed' = 'true'"), later=spark_sql(
        "UPDATE {} SET v = 'c' WHERE id = 1",
    ), writes="enableChangeDataFeed"),
    Table("row_tracking", plain_with("'delta.enableRowTracking' = 'true'"), writes="rowTracking"),
    Table("in_commit_time", plain_with("'delta.enableInCommitTimestamps' = 'true'"), writes="inCommitTimestamp"),
    Table("vacuum_checked", plain_with("'delta.feature.vacuumProtocolCheck' = 'supported'"), writes="vacuumProtocolCheck"),
    Table("defaults", spark_sql(
        create("id BIGINT, v STRING DEFAULT 'x'", "'delta.feature.allowColumnDefaults' = 'supported'"), VALUES,
    ), writes="allowColumnDefaults"),
    Table("clustered", spark_sql(create("id BIGINT, v STRING", more="CLUSTER BY (id)"), VALUES), writes="clustering"),
    Table("iceberg", plain_with("'delta.columnMapping.mode' = 'name', 'delta.enableIcebergCompatV2' = 'true'"), writes="icebergCompatV2"),
    Table("classic_checkpoint", spark_sql(
        create("id BIGINT, v STRING, p STRING",
               "'delta.checkpointInterval' = '3', 'delta.checkpoint.writeStatsAsStruct' = 'true', 'delta.checkpoint.writeStatsAsJson' = 'false'",
               "PARTITIONED BY (p)"),
        *[f"INSERT INTO {{}} VALUES ({number}, 'a', '空 /{number}')" for number in range(5)],
    )),
    Table("checkpoint_v2", spark_sql(
        create("id BIGINT, v STRING", "'delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '3'"),
        *[f"INSERT INTO {{}} VALUES ({number}, 'a')" for number in range(5)],
    )),
    Table("widened", spark_sql(
        create("id BIGINT, v INT", "'delta.enableTypeWidening' = 'true'"), "INSERT INTO {} VALUES (1, 1)",
        "ALTER TABLE {} ALTER COLUMN v TYPE BIGINT", "INSERT INTO {} VALUES (2, 10000000000)",
    ), reads="typeWidening"),
    Table("variant", spark_sql(create("id BIGINT, v VARIANT"), "INSERT INTO {} SELECT 1, parse_json('{\"a\": 1}')"), reads="variantType"),
]  # fmt: skip


def people(numbers, v="甲", **more):
    ids = list(numbers)
    columns = {"id": pyarrow.array(ids, pyarrow.int64()), "v": [f"{v}{number}" for number in ids]}
    columns |= {name: [make(number) for number in ids] for name, make in more.items()}
    return pyarrow.table(columns)


def rs_changed(_, path):
    deltalake.write_deltalake(path, people(range(200)))
    table = deltalake.DeltaTable(path)
    table.delete("id % 5 = 0")
    table.update(updates={"v": "'改'"}, predicate="id % 7 = 0")
    merge = table.merge(people(range(190, 210), "乙"), "s.id = t.id", source_alias="s", target_alias="t")
    merge.when_matched_update_all().when_not_matched_insert_all().execute()
    deltalake.write_deltalake(path, people([300], w=lambda number: number / 2), mode="append", schema_mode="merge")
    table = deltalake.DeltaTable(path)
    table.optimize.z_order(["id"])
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    table.create_checkpoint()
    deltalake.write_deltalake(path, people([301], w=lambda number: None), mode="append")


def rs_partitioned(_, path):
    rows = people(range(12), p=lambda number: ["空 /%", "a=b", None, "甲", "'\"#?", "x"][number % 6], k=lambda number: number % 2)
    deltalake.write_deltalake(path, rows, partition_by=["p", "k"])
    deltalake.write_deltalake(path, rows.slice(0, 2), mode="append")
    over = rows.filter(pyarrow.compute.equal(rows["p"], "x"))
    deltalake.write_deltalake(path, over, mode="overwrite", predicate="p = 'x'")


def rs_constrained(_, path):
    deltalake.write_deltalake(path, people(range(1, 9)))
    table = deltalake.DeltaTable(path)
    table.alter.add_constraint({"positive": "id > 0"})
    table.alter.add_columns([deltalake.Field("n", deltalake.schema.PrimitiveType("timestamp_ntz"))])


def rs_change_data(_, path):
    deltalake.write_deltalake(path, people(range(9)), configuration={"delta.enableChangeDataFeed": "true"})
    deltalake.DeltaTable(path).delete("id = 1")


DELTA_RS = [
    Table("rs_changed", rs_changed, writes={"RESTORE": "removed by VACUUM"}),
    Table("rs_partitioned", rs_partitioned),
    Table("rs_constrained", rs_constrained),
    Table("rs_change_data", rs_change_data, writes="enableChangeDataFeed"),
]


def check(huitong, delta_rs, duck, spark, folder):
    huitong.run("CREATE SCHEMA 外来")
    huitong.run("CREATE SCHEMA 收编")
    for table in DELTA_RS:
        check_table(huitong, table, delta_rs, [delta_rs, duck, *([spark] if spark else [])], folder)
    print(f"ok   {len(DELTA_RS)} tables of delta-rs")
    if spark:
        for table in SPARK:
            check_table(huitong, table, spark, [spark], folder)
        print(f"ok   {len(SPARK)} tables of Spark")


def check_table(huitong, table, writer, engines, folder):
    path = folder / table.name
    table.make(writer, str(path))
    told = huitong.refusal(f"CREATE EXTERNAL TABLE 外来.{table.name} STORED AS DELTA LOCATION '{path}'")
    if table.reads:
        assert told and "HT0303" in told and table.reads in told, f"{table.name}: {told}"
        return
    assert told is None, f"{table.name}: {told}"
    same(f"{table.name} of {writer.name}", huitong.rows(f"外来.{table.name}"), writer.rows(path))
    if table.later:
        table.later(writer, str(path))
        same(f"{table.name} of {writer.name}, later", huitong.rows(f"外来.{table.name}"), writer.rows(path))
    check_writes(huitong, table, path, engines)


def check_writes(huitong, table, path, engines):
    """Another engine's table in the place of one of ours: after each statement all read the same, or it is refused by name."""
    name = f"收编.{table.name}"
    huitong.run(f"CREATE TABLE {name} (id BIGINT)")
    place = huitong.path(name)
    shutil.rmtree(place)
    shutil.copytree(path, place)
    before = huitong.rows(name)
    for word, statement in STATEMENTS.items():
        told, feature = huitong.refusal(statement.format(name)), table.writes.get(word)
        if feature:
            assert told and "HT" in told and feature in told, f"{table.name}: {word}: {told}"
        else:
            assert told is None, f"{table.name}: {word}: {told}"
        if all(map(table.writes.get, STATEMENTS)):
            same(f"{table.name} after a refused {word}", huitong.rows(name), before)
        elif word in LOOKED_AT_AFTER:
            mine = huitong.rows(name)
            for engine in engines:
                same(f"{table.name} after {word}, by {engine.name}", mine, engine.rows(place))

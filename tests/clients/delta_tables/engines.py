"""Other engines that read and write Delta tables, each behind the same few methods."""

import os
import pathlib
import tempfile

import deltalake
import duckdb
import pyarrow

from .cells import rows

PYSPARK = "4.0.1"
JARS = ["delta-spark_2.13-4.0.1.jar", "delta-storage-4.0.1.jar"]
# Other than UTC, as in a city: what depends on the zone of a session shows.
ZONE = "Asia/Shanghai"


class Huitong:
    """Ours, through a client."""

    name = "huitong"

    def __init__(self, connection, server):
        self.connection = connection
        self.lake = server.lake

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def query(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return rows(cursor.fetch_arrow_table())

    def rows(self, table, condition="true"):
        return self.query(f"SELECT * FROM {table} WHERE {condition}")

    def refusal(self, sql):
        """The error that a statement ends with; none if it does not."""
        try:
            self.run(sql)
        except Exception as error:
            return str(error)
        return None

    def path(self, table):
        """The directory of a table."""
        schema, name = table.split(".")
        found = sorted((self.lake / schema).glob(f"{name}.*"))
        assert len(found) == 1, f"{table}: {found}"
        return found[0]

    @staticmethod
    def moment(text):
        return f"TIMESTAMPTZ '{text}'"


class DeltaRs:
    """delta-rs, as its Python package."""

    name = "delta-rs"

    def table(self, path):
        return deltalake.DeltaTable(str(path))

    def arrow(self, path, condition="true"):
        query = deltalake.QueryBuilder().register("t", self.table(path))
        return pyarrow.table(query.execute(f"SELECT * FROM t WHERE {condition}"))

    def rows(self, path, condition="true"):
        return rows(self.arrow(path, condition))

    def append_shifted(self, path, by, condition="true"):
        """Appends the rows of the table once more, with other ids."""
        table = self.arrow(path, condition)
        ids = pyarrow.array([number + by for number in table["id"].to_pylist()], table.schema.field("id").type)
        table = table.set_column(table.schema.get_field_index("id"), table.schema.field("id"), ids)
        deltalake.write_deltalake(str(path), table, mode="append")

    @staticmethod
    def moment(text):
        return f"arrow_cast('{text}', 'Timestamp(Microsecond, Some(\"UTC\"))')"


class Duck:
    """DuckDB with its extension `delta`, which reads, and appends to tables without partitions."""

    name = "DuckDB"

    def __init__(self):
        import duckdb_extension_delta

        folder = pathlib.Path(duckdb_extension_delta.__file__).parent / "extensions"
        (extension,) = folder.glob(f"v{duckdb.__version__}/delta.duckdb_extension")
        self.connection = duckdb.connect()
        self.connection.execute(f"LOAD '{extension}'")
        # It takes Spark's moments (INT96) for times of the session's zone.
        self.connection.execute("SET TimeZone = 'UTC'")

    def rows(self, path, condition="true"):
        return rows(self.connection.execute(f"SELECT * FROM delta_scan('{path}') WHERE {condition}").to_arrow_table())

    def append_shifted(self, path, by, condition="true"):
        self.connection.execute(f"ATTACH '{path}' AS t (TYPE delta)")
        self.connection.execute(f"INSERT INTO t SELECT * REPLACE (id + {by} AS id) FROM t WHERE {condition}")
        self.connection.execute("DETACH t")

    @staticmethod
    def moment(text):
        return f"TIMESTAMPTZ '{text}'"


class Spark:
    """Apache Spark with Delta Lake, in one session. Its jars lie in `jars`."""

    name = "Spark"

    def __init__(self, jars):
        # Or the JVM mangles Chinese names of partition folders.
        os.environ["LC_ALL"] = "C.UTF-8"
        from pyspark.sql import SparkSession

        self.scratch = tempfile.TemporaryDirectory()
        builder = SparkSession.builder.master("local[2]").appName("huitong")
        settings = {
            "spark.jars": ",".join(str(pathlib.Path(jars) / name) for name in JARS),
            "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "spark.sql.warehouse.dir": str(pathlib.Path(self.scratch.name) / "warehouse"),
            "spark.sql.session.timeZone": ZONE,
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
            "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
            "spark.databricks.delta.snapshotPartitions": "1",
            "spark.databricks.delta.retentionDurationCheck.enabled": "false",
            "spark.driver.memory": "1g",
            # Two hundred small statements: compiling them well takes longer than running them.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        for key, value in settings.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        # What goes wrong on purpose is not told at length.
        self.session.sparkContext.setLogLevel("OFF")

    def close(self):
        self.session.stop()
        self.scratch.cleanup()

    def run(self, path, statement):
        """Runs a statement in which `{}` stands for the table."""
        return self.session.sql(statement.replace("{}", f"delta.`{path}`"))

    def rows(self, path, condition="true"):
        return rows(self.run(path, f"SELECT * FROM {{}} WHERE {condition}").toArrow())

    def append_shifted(self, path, by, condition="true"):
        # Moments in partitions are written in the zone of the session, and read as UTC by all others.
        self.session.conf.set("spark.sql.session.timeZone", "UTC")
        # delta-rs reads far years of Spark's default type for moments (INT96) wrongly.
        self.session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        frame = self.run(path, f"SELECT * FROM {{}} WHERE {condition}")
        frame.withColumn("id", frame["id"] + by).coalesce(1).write.format("delta").mode("append").save(str(path))
        self.session.conf.set("spark.sql.session.timeZone", ZONE)
        self.session.conf.unset("spark.sql.parquet.outputTimestampType")

    def refusal(self, path, statement):
        try:
            self.run(path, statement)
        except Exception as error:
            return str(error)
        return None

    @staticmethod
    def moment(text):
        return f"TIMESTAMP '{text}'"


def spark():
    """A session, or none and why."""
    jars = os.environ.get("DELTA_JARS", "")
    if not jars or not all((pathlib.Path(jars) / name).exists() for name in JARS):
        return None, "the jars of Delta Lake are not installed"
    try:
        import pyspark
    except ImportError:
        return None, "pyspark is not installed"
    if pyspark.__version__ != PYSPARK:
        return None, f"pyspark is {pyspark.__version__}, not {PYSPARK}"
    return Spark(jars), None

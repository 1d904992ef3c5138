"""The suite's cases in huitong's SQL and types: what a column is declared as, and what it then stores. Nothing else of a case
changes. Every database has such differences; the suite lets each say its own."""

import dataclasses
import re

import pyarrow
from adbc_drivers_validation import model

# Delta Lake has no type for them.
SKIPPED = re.compile(r"(bind|select|ingest)/time(_\w+)?$")
NO_TIMES = "a Delta table has no type for times of day"

SPELLED = [
    # A table stores microseconds and says so: other precisions are refused when the column is declared.
    (re.compile(r"\bTIMESTAMP\(\d\)", re.I), "TIMESTAMP"),
    # Binary columns have no length.
    (re.compile(r"\bVARBINARY\(\d+\)", re.I), "VARBINARY"),
    (re.compile(r"\bfrom_hex\(('\w*')\)", re.I), r"decode(\1, 'hex')"),
]


def spelled(sql):
    for pattern, replacement in SPELLED:
        sql = sql and pattern.sub(replacement, sql)
    return sql


def stored_type(kind):
    """What a table keeps of a column of that type; a query's time of day is in nanoseconds."""
    if pyarrow.types.is_timestamp(kind):
        return pyarrow.timestamp("us", kind.tz)
    if pyarrow.types.is_time(kind):
        return pyarrow.time64("ns")
    if pyarrow.types.is_decimal(kind) and kind.scale < 0:
        return pyarrow.decimal128(kind.precision - kind.scale, 0)
    return kind


def stored_schema(schema):
    return pyarrow.schema([field.with_type(stored_type(field.type)) for field in schema])


def stored(table, cut):
    """The same values; nanoseconds are cut to microseconds by `cut`, which the guide says."""
    schema = stored_schema(table.schema)
    columns = [cut(column, field.type) for column, field in zip(table.columns, schema)]
    return pyarrow.table(columns, schema=schema)


def written(column, kind):
    """Digits that a literal has too many are not read."""
    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        return pyarrow.chunked_array([[None if value is None else value // 1000 for value in column.cast("int64").to_pylist()]], "int64").cast(kind)
    return column.cast(kind)


def cast(column, kind):
    """A cast between units drops the rest of the division."""
    return column.cast(kind, safe=not pyarrow.types.is_timestamp(kind))


@dataclasses.dataclass
class Select(model.SelectQuery):
    def setup_query(self):
        return spelled(super().setup_query())

    def query(self):
        return spelled(super().query())

    def expected_schema(self):
        return stored_schema(super().expected_schema())

    def expected_result(self):
        schema = model.SelectQuery.expected_schema(self)
        expected = model.try_txtcase(self.expected_path, model.query_table, ["expected"], schema)
        return stored(expected, cast if self.bind_query_path else written)


@dataclasses.dataclass
class Ingest(model.IngestQuery):
    def expected_schema(self):
        return stored_schema(super().expected_schema())

    def expected(self):
        schema = model.IngestQuery.expected_schema(self)
        path = self.expected_path or self.input_path
        return stored(model.try_txtcase(path, model.query_table, ["expected", "input"], schema), cast)


def adapted(queries):
    """The suite's cases as huitong answers them."""
    kinds = {model.SelectQuery: Select, model.IngestQuery: Ingest}

    def adapt(name, query):
        of_case = query.query
        parts = {field.name: getattr(of_case, field.name) for field in dataclasses.fields(of_case)}
        metadata = query.metadata_paths or []
        if SKIPPED.search(name):
            metadata = [{"skip": NO_TIMES}, *metadata]
        return model.Query(name=name, query=kinds[type(of_case)](**parts), metadata_paths=metadata)

    return model.QuerySet({name: adapt(name, query) for name, query in queries.queries.items()})

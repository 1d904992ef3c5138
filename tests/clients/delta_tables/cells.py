"""Rows of several engines in one form, so that equal ones are equal."""

import datetime
import decimal
import json
import math

import pyarrow


def rows(table):
    """The rows of an Arrow table, in a fixed order, each a dictionary: engines put partition columns in different places."""
    if isinstance(table, pyarrow.RecordBatchReader):
        table = table.read_all()
    # In the zone of a session the last moments of the year 9999 are in the next year, which Python does not have.
    for index, field in enumerate(table.schema):
        if pyarrow.types.is_timestamp(field.type) and field.type.tz:
            column = table.column(index).cast(pyarrow.timestamp("us", "UTC"))
            table = table.set_column(index, field.name, column)
    found = [{name: cell(value) for name, value in row.items()} for row in table.to_pylist()]
    return sorted(found, key=lambda row: (row.get("id") or 0, json.dumps(row, ensure_ascii=False, sort_keys=True)))


def cell(value):
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, (datetime.date, decimal.Decimal)):
        return str(value)
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {name: cell(inner) for name, inner in value.items()}
    if isinstance(value, list):
        if value and isinstance(value[0], tuple):
            return {"map": sorted([cell(key), cell(inner)] for key, inner in value)}
        return [cell(inner) for inner in value]
    return value


def same(what, ours, theirs):
    """Two lists of rows, or an error that shows the first difference."""
    assert len(ours) == len(theirs), f"{what}: {len(ours)} rows, not {len(theirs)}"
    for one, other in zip(ours, theirs):
        differing = [name for name in sorted(set(one) | set(other)) if one.get(name, ...) != other.get(name, ...)]
        if differing:
            name = differing[0]
            raise AssertionError(f"{what}: `{name}` is {one.get(name, ...)!r}, not {other.get(name, ...)!r} in {one}")

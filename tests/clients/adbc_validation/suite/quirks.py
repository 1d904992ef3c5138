"""What the suite must know of huitong: its names, what it offers, and how it says that a table is missing."""

import functools
import re

from adbc_drivers_validation import model, quirks
from dialect import adapted


@functools.cache
def cases():
    return adapted(model.base_query_set())


class Huitong(model.DriverQuirks):
    name = "huitong"
    driver = "adbc_driver_flightsql"
    driver_name = "ADBC Flight SQL Driver - Go"
    vendor_name = "huitong"
    vendor_version = re.compile(r"\d+\.\d+\.\d+")
    short_version = "1"
    features = model.DriverFeatures(
        connection_get_table_schema=True,
        connection_set_current_schema=True,
        get_objects=True,
        statement_bind=True,
        statement_bulk_ingest=True,
        statement_bulk_ingest_schema=True,
        statement_execute_schema=True,
        statement_get_parameter_schema=True,
        statement_prepare=True,
        statement_rows_affected=True,
        statement_rows_affected_ddl=True,
        current_catalog="city",
        current_schema="public",
        secondary_schema="second",
        # The driver is Apache's, not one of the suite's authors.
        quirk_foundry=False,
    )
    setup = model.DriverSetup(
        database={
            "uri": model.FromEnv("HUITONG_URI"),
            "username": "admin",
            "password": model.FromEnv("HUITONG_PASSWORD"),
        }
    )

    @property
    def queries_paths(self):
        return ()

    @property
    def query_set(self):
        return cases()

    def is_table_not_found(self, table_name, error):
        return "HT0102" in str(error) and (table_name is None or table_name in str(error))

    def split_statement(self, statement):
        # A comment behind a statement's end would hide the end.
        return quirks.split_statement(re.sub("--.*", "", statement))

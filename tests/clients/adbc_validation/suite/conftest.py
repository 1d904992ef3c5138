"""The fixtures that the suite asks of whoever runs it."""

import adbc_driver_flightsql
import adbc_driver_manager.dbapi
import older_python
import pytest
from prepared import PreparedFirst

older_python.install()

from adbc_drivers_validation.tests.conftest import (  # noqa: E402, F401
    conn,
    conn_factory,
    db_kwargs,
    manual_test,
    noci,
    pytest_addoption,
    pytest_collection_modifyitems,
)
from quirks import Huitong  # noqa: E402


@pytest.fixture(scope="session")
def driver(request):
    return Huitong()


@pytest.fixture(scope="session")
def driver_path():
    return adbc_driver_flightsql._driver_path()


@pytest.fixture(scope="session", autouse=True)
def prepared_first():
    cursor = adbc_driver_manager.dbapi.Cursor
    before = cursor.adbc_statement
    cursor.adbc_statement = property(PreparedFirst.of)
    yield
    cursor.adbc_statement = before

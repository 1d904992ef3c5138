from adbc_drivers_validation.tests.query import TestQuery, generate_tests  # noqa: F401
from quirks import Huitong


def pytest_generate_tests(metafunc):
    generate_tests([Huitong()], metafunc)

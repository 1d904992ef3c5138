from adbc_drivers_validation.tests.ingest import TestIngest, generate_tests  # noqa: F401
from quirks import Huitong


def pytest_generate_tests(metafunc):
    generate_tests([Huitong()], metafunc)

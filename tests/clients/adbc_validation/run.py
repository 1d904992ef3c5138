"""Runs the ADBC driver validation suite against huitong, through the Flight SQL driver, and compares with what is known.

The suite is read from ADBC_VALIDATION_DIR, a checkout of github.com/adbc-drivers/validation; without it nothing runs and the
reason is printed. A failure that `expected_failures.toml` does not name is an error, and so is a named test that passes."""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


def outcomes(report):
    """Each test's outcome (`passed`, `skipped`, `failed`) with what was said, from a report in JUnit's form."""
    found = {}
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        name = case.get("classname").rsplit(".", 1)[-1] + "." + case.get("name").replace("huitong:1:", "").replace("[huitong:1]", "")
        told = {child.tag: child.get("message", "") for child in case if child.tag in ("failure", "error", "skipped")}
        outcome = "failed" if told.keys() & {"failure", "error"} else "skipped" if told else "passed"
        # A subtest reports under its test's name: one that fails fails the test.
        if found.get(name, ("passed",))[0] != "failed":
            found[name] = (outcome, next(iter(told.values()), ""))
    return found


def compare(found, expected):
    """What is not as it is known to be."""
    failed = {name for name, (outcome, _) in found.items() if outcome == "failed"}
    wrong = [f"{name} fails: {found[name][1].splitlines()[0] if found[name][1] else ''}" for name in sorted(failed - expected.keys())]
    wrong += [f"{name} is expected to fail and {found.get(name, ('is not there',))[0]}" for name in sorted(expected.keys() - failed)]
    return wrong


def report(found, expected):
    counts = collections.Counter(outcome for outcome, _ in found.values())
    for reason, number in collections.Counter(told for outcome, told in found.values() if outcome == "skipped").items():
        print(f"skip {number:3} {reason}")
    for reason, number in collections.Counter(expected.values()).items():
        print(f"fail {number:3} {reason}")
    print(f"ok   ADBC validation: {counts['passed']} of {counts['passed'] + counts['failed']} tests that apply pass")


def main():
    suite = os.environ.get("ADBC_VALIDATION_DIR")
    if not suite:
        print("skip ADBC validation: ADBC_VALIDATION_DIR names no checkout of github.com/adbc-drivers/validation")
        return 0
    # Only here, so that the reason above is printed on any Python.
    import tomllib

    from server import ENVIRONMENT, Server

    expected = tomllib.loads((HERE / "expected_failures.toml").read_text())
    expected = {name: group["reason"] for group in expected["group"] for name in group["tests"]}
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA second")
        junit = pathlib.Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-o", "junit_family=xunit2"]
        # Lint tests look at the suite's own files.
        command += ["-k", "not test_lint_query", f"--junitxml={junit}", str(HERE / "suite")]
        own = {"HUITONG_URI": f"grpc://{server.address}", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env={**ENVIRONMENT, **own}, capture_output=True, text=True)
        if not junit.exists():
            print(done.stdout, done.stderr, file=sys.stderr)
            return 1
        found = outcomes(junit)
    wrong = compare(found, expected)
    if wrong:
        print(done.stdout)
        print("\n".join(wrong), file=sys.stderr)
        return 1
    report(found, expected)
    return 0


if __name__ == "__main__":
    sys.exit(main())

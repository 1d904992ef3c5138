"""The HTTP door, asked with what Python has (urllib) and pyarrow."""

import base64
import decimal
import http.client
import json
import tempfile
import urllib.error
import urllib.request

import pyarrow as pa
import pyarrow.ipc

from server import PASSWORD, Server

BASIC = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()


class Client:
    def __init__(self, address):
        self.url = f"http://{address}"

    def open(self, path, body=None, method=None, **headers):
        headers = {"authorization": BASIC, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if isinstance(body, dict):
            headers.setdefault("content-type", "application/json")
            body = json.dumps(body)
        request = urllib.request.Request(self.url + path, body.encode() if body else None, headers, method=method)
        return urllib.request.urlopen(request, timeout=60)

    def ask(self, sql, accept="application/json", **more):
        with self.open("/api/v1/query", {"sql": sql, **more}, accept=accept) as answer:
            return answer.read()

    def rows(self, sql, **more):
        return json.loads(self.ask(sql, **more))["rows"]

    def refused(self, sql, **headers):
        try:
            self.open("/api/v1/query", {"sql": sql}, **headers)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["error"]
        raise AssertionError(f"{sql} was not refused")


def check_formats(client):
    client.ask("CREATE TABLE 人口 (编号 BIGINT, 姓名 TEXT, 份额 DECIMAL(12, 2), 日期 DATE)")
    insert = "INSERT INTO 人口 VALUES ($1, $2, $3, $4)"
    for row in [[1, "王芳", "12.30", "2026-11-25"], [2, "", None, None], [2**53 + 1, None, "-0.05", None]]:
        assert json.loads(client.ask(insert, parameters=row))["rows_affected"] == 1
    query = "SELECT * FROM 人口 ORDER BY 编号"
    assert client.rows(query) == [[1, "王芳", "12.30", "2026-11-25"], [2, "", None, None], [str(2**53 + 1), None, "-0.05", None]]
    lines = [json.loads(line) for line in client.ask(query, "application/x-ndjson").splitlines()]
    assert lines[0] == {"编号": 1, "姓名": "王芳", "份额": "12.30", "日期": "2026-11-25"}, lines
    assert client.ask(query, "text/csv").decode().splitlines()[2] == '2,"",,'
    with client.open("/api/v1/query", {"sql": query}, accept="application/vnd.apache.arrow.stream") as answer:
        table = pa.ipc.open_stream(answer).read_all()
    assert table.schema.field("份额").type == pa.decimal128(12, 2)
    assert table.column("份额").to_pylist() == [decimal.Decimal("12.30"), None, decimal.Decimal("-0.05")]
    print("ok   JSON, NDJSON, CSV, Arrow")


def check_errors(client):
    status, error = client.refused("SELECT nmae FROM 人口")
    assert (status, error["code"], error["line"], error["column"]) == (400, "HT0103", 1, 8), error
    assert client.refused("SELECT 1", authorization="Basic eA==")[0] == 401
    assert client.refused("SELECT 1", content_type="application/xml")[0] == 415
    failing = "SELECT 1 / (v - 500000) AS n FROM unnest(range(0, 1000000)) AS t(v)"
    for accept in ["application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"]:
        try:
            client.ask(failing, accept)
        except (http.client.IncompleteRead, ConnectionError):
            continue
        raise AssertionError(f"{accept}: an answer that broke off looks whole")
    print("ok   errors")


def check_later(client):
    with client.open("/api/v1/query", {"sql": "SELECT v FROM unnest(range(0, 1000)) AS t(v)"}, prefer="respond-async") as answer:
        assert answer.status == 202
        place = answer.headers["location"]
    state = None
    while state != "ready":
        with client.open(place, prefer="wait=10") as answer:
            state = json.load(answer)["state"]
        assert state in ("queued", "running", "ready"), state
    with client.open(place + "/result") as answer:
        assert json.load(answer)["row_count"] == 1000
    with client.open(place, method="DELETE") as answer:
        assert answer.status == 204
    print("ok   fetched later")


def check_health(client):
    for path, status in [("/healthz", "alive"), ("/readyz", "ready")]:
        with urllib.request.urlopen(client.url + path, timeout=10) as answer:
            assert json.load(answer) == {"status": status}
    print("ok   health")


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        client = Client(server.http)
        check_formats(client)
        check_errors(client)
        check_later(client)
        check_health(client)


if __name__ == "__main__":
    main()

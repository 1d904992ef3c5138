"""A client of PostgreSQL's protocol that does what drivers do not: it sends messages one by one, in any order, and leaves at any time."""

import base64
import hashlib
import hmac
import os
import socket
import struct


def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def parse(sql, name="", types=()):
    return message(b"P", text(name) + text(sql) + struct.pack(f"!h{len(types)}I", len(types), *types))


def bind(portal="", statement="", values=()):
    body = text(portal) + text(statement) + struct.pack("!hh", 0, len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack("!h", 0))


def describe(kind, name=""):
    return message(b"D", kind + text(name))


def execute(portal="", rows=0):
    return message(b"E", text(portal) + struct.pack("!i", rows))


def query(sql):
    return message(b"Q", text(sql))


# It runs for hours, and answers one row.
LONG = "SELECT count(*) FROM generate_series(1, 100000000) AS a(v) JOIN generate_series(1, 100000) AS b(v) ON a.v % 7 < b.v"

SYNC, FLUSH, TERMINATE = message(b"S"), message(b"H"), message(b"X")


class Client:
    """Signed in as a user, by SCRAM-SHA-256 (RFC 5802)."""

    def __init__(self, address, user, password, **settings):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.rest = b""
        pairs = {"user": user, "database": "city", **settings}
        body = struct.pack("!i", 196608) + b"".join(text(name) + text(value) for name, value in pairs.items()) + b"\0"
        self.send(struct.pack("!i", len(body) + 4) + body)
        self.sign_in(password)
        self.until_ready()

    def sign_in(self, password):
        self.expect("R")
        nonce = base64.b64encode(os.urandom(18)).decode()
        bare = f"n=,r={nonce}"
        first = ("n,," + bare).encode()
        self.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
        server_first = self.expect("R")[4:].decode()
        parts = dict(part.split("=", 1) for part in server_first.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
        key = hmac.new(salted, b"Client Key", "sha256").digest()
        last = f"c=biws,r={parts['r']}"
        exchange = ",".join([bare, server_first, last]).encode()
        signature = hmac.new(hashlib.sha256(key).digest(), exchange, "sha256").digest()
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.send(message(b"p", f"{last},p={base64.b64encode(proof).decode()}".encode()))

    def send(self, *messages):
        self.socket.sendall(b"".join(messages))

    def take(self, length):
        while len(self.rest) < length:
            more = self.socket.recv(1 << 20)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def next(self):
        kind, length = struct.unpack("!ci", self.take(5))
        return kind.decode(), self.take(length - 4)

    def expect(self, kind):
        found, body = self.next()
        assert found == kind, (found, body)
        return body

    def until_ready(self):
        """What comes until the server is ready: kinds, with the state of errors, the values of rows and the tags of completions."""
        told = []
        while True:
            try:
                kind, body = self.next()
            except EOFError:
                raise EOFError(told) from None
            if kind == "Z":
                return told + ["Z" + body.decode()]
            if kind == "K":
                self.key = struct.unpack("!ii", body)
            told += [shown(kind, body)] if kind not in "SKN" else []

    def ask(self, *messages):
        self.send(*messages)
        return self.until_ready()

    def close(self):
        self.socket.close()


def cancel(address, key):
    """Asks for the end of what the client with that key runs."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        sock.sendall(struct.pack("!iiii", 16, 80877102, *key))
        sock.recv(1)


def fields(body):
    """Of an error or a notice."""
    return {field[:1].decode(): field[1:].decode() for field in body.split(b"\0") if field}


def shown(kind, body):
    if kind == "E":
        return "E" + fields(body)["C"]
    if kind == "C":
        return body[:-1].decode()
    if kind == "D":
        count, at, values = struct.unpack("!h", body[:2])[0], 2, []
        for _ in range(count):
            length = struct.unpack("!i", body[at : at + 4])[0]
            values.append(None if length < 0 else body[at + 4 : at + 4 + length].decode())
            at += 4 + max(length, 0)
        return tuple(values)
    if kind == "T":
        count, at, names = struct.unpack("!h", body[:2])[0], 2, []
        for _ in range(count):
            end = body.index(b"\0", at)
            names.append(body[at:end].decode())
            at = end + 19
        return names
    return kind

"""What somebody does who means no good, or whose cable was pulled: the server stays, others are served, and nothing is half done."""

import contextlib
import random
import socket
import struct
import threading
import time

from . import wire

# `clients.user_sessions_max`, if nothing else is said.
USER_SESSIONS_MAX = 1000


def check(server, password):
    def client():
        return wire.Client(server.postgres, "admin", password)

    other = client()

    def others_are_served():
        begun = time.monotonic()
        assert other.ask(wire.query("SELECT 1"))[1:] == [("1",), "SELECT 1", "ZI"]
        fresh = client()
        assert fresh.ask(wire.query("SELECT 2"))[1] == ("2",)
        fresh.close()
        assert time.monotonic() - begun < 10, "others wait"

    for attack in (silent, idle, lengths, noise, half_copies, foreign_keys, cut_off, takes_nothing, many_things, pipelines):
        attack(server, client, other)
        others_are_served()
    other.close()


def connect(server):
    host, port = server.postgres.split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def ended(sock):
    """What comes until the server hangs up."""
    told = b""
    with contextlib.suppress(ConnectionError):
        while more := sock.recv(1 << 16):
            told += more
    sock.close()
    return told


def counted(other, sql):
    return int(other.ask(wire.query(sql))[1][0])


def silent(server, client, other):
    """Many connections say nothing, or stop in the middle of a word. (More than there are places for: `tests/it/crowd.rs`.)"""
    sockets = [connect(server) for _ in range(1200)]
    for at, sock in enumerate(sockets):
        with contextlib.suppress(ConnectionError):
            sock.sendall([b"", b"\0\0", struct.pack("!ii", 100, 196608), struct.pack("!ii", 8, 80877103)][at % 4])
    assert client().ask(wire.query("SELECT 1"))[1] == ("1",)
    for sock in sockets:
        sock.close()


def idle(server, client, other):
    """As many as one user may have signed in at a time, and one more."""
    clients = [client() for _ in range(USER_SESSIONS_MAX - 1)]
    try:
        client()
        raise AssertionError("one session too many")
    except EOFError as error:
        assert error.args[0][-1] == "E53300", error
    assert clients[0].ask(wire.query("SELECT 1"))[1] == ("1",)
    for one in clients:
        one.close()
    until("places are given back", lambda: works(client))


def works(client):
    try:
        client().close()
        return True
    except EOFError:
        return False


def until(what, holds):
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"not after 10 s: {what}")


def lengths(server, client, other):
    """Messages whose length is not that of what they hold."""
    whole = {
        "Q": wire.query("SELECT 1"), "P": wire.parse("SELECT $1", types=[23]), "B": wire.bind(values=[b"1", None]),
        "D": wire.describe(b"S"), "E": wire.execute(), "C": wire.message(b"C", b"Sx\0"), "S": wire.SYNC, "H": wire.FLUSH,
        "f": wire.message(b"f", b"why\0"), "?": wire.message(b"?"),
    }  # fmt: skip
    for kind, message in whole.items():
        body = message[5:]
        for told in (-1, 0, 3, 0x7FFFFFFF, 64 * 1024 * 1024 + 1, len(body) + 4 + 1, max(4, len(body) + 4 - 1)):
            one = client()
            one.send(message[:1] + struct.pack("!i", told) + body)
            # Of one that is longer than what has come the rest may come yet; the client leaves instead.
            with contextlib.suppress(OSError):
                one.socket.shutdown(socket.SHUT_WR)
            answer = ended(one.socket)
            is_short = told == len(body) + 5
            # A shorter `S` or `H` has no body to cut: they are whole.
            is_whole = told == len(body) + 4
            assert is_short or is_whole or b"SFATAL" in answer or kind == "?", (kind, told, answer)
    # A list that says it has more items than there are, and a value that is longer than its message.
    for body in (b"\0\0\0\0\xff\xff", b"\0\0\0\0\0\1\x7f\xff\xff\xff", b"\0\0\0\1\0\0\0\0\0\0\0\0\0\0"):
        one = client()
        one.send(wire.message(b"B", body))
        assert b"C08P01" in ended(one.socket), body
    # A length that is announced and never comes takes no room.
    one = client()
    one.send(b"Q" + struct.pack("!i", 60 * 1024 * 1024) + b"SELECT 1")
    one.close()


def noise(server, client, other):
    seed = random.randrange(1 << 32)
    dice = random.Random(seed)
    messages = [wire.query("SELECT 1"), wire.parse("SELECT $1::int"), wire.bind(values=[b"1"]), wire.execute(), wire.describe(b"P"), wire.SYNC]
    for _ in range(150):
        text = bytearray(b"".join(dice.choices(messages, k=6)))
        for _ in range(dice.randrange(1, 6)):
            text[dice.randrange(len(text))] = dice.randrange(256)
        one = client()
        one.socket.settimeout(20)
        one.send(bytes(text) + wire.TERMINATE)
        with contextlib.suppress(OSError):
            one.socket.shutdown(socket.SHUT_WR)
        try:
            ended(one.socket)
        except TimeoutError as error:
            raise AssertionError(f"seed {seed}: the server neither answers nor hangs up") from error
    for _ in range(150):
        sock = connect(server)
        sock.sendall(dice.randbytes(dice.randrange(4, 200)))
        sock.close()


def half_copies(server, client, other):
    """A load that is not ended by its client leaves nothing, whatever comes instead of its end."""
    other.ask(wire.query("CREATE TABLE half (n INT)"))
    line = wire.message(b"d", b"1\n" * 20_000)
    instead = {
        "Terminate": wire.TERMINATE, "nothing": b"", "a query": wire.query("INSERT INTO half VALUES (7)"),
        "half a message": b"d\0\0\xff\xff12", "a fail": wire.message(b"f", b"no\0"), "a length of 1": b"d\0\0\0\1",
    }  # fmt: skip
    for what, message in instead.items():
        one = client()
        one.send(wire.query("COPY half FROM STDIN"))
        one.expect("G")
        one.send(line, line, message)
        with contextlib.suppress(OSError):
            one.socket.shutdown(socket.SHUT_WR)
        ended(one.socket)
        assert counted(other, "SELECT count(*) FROM half") == 0, what
    # Torn off, so that the server is told by a reset.
    one = client()
    one.send(wire.query("COPY half FROM STDIN"))
    one.expect("G")
    one.send(line)
    one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
    until("the load is over", lambda: counted(other, "SELECT count(*) FROM huitong.running WHERE door = 'postgres'") == 0)
    assert counted(other, "SELECT count(*) FROM half") == 0
    # Leaving while rows are copied out, and what was sent meanwhile.
    one = client()
    one.send(wire.query("COPY (SELECT value FROM generate_series(1, 1000000000) AS s(value)) TO STDOUT"))
    one.expect("H")
    one.send(wire.TERMINATE)
    one.close()
    until("the copy is over", lambda: counted(other, "SELECT count(*) FROM huitong.running WHERE door = 'postgres'") == 0)
    assert other.ask(wire.query("DROP TABLE half")) == ["DROP TABLE", "ZI"]


def foreign_keys(server, client, other):
    """Only who has the secret ends a statement, and only the one that runs."""
    victim = client()
    process, secret = victim.key
    victim.send(wire.query(wire.LONG))
    until("it runs", lambda: counted(other, "SELECT count(*) FROM huitong.running WHERE door = 'postgres'") == 1)

    def cancel(process, secret):
        sock = connect(server)
        sock.sendall(struct.pack("!iiii", 16, 80877102, process, secret))
        assert ended(sock) == b"", "a request to cancel is not answered"

    guesses = [(process, secret ^ 1), (process, 0), (process, -1), (process ^ 1, secret), (0, 0), other.key[:1] + (secret,)]
    for guess in guesses * 20:
        cancel(*guess)
    # A request that is too short, or too long.
    for text in (struct.pack("!iii", 12, 80877102, process), struct.pack("!iiiii", 20, 80877102, process, secret, 0)):
        sock = connect(server)
        sock.sendall(text)
        ended(sock)
    victim.socket.settimeout(1)
    try:
        raise AssertionError(f"it was ended by somebody else: {victim.next()}")
    except TimeoutError:
        victim.socket.settimeout(60)
    cancel(process, secret)
    assert victim.until_ready() == ["E57014", "ZI"]
    # One that comes when nothing runs ends nothing that comes later.
    cancel(process, secret)
    time.sleep(0.2)
    assert victim.ask(wire.query("SELECT 1"))[1] == ("1",)
    victim.close()


def cut_off(server, client, other):
    """Connections that are torn at each step of a statement end what runs for them."""
    steps = [
        [wire.query(wire.LONG)],
        [wire.parse(wire.LONG), wire.bind(), wire.execute(), wire.SYNC],
        [wire.query("SELECT value FROM generate_series(1, 1000000000) AS s(value)")],
        [wire.parse(wire.LONG), wire.describe(b"S"), wire.FLUSH],
        [wire.query("BEGIN"), wire.parse("SELECT value FROM generate_series(1, 1000000000) AS s(value)"), wire.bind("p"), wire.execute("p", 1), wire.FLUSH],
    ]
    for step in steps:
        one = client()
        one.send(*step)
        time.sleep(0.2)
        one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()
    until("all are over", lambda: counted(other, "SELECT count(*) FROM huitong.running WHERE door = 'postgres'") == 0)


def takes_nothing(server, client, other):
    """Clients that ask for much and read none of it wait for themselves only."""
    greedy = [client() for _ in range(8)]
    for one in greedy:
        one.send(wire.query("SELECT value, repeat('x', 10000) FROM generate_series(1, 1000000000) AS s(value)"))
    time.sleep(1)
    assert counted(other, "SELECT count(*) FROM generate_series(1, 1000)") == 1000
    for one in greedy:
        one.close()
    until("all are over", lambda: counted(other, "SELECT count(*) FROM huitong.running WHERE door = 'postgres'") == 0)


def many_things(server, client, other):
    """More names, portals and settings than a connection may have."""
    one = client()
    answers = one.ask(*[wire.parse("SELECT 1", f"s{at}") for at in range(5000)], wire.SYNC)
    assert answers[-2:] == ["E53300", "ZI"] and answers.count("1") < 5000, answers[-2:]
    one.ask(wire.query("BEGIN"))
    answers = one.ask(*[wire.bind(f"p{at}", "s1") for at in range(5000)], wire.SYNC)
    assert answers[-2:] == ["E53300", "ZE"], answers[-2:]
    one.close()
    one = client()
    # A list, and parameters, that are more than a statement may have: it was once planned for so long that the coordinator lost its lease.
    for values, types, told in [([b"{" * 500_000], [1007], "E22P02"), ([b"{" + b"1," * 500_000 + b"1}"], [1007], "E54000"), ([b"1"] * 30_000, [], "E42601")]:
        listed = ", ".join(f"${at + 1}" for at in range(len(values)))
        answer = one.ask(wire.parse(f"SELECT {listed}", types=types), wire.bind(values=values), wire.execute(), wire.SYNC)
        assert answer[-1] == "ZI" and told in answer, answer[-2:]
    many = b"{" + b"-7," * 20_000 + b"1}"
    for sql in ("SELECT count(*) FROM generate_series(1, 3) AS s(v) WHERE v = ANY($1)", "SELECT array_length($1, 1)"):
        answer = one.ask(wire.parse(sql, types=[1007]), wire.bind(values=[many]), wire.execute(), wire.SYNC)
        assert answer[2] in (("1",), ("20001",)), answer
    one.close()
    body = struct.pack("!i", 196608) + b"".join(b"a%d\0b\0" % at for at in range(1000)) + b"user\0admin\0\0"
    sock = connect(server)
    sock.sendall(struct.pack("!i", len(body) + 4) + body)
    sock.shutdown(socket.SHUT_WR)
    ended(sock)


def pipelines(server, client, other):
    """A thousand statements in one go, by several at a time: each is answered."""

    def ask(one, told):
        sender = threading.Thread(target=one.send, args=[wire.query("SELECT 1") * 200])
        sender.start()
        told.append(sum(one.until_ready()[-1] == "ZI" for _ in range(200)))
        sender.join()
        one.close()

    told = []
    threads = [threading.Thread(target=ask, args=[client(), told]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [200] * 5, told

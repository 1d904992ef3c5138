"""MinHash of 128 permutations on 100 000 short texts: in SQL, from text to answer, beside rensa, both on one core.

Sets are the pairs of neighbouring characters of a text. The sides take turns. rensa is given lists of Python strings, which Python has
to make of the texts, so both are told: the whole way, and the signatures alone. In SQL these are what the whole query takes
beyond the same query without `minhash`.
"""

import math
import os
import statistics
from importlib.metadata import version

import pyarrow as pa
import pyarrow.parquet as pq
from client import huitong

TEXTS = 100_000
PERMUTATIONS = 128
SEED = 1
SETS = "ngrams(text, 2)"
SIGNED = f"minhash({SETS}, {PERMUTATIONS}, {SEED})"
# Every signature goes into the answer, so that none can be left out.
WHOLE = f"SELECT max({SIGNED}) FROM minhash.texts"
BARE = f"SELECT sum(cardinality({SETS})) FROM minhash.texts"
# Errors of estimates in units of those that independent permutations have; a sample of some thousand pairs strays far less.
MOST_ERROR = 1.1


def run(chosen):
    data, rounds = chosen.data, chosen.rounds
    titles = titles_of(data)
    texts = made(titles, data)
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everywhere)})  # The server inherits it.
    os.environ["RAYON_NUM_THREADS"] = "1"
    try:
        with huitong("minhash") as server:
            server.load("minhash.texts", pa.table({"id": range(len(texts)), "text": texts}))
            missed = estimates(server, texts, sample(texts, len(titles)))
            times(server, texts, rounds)
    finally:
        os.sched_setaffinity(0, everywhere)
    return missed


def titles_of(data):
    registers = [pq.read_table(data / "entity_matching" / f"dblp_acm_{register}.parquet") for register in ("dblp", "acm")]
    return [title for register in registers for title in register["title"].to_pylist()]


def made(titles, data):
    """A firm's short name and the title of a paper, or one half of it: of many degrees of likeness, the same in every run."""
    firms = pq.read_table(data / "names" / "cn_company_short_names.parquet")["short_name"].to_pylist()

    def text(at):
        turn, of = divmod(at, len(titles))
        title = titles[of]
        half = len(title) // 2
        # The step has no factor in common with the number of firms, so that it meets all of them.
        return f"{firms[at * 7919 % len(firms)]} {(title, title[:half], title[half:])[turn % 3]}"

    return [text(at) for at in range(TEXTS)]


def sample(texts, titles):
    """Each text beside the next one, the one with another part of the same title, and the one with the same part of it."""
    return [(at, at + far) for at in range(0, len(texts) - 3 * titles, 97) for far in (1, titles, 3 * titles)]


def estimates(server, texts, pairs):
    """Prints how both sides estimate; answers which of them is off."""
    exact = [jaccard(set(runs(texts[l])), set(runs(texts[r]))) for l, r in pairs]
    expected = math.sqrt(statistics.fmean(j * (1 - j) / PERMUTATIONS for j in exact))
    characters = statistics.fmean(map(len, texts))
    print(f"\n## MinHash, {PERMUTATIONS} permutations, {len(texts)} texts of {characters:.0f} characters, one core\n")
    print(f"{len(pairs)} pairs with similarities of {min(exact):.2f} to {max(exact):.2f}; independent permutations err by {expected:.4f}.\n")
    print("| | mean error | root mean square |\n|---|---|---|")
    missed = []
    for side, found in (("huitong", estimated(server, pairs)), (rensa_name(), estimated_by_rensa(texts, pairs))):
        errors = [estimate - j for estimate, j in zip(found, exact, strict=True)]
        spread = math.sqrt(statistics.fmean(error * error for error in errors))
        print(f"| {side} | {statistics.fmean(errors):+.4f} | {spread:.4f} |")
        if spread > MOST_ERROR * expected:
            missed.append(f"estimates of {side} err by {spread:.4f}")
    return missed


def estimated(server, pairs):
    server.load("minhash.pairs", pa.table({"at": range(len(pairs)), "l": [l for l, _ in pairs], "r": [r for _, r in pairs]}))
    rows = server.ask(f"""
        WITH signed AS (SELECT id, {SIGNED} AS signature FROM minhash.texts)
        SELECT minhash_similarity(a.signature, b.signature) AS j
        FROM minhash.pairs JOIN signed AS a ON a.id = l JOIN signed AS b ON b.id = r ORDER BY at""")
    return rows["j"].to_pylist()


def estimated_by_rensa(texts, pairs):
    from rensa import RMinHash

    signed = {at: RMinHash(PERMUTATIONS, SEED) for pair in pairs for at in pair}
    for at, signature in signed.items():
        signature.update(runs(texts[at]))
    return [signed[l].jaccard(signed[r]) for l, r in pairs]


def times(server, texts, rounds):
    from rensa import RMinHash

    sets = [runs(text) for text in texts]
    sides = {
        "huitong": lambda: server.ask(WHOLE),
        "huitong without minhash": lambda: server.ask(BARE),
        "rensa": lambda: RMinHash.digest_matrix_from_token_sets([runs(text) for text in texts], PERMUTATIONS, SEED),
        "rensa on ready sets": lambda: RMinHash.digest_matrix_from_token_sets(sets, PERMUTATIONS, SEED),
    }
    seconds = {side: [] for side in sides}
    for turn in range(rounds + 1):
        for side, ask in sides.items():
            before = server.busy()
            ask()
            if turn > 0:
                seconds[side].append(server.busy() - before)
    taken = {side: statistics.median(of) for side, of in seconds.items()}
    alone = taken["huitong"] - taken["huitong without minhash"]
    print("\n| CPU seconds | from texts | signatures alone |\n|---|---|---|")
    print(f"| huitong, in SQL | {taken['huitong']:.2f} | {alone:.2f} |")
    print(f"| {rensa_name()}, in Python | {taken['rensa']:.2f} | {taken['rensa on ready sets']:.2f} |")
    print(f"| ratio | {taken['huitong'] / taken['rensa']:.2f} | {alone / taken['rensa on ready sets']:.2f} |", flush=True)


def runs(text):
    """What `ngrams(text, 2)` answers to a text of two characters or more."""
    return [text[at : at + 2] for at in range(len(text) - 1)]


def jaccard(a, b):
    return len(a & b) / len(a | b)


def rensa_name():
    return f"rensa {version('rensa')}"

"""The tables of simplified forms and of writing variants, from two published sources.

Usage: variants.py OPENCC UNIHAN ..

OPENCC: folder with TSCharacters.txt and TSPhrases.txt of OpenCC (Apache-2.0), as in the crate ferrous-opencc 0.4.0.
UNIHAN: folder with Unihan_Variants.txt and Unihan_Readings.txt of Unicode 15.0 (Unicode licence), as in Debian's unicode-data.
"""

import collections
import pathlib
import sys

OPENCC, UNIHAN, OUT = map(pathlib.Path, sys.argv[1:4])

# Characters that the list of variants of 1955 gave up and the table of 2013 (通用规范汉字表) took back, since names have them, with
# the character that registers wrote in between. Those that the other sources do not tell; no complete list.
RESTORED = ["渺淼", "苏甦", "奔犇", "和龢", "村邨", "升昇陞", "乃迺", "同仝", "修脩"]


def pairs(file):
    for line in (OPENCC / file).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            old, new = line.split("\t")
            yield old, new.split()[0]


def unihan(file, fields):
    for line in (UNIHAN / file).read_text("utf-8").splitlines():
        if line.startswith("U+"):
            code, field, value = line.split("\t")
            if field in fields:
                yield chr(int(code[2:], 16)), field, value.split()


def convert(text):
    """As `text/simplify.rs` does: the longest phrase at each place, else the character."""
    out, at = [], 0
    while at < len(text):
        found = max((p for p in phrases if text.startswith(p, at)), key=len, default=None)
        out.append(phrases[found] if found else simple.get(text[at], text[at]))
        at += len(found or text[at])
    return "".join(out)


# Forms that are themselves simplified again, or that a second conversion would change, are left out: converting twice is as once.
simple = {old: new for old, new in pairs("TSCharacters.txt") if old != new}
simple = {old: simple.get(new, new) for old, new in simple.items()}
phrases = dict(pairs("TSPhrases.txt"))
phrases = {old: new for old, new in phrases.items() if convert(old) != "".join(simple.get(c, c) for c in old)}
while unstable := [old for old, new in phrases.items() if convert(new) != new]:
    for old in unstable:
        del phrases[old]

reading = {c: value[0] for c, _, value in unihan("Unihan_Readings.txt", {"kMandarin"})}
parent = {}


def top(c):
    while parent.setdefault(c, c) != c:
        c = parent[c]
    return c


def join(a, b):
    parent[top(a)] = top(b)


def is_common(c):
    """Of the first level of GB 2312."""
    return c.encode("gb2312", "ignore")[:1] < b"\xd8" and bool(c.encode("gb2312", "ignore"))


def sounds_alike(a, b):
    return reading.get(a, b) == reading.get(b, a) or a not in reading or b not in reading


for old, new in simple.items():
    join(old, new)
alike = collections.defaultdict(set)
for c, field, values in unihan("Unihan_Variants.txt", {"kSimplifiedVariant", "kTraditionalVariant"}):
    for other in (chr(int(value.split("<")[0][2:], 16)) for value in values):
        if sounds_alike(c, other):
            join(c, other)
for c, field, values in unihan("Unihan_Variants.txt", {"kSemanticVariant", "kZVariant"}):
    for other in (chr(int(value.split("<")[0][2:], 16)) for value in values):
        # Two characters that are both common today are two characters (欣, 忻).
        if c != other and reading.get(c) == reading.get(other) and not (is_common(c) and is_common(other)):
            alike[c].add(other)
alike = {c: {other for other in others if c in alike.get(other, ())} for c, others in list(alike.items())}

# A character that is alone joins the one class that it is alike to, or others that are alone; classes are never joined by
# likeness, which is not transitive.
size = collections.Counter(top(c) for c in list(parent))
alone = {c for c in alike if size[top(c)] <= 1}
for c in sorted(alone):
    classes = {top(other) for other in alike[c] if other not in alone}
    if len(classes) == 1:
        join(c, classes.pop())
for c in sorted(alone):
    for other in sorted(alike[c] & alone):
        if top(c) == c and top(other) == other:
            join(c, other)
for written in RESTORED:
    for other in written[1:]:
        join(other, written[0])

classes = collections.defaultdict(list)
for c in sorted(parent):
    classes[top(c)].append(c)
targets = collections.Counter(simple.values())


def rank(c):
    """The character of a class that stands for it: simplified, common in today's writing, first of all else."""
    try:
        level = c.encode("gb2312")[0] >= 0xD8
    except UnicodeEncodeError:
        level = 2
    return c in simple, level, -targets[c], ord(c)


with open(OUT / "simplified.txt", "w", encoding="utf-8", newline="\n") as file:
    file.write("# From TSCharacters.txt and TSPhrases.txt of Open Chinese Convert (OpenCC), Apache-2.0; made by sources/variants.py.\n")
    for old, new in sorted(simple.items()) + sorted(phrases.items()):
        file.write(f"{old}\t{new}\n")
with open(OUT / "variants.txt", "w", encoding="utf-8", newline="\n") as file:
    file.write("# Classes of characters that stand for each other in writing, the common one first; made by sources/variants.py from\n")
    file.write("# OpenCC (Apache-2.0), the Unihan database of Unicode 15.0 (Unicode licence, © 1991-2022 Unicode, Inc.), and the\n")
    file.write("# characters that 通用规范汉字表 of 2013 took back, as far as listed in that script.\n")
    rows = ["".join(sorted(c, key=rank)) for c in classes.values() if len(c) > 1]
    file.writelines(row + "\n" for row in sorted(rows))
print(len(simple), "characters,", len(phrases), "phrases,", len(rows), "classes, the largest", sorted(rows, key=len)[-12:])

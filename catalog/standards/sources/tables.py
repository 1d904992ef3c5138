"""The smaller code tables that published packages hold: GB/T 3304, GB/T 4754, ISO 3166-1.

Usage: tables.py PACKAGES ../codes        (PACKAGES as README.md says)
"""

import csv
import json
import pathlib
import re
import sys

PACKAGES, CODES = map(pathlib.Path, sys.argv[1:3])


def write(table, header, rows):
    with open(CODES / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
    print(f"{table}: {len(rows)} rows")


def ethnic_groups():
    """Digits, Chinese name, and the romanisation for use abroad where the standard has two."""
    text = (PACKAGES / "gb3304/dist/gb3304.esm.js").read_text("utf-8")
    for entry in re.findall(r"\{\s*(name: '.*?)\s*\}", text, re.S):
        item = dict(re.findall(r"(\w+): '([^']*)'", entry))
        yield item["digitalCode"], item["name"], item.get("romanizationInternational", item["romanization"])


def industries():
    """Sections, divisions, groups and classes of GB/T 4754-2017 with amendment 1."""
    text = (PACKAGES / "element-china-category-data/src/data.js").read_text("utf-8")
    tree = json.loads(re.sub(r",(\s*[}\]])", r"\1", text.strip().removeprefix("module.exports =").rstrip(";")))
    rows = {}
    for above, below in tree.items():
        rows.update((code, (name.strip(), "" if above == "0" else above)) for code, name in below.items())
    # A slip: the class of a group that takes up all others ends in 9, in the standard and everywhere else in the package.
    rows["2039"] = rows.pop("2038")
    # The package leaves out a class that is the only one of its group: its code is the group's and a zero, its name the
    # group's.
    groups = {code for code in rows if len(code) == 3}
    for group in groups - {code[:3] for code in rows if len(code) == 4}:
        rows[group + "0"] = (rows[group][0], group)
    brackets = str.maketrans("()", "（）")
    order = {section: at for at, section in enumerate(sorted(code for code in rows if code.isalpha()))}

    def section(code):
        return code if code.isalpha() else section(rows[code][1])

    for code in sorted(rows, key=lambda code: (order[section(code)], code.isdigit(), code)):
        name, above = rows[code]
        yield code, name.translate(brackets), above


def countries():
    """Two-letter codes; XK, which the package adds, is not of ISO 3166-1. Three names are those of the Unicode CLDR."""
    cldr = json.loads((PACKAGES / "cldr-localenames-full/main/zh/territories.json").read_text("utf-8"))
    cldr = cldr["main"]["zh"]["localeDisplayNames"]["territories"]
    names_here = {code: cldr[code] for code in ("EH", "HK", "MO")}
    folder = PACKAGES / "i18n-iso-countries/langs"
    names = {lang: json.loads((folder / f"{lang}.json").read_text("utf-8"))["countries"] for lang in ("zh", "en")}
    for code in sorted(names["zh"].keys() - {"XK"}):
        english = names["en"][code]
        yield code, names_here.get(code, names["zh"][code]), english if isinstance(english, str) else english[0]


write("gb3304", ["code", "name", "en"], sorted(ethnic_groups()))
write("gb4754_2017", ["code", "name", "parent"], list(industries()))
write("iso3166_1", ["code", "name", "en"], list(countries()))

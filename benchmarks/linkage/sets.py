"""The data sets with known answers: how Splink is told to compare them, and the rules of its training. Both sides get the same."""

import dataclasses

import pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import SettingsCreator, block_on

# Pairs with their weights and nothing else; the comparison with our levels turns the other columns on.
ANSWERED = {"retain_intermediate_calculation_columns": False, "retain_matching_columns": False, "link_type": "dedupe_only"}


@dataclasses.dataclass
class Set:
    """Records with `unique_id` and `truth`, the cluster that each truly is of."""

    name: str
    file: str
    id: str
    truth: str
    settings: SettingsCreator
    # Rules that surely match, and the part of all matches that they find.
    deterministic: list
    recall: float
    sessions: list
    # The same as keys of huitong.
    keys: dict
    # A rule that makes very many pairs: of Splink, and of huitong.
    many: tuple
    # The columns of the default model `person` that the register has.
    person: dict

    def table(self, folder):
        table = pq.read_table(folder / self.file)
        names = {self.id: "unique_id", self.truth: "truth"}
        return table.rename_columns([names.get(name, name) for name in table.column_names])


FAKE = Set(
    name="fake_1000",
    file="fake_1000.parquet",
    id="unique_id",
    truth="cluster",
    settings=SettingsCreator(
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "city"),
            block_on("surname"),
            block_on("dob"),
            block_on("substr(email,1,4)"),
        ],
        **ANSWERED,
    ),
    deterministic=[block_on("first_name", "dob"), "l.email = r.email"],
    recall=0.7,
    sessions=[block_on("dob"), block_on("email")],
    keys={"deterministic": [["first_name", "dob"], ["email"]], "sessions": [["dob"], ["email"]]},
    many=("1 = 1", "((1))"),
    person={"given": "first_name", "surname": "surname", "birth": "dob", "email": "email", "place": "city"},
)

FEBRL = Set(
    name="febrl3",
    file="febrl3.parquet",
    id="rec_id",
    truth="entity",
    settings=SettingsCreator(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.JaroWinklerAtThresholds("suburb", [0.9]),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("given_name", "surname"),
            block_on("date_of_birth"),
            block_on("postcode", "surname"),
            block_on("substr(surname,1,3)", "substr(given_name,1,3)"),
        ],
        **ANSWERED,
    ),
    deterministic=[block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")],
    recall=0.9,
    sessions=[block_on("date_of_birth"), block_on("postcode")],
    keys={
        "deterministic": [["soc_sec_id"], ["given_name", "surname", "date_of_birth"]],
        "sessions": [["date_of_birth"], ["postcode"]],
    },
    many=("substr(l.soc_sec_id, 1, 1) = substr(r.soc_sec_id, 1, 1)", "((substr(soc_sec_id, 1, 1)))"),
    person={
        "number": "soc_sec_id",
        "given": "given_name",
        "surname": "surname",
        "birth": "substr(date_of_birth, 1, 4) || '-' || substr(date_of_birth, 5, 2) || '-' || substr(date_of_birth, 7, 2)",
        "place": "suburb",
        "postcode": "postcode",
        "street": "address_1",
        "house": "street_number",
    },
)

SETS = [FAKE, FEBRL]

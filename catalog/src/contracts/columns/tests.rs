use super::*;
use crate::contracts::tests::{compiled, with};
use crate::names::TableName;

fn told(table: &[Column]) -> Vec<String> {
    let model = compiled(&with(&[]));
    let person = &model.snapshot.datasets()[&TableName::new("population", "person").unwrap()];
    let differences = compare(person, table);
    assert!(differences.iter().all(|difference| difference.chinese().contains(difference.column())));
    let mark = |difference: &Difference| if difference.holds_for_all_rows() { "safe" } else { "care" };
    differences.iter().map(|difference| format!("{}: {}", mark(difference), difference.english())).collect()
}

fn column(name: &str, of: &str, nullable: bool) -> Column {
    let column_type = of.parse().map_or_else(|_| ColumnType::Other(of.to_owned()), ColumnType::Known);
    Column { name: name.to_owned(), column_type, nullable }
}

fn as_declared() -> Vec<Column> {
    vec![
        column("citizen_id", "string(18)", false),
        column("name", "string(50)", false),
        column("sex", "string(1)", true),
        column("birth_date", "date", true),
        column("phone", "string(11)", true),
        column("district", "string(6)", true),
    ]
}

#[test]
fn a_table_as_declared_has_no_difference() {
    assert_eq!(told(&as_declared()), [""; 0]);
    let mut table = as_declared();
    table.reverse();
    assert_eq!(told(&table), [""; 0], "in any order");
}

#[test]
fn every_difference_is_told() {
    let table = [
        column("citizen_id", "string(15)", true),
        column("Name", "string(50)", false),
        column("sex", "bigint", false),
        column("birth_date", "interval", true),
        column("phone", "string", true),
        column("note", "string", true),
    ];
    assert_eq!(
        told(&table),
        [
            "safe: column `citizen_id` is of type string(15), by contract of type string(18)",
            "care: column `citizen_id` may be null, by contract it may not",
            "care: column `name` is called `Name` in the table",
            "care: column `sex` is of type bigint, by contract of type string(1)",
            "safe: column `sex` may not be null, by contract it may",
            "care: column `birth_date` is of type interval, by contract of type date",
            "care: column `phone` is of type string, by contract of type string(11)",
            "safe: column `district` of type string(6) is added",
            "care: column `note` is not in the contract",
        ],
    );
    let missing = told(&as_declared()[1..]);
    assert_eq!(missing, ["care: column `citizen_id` of type string(18) is missing, and may not be null"]);
}

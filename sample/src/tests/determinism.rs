use arrow::array::RecordBatch;

use super::*;
use crate::{BATCH_ROWS_MAX, Error, PEOPLE_MAX, checksum};

/// Whoever changes the city on purpose prints these anew with `cargo test -p huitong-sample pinned -- --nocapture`.
const PINNED: &[(&str, usize, u64)] = &[
    ("geography.division", 25, 0x31540bfbfbbc28ac),
    ("geography.place", 40, 0xa2f559e5a921baf9),
    ("population.person", 2004, 0xbd68c3d865af689b),
    ("population.household", 726, 0xbe63e928292608c9),
    ("population.marriage", 1020, 0x5d19e402fdba6d20),
    ("housing.title", 1567, 0x7d68fd24fb00c0c2),
    ("legal.entity", 100, 0x7cc3c75deb1a18f3),
    ("legal.park_project", 40, 0xa7db73bd00a9b732),
    ("licence.certificate", 1033, 0x30c222aaf11450cd),
    ("service.matter", 24, 0x75bc1c57593ca4de),
    ("service.event", 3758, 0x502740f57f957240),
    ("credit.record", 64, 0xf7ef6fa9fdb52b18),
    ("macro.indicator", 51144, 0x3bac84e2822faf2e),
    ("truth.person", 2000, 0xd415566a193a2bcf),
    ("truth.person_row", 5591, 0x92f04ce4d63dbf67),
    ("truth.marriage", 899, 0xe84c60eb35d017f0),
    ("truth.household_tie", 2747, 0x95958145b2657054),
    ("truth.holding", 1567, 0xaab5d537db358831),
    ("truth.duplicate_project", 6, 0xb8e4ddc16928efe9),
    ("truth.indicator_component", 37740, 0xc2c15c5108836696),
];

#[test]
fn every_table_is_pinned() {
    let city = city(2000);
    let found: Vec<(String, usize, u64)> = city
        .tables()
        .iter()
        .map(|table| {
            let rows = table.batches().map(|batch| batch.num_rows()).sum();
            (format!("{table:?}"), rows, checksum(table.batches()).unwrap())
        })
        .collect();
    for (name, rows, sum) in &found {
        println!("    (\"{name}\", {rows}, {sum:#018x}),");
    }
    let pinned: Vec<(String, usize, u64)> = PINNED.iter().map(|&(n, r, s)| (n.to_owned(), r, s)).collect();
    assert_eq!(found, pinned);
}

#[test]
fn tables_stream_equal_twice_and_part_by_part() {
    let city = city(2000);
    for table in city.tables() {
        let whole: Vec<_> = table.batches().collect();
        let backwards: Vec<_> = (0..table.parts()).rev().flat_map(|part| table.part(part)).collect();
        assert_eq!(whole, table.batches().collect::<Vec<_>>(), "{table:?}");
        assert_eq!(checksum(whole).unwrap(), checksum(backwards).unwrap(), "{table:?}");
        assert!(table.part(table.parts()).is_empty());
    }
}

#[test]
fn seed_and_size_and_errors_matter() {
    let sum = |options| {
        let city = City::new(options).unwrap();
        checksum(city.table("population", "person").unwrap().batches()).unwrap()
    };
    let base = Options { people: 500, ..Options::default() };
    assert_eq!(sum(base), sum(base));
    assert_ne!(sum(base), sum(Options { seed: 1, ..base }));
    assert_ne!(sum(base), sum(Options { people: 501, ..base }));
    assert_ne!(sum(base), sum(Options { errors: ErrorLevel::Heavy, ..base }));
}

#[test]
fn truth_does_not_depend_on_errors() {
    let sums = |errors| {
        let city = city_with(1500, errors);
        ["person", "household_tie", "holding", "indicator_component"]
            .map(|name| checksum(city.table("truth", name).unwrap().batches()).unwrap())
    };
    assert_eq!(sums(ErrorLevel::Light), sums(ErrorLevel::Heavy));
}

#[test]
fn batches_keep_their_bound_and_schema() {
    for people in [0, 1, 7, 24_000] {
        for table in city(people).tables() {
            let mut rows = 0;
            for batch in table.batches() {
                assert!((1..=BATCH_ROWS_MAX).contains(&batch.num_rows()), "{table:?}");
                assert_eq!(batch.schema(), table.arrow_schema);
                rows += batch.num_rows();
            }
            if people == 24_000 {
                let expected = table.expected_rows as f64;
                let close = (rows as f64 - expected).abs() < 0.25 * expected;
                assert!(close, "{table:?}: {rows} rows, {expected} expected");
            }
        }
    }
}

#[test]
fn no_part_grows_with_the_city() {
    let largest = |people, schema, name| {
        let table = city(people).table(schema, name).unwrap();
        let parts = (0..table.parts()).map(|part| table.part(part).iter().map(RecordBatch::num_rows).sum::<usize>());
        parts.max().unwrap()
    };
    for (schema, name, bound) in [
        ("population", "person", 2100),
        ("housing", "title", 2500),
        ("legal", "entity", 4096),
        ("service", "event", 9000),
    ] {
        for people in [24_000, 72_000] {
            let rows = largest(people, schema, name);
            assert!(rows <= bound, "{schema}.{name} of {people}: a part of {rows} rows");
        }
    }
}

#[test]
fn small_cities_have_exactly_their_people() {
    for people in [0u64, 1, 7, 199, 201, 2400] {
        let rows: usize = city(people).table("truth", "person").unwrap().batches().map(|b| b.num_rows()).sum();
        assert_eq!(rows as u64, people);
    }
}

#[test]
fn too_large_a_city_is_refused() {
    let error = City::new(Options { people: PEOPLE_MAX + 1, ..Options::default() }).unwrap_err();
    assert!(matches!(error, Error::TooManyPeople { people } if people == PEOPLE_MAX + 1));
    // The last block of the largest city can still be made alone.
    let person = city(PEOPLE_MAX).table("truth", "person").unwrap();
    assert!(person.part(person.parts() - 1).iter().map(RecordBatch::num_rows).sum::<usize>() > 0);
}

#[test]
fn every_column_has_a_chinese_name() {
    for table in city(0).tables() {
        assert_eq!(table.arrow_schema.metadata().get("zh").map(String::as_str), Some(table.zh));
        for field in table.arrow_schema.fields() {
            let zh = field.metadata().get("zh").unwrap();
            assert!(!zh.is_ascii(), "{table:?}.{}", field.name());
        }
    }
}

#[test]
fn the_readme_lists_every_table_and_column() {
    let readme = include_str!("../../README.md");
    for table in city(0).tables() {
        let heading = format!("### `{table:?}` {}", table.zh);
        let section = readme.split(&heading).nth(1).unwrap_or_else(|| panic!("no section `{heading}`"));
        let section = section.split("\n### ").next().unwrap();
        for field in table.arrow_schema.fields() {
            let entry = format!("`{}` {}", field.name(), field.metadata()["zh"]);
            assert!(section.contains(&entry), "{table:?}: `{entry}` is missing");
        }
    }
}

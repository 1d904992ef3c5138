use std::collections::BTreeSet;
use std::error::Error as _;
use std::path::Path;

use super::*;

#[test]
fn display_is_one_line_and_only_the_message() {
    let error = Error::new(Code::SYNTAX, "expected `)`\n  found end\r\n")
        .with_hint("close the bracket")
        .at(Place { line: 3, column: 9 })
        .caused_by("parser said no");
    assert_eq!(error.to_string(), "expected `)`; found end");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("parser said no"));
    assert_eq!(error.place.map(|place| place.to_string()).as_deref(), Some("3:9"));
    assert_eq!(error.kind(), Kind::InvalidRequest);
}

#[test]
fn an_error_stays_small() {
    assert!(size_of::<Error>() <= 128, "{} bytes", size_of::<Error>());
}

#[test]
fn places_count_characters_from_one() {
    let text = "a\n人口 = 1\n";
    let cases = [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (5, (2, 2)), (6, (2, 2)), (9, (2, 4)), (999, (3, 1))];
    for (offset, (line, column)) in cases {
        assert_eq!(Place::of_offset(text, offset), Place { line, column }, "offset {offset}");
    }
}

#[test]
fn codes_are_distinct_ascending_and_read_back() {
    assert!(Code::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
    for code in Code::ALL {
        assert_eq!(code.to_string().parse::<Code>().ok(), Some(*code));
        assert!(!code.title().is_empty() && !code.title_zh().is_empty());
        assert!(!code.title().ends_with('.') && !code.title_zh().ends_with('。'), "{code}");
    }
    assert!("HT9999".parse::<Code>().is_err());
    assert!("ht0101".parse::<Code>().is_err());
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let pages = pages();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(pages, codes);
}

#[test]
fn pages_and_index_carry_both_titles() {
    let index = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for code in Code::ALL {
        let page = std::fs::read_to_string(folder().join(format!("{code}.md"))).unwrap();
        let title = format!("# {code}: {} · {}\n", code.title(), code.title_zh());
        assert!(page.starts_with(&title), "{code} should start with {title}");
        for section in ["## English", "**What to do.**", "## 中文", "**怎么办。**"] {
            assert!(page.contains(section), "{code} lacks {section}");
        }
        let row = format!("| [{code}]({code}.md) | {} | {} | {} |", code.title(), code.title_zh(), code.kind());
        assert!(index.contains(&row), "the index lacks {row}");
    }
}

#[test]
fn suggestions_forgive_typing_not_guessing() {
    let keys = ["flight", "internal", "Population", "法人", "id"];
    let cases = [
        ("fligth", Some("flight")),
        ("FLIGHT", Some("flight")),
        ("populaton", Some("Population")),
        ("ID", Some("id")),
        ("xd", None),
        ("法", None),
        ("postgres", None),
        ("", None),
    ];
    for (word, expected) in cases {
        assert_eq!(suggest(word, keys), expected, "{word}");
    }
    assert_eq!(suggest(&"x".repeat(100_000), keys), None);
    assert_eq!(suggest("tabel", ["tables", "table"]), Some("table"));
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors")
}

fn pages() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "README.md").collect()
}

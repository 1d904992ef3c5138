use super::*;

/// `code,finding`; the check characters were made with python-stdnum 2.2, an implementation that is not this project's,
/// from random codes of divisions that do not exist and from slips in them.
const FACTS: &str = include_str!("facts.csv");

fn good() -> impl Iterator<Item = &'static str> {
    FACTS.lines().filter_map(|line| line.strip_suffix(",valid"))
}

#[test]
fn agrees_with_another_implementation() {
    assert!(FACTS.lines().count() > 250);
    for line in FACTS.lines() {
        let (code, expected) = line.rsplit_once(',').unwrap();
        assert_eq!(read(code).map_or_else(Fault::as_str, |_| "valid"), expected, "{code}");
    }
}

#[test]
fn says_who_registered_what_and_where() {
    let code = read("11990100MB00100062").unwrap();
    assert_eq!((code.authority, code.kind, code.division), ('1', '1', 990_100));
    assert_eq!(code.organisation, "MB0010006");
}

#[test]
fn every_single_slip_is_found() {
    for text in good() {
        for at in 0..LENGTH {
            for &symbol in SYMBOLS {
                let mut slip = text.as_bytes().to_vec();
                slip[at] = symbol;
                let slip = String::from_utf8(slip).unwrap();
                assert!(slip == text || read(&slip).is_err(), "{slip}");
            }
            let mut swapped = text.as_bytes().to_vec();
            swapped.swap(at, (at + 1).min(LENGTH - 1));
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped == text || read(&swapped).is_err(), "{swapped}");
        }
    }
}

#[test]
fn names_what_is_wrong_first() {
    assert_eq!(read("11990100MB0010006"), Err(Fault::Length));
    assert_eq!(read("11990100MI00100062"), Err(Fault::Character(9)));
    assert_eq!(read("1199A100MB00100062"), Err(Fault::Character(4)));
    assert_eq!(read("11990100MB00100063"), Err(Fault::Check('2')));
    assert_eq!(read("11990100mB00100062"), Err(Fault::Character(8)));
    assert_eq!(read("统一社会信用代码统一社会信用代码统一"), Err(Fault::Character(0)));
    assert_eq!(read(""), Err(Fault::Length));
}

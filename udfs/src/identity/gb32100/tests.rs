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

#[test]
fn a_pilot_code_has_a_right_organisation_code() {
    let code = read_pilot("11990100MB00100063").unwrap();
    assert_eq!((code.organisation, code.division), ("MB0010006", 990_100));
    assert_eq!(read_pilot("11990100MB00100062"), None, "a code of the standard");
    assert_eq!(read_pilot("11990100MB00100052"), None, "the organisation code is wrong, too");
    assert_eq!(read_pilot("11990100MB0010006"), None);
    assert_eq!(read_pilot("11990100mB00100063"), None);
}

/// Most slips within the organisation code are told from pilot codes, none outside of it is.
#[test]
fn a_slip_where_the_organisation_code_does_not_reach_looks_like_a_pilot_code() {
    for text in good() {
        for at in 0..LENGTH {
            let symbols = SYMBOLS.iter().filter(|&&symbol| symbol != text.as_bytes()[at]);
            for &symbol in symbols.filter(|symbol| !(2..8).contains(&at) || symbol.is_ascii_digit()) {
                let mut slip = text.as_bytes().to_vec();
                slip[at] = symbol;
                let slip = String::from_utf8(slip).unwrap();
                let within = (8..17).contains(&at);
                assert!(within || read_pilot(&slip).is_some(), "{slip}");
            }
        }
    }
    let corrupted = FACTS.lines().filter_map(|line| line.strip_suffix(",check"));
    let (pilot, wrong): (Vec<_>, Vec<_>) = corrupted.partition(|code| read_pilot(code).is_some());
    assert!(pilot.len() > 3 && wrong.len() > pilot.len(), "{} {}", pilot.len(), wrong.len());
}

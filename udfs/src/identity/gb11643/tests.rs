use super::*;

/// `number,finding`; made with python-stdnum 2.2, an implementation that is not this project's, from random numbers of
/// divisions that do not exist and from slips in them.
const FACTS: &str = include_str!("facts.csv");

fn finding(text: &str) -> &'static str {
    match read(text) {
        Ok(CitizenNumber { form: Form::Eighteen, .. }) => "eighteen",
        Ok(CitizenNumber { form: Form::Fifteen, .. }) => "fifteen",
        Err(fault) => fault.as_str(),
    }
}

fn good() -> impl Iterator<Item = &'static str> {
    FACTS.lines().filter_map(|line| line.strip_suffix(",eighteen"))
}

#[test]
fn agrees_with_another_implementation() {
    assert!(FACTS.lines().count() > 300);
    for line in FACTS.lines() {
        let (number, expected) = line.rsplit_once(',').unwrap();
        assert_eq!(finding(number), expected, "{number}");
    }
}

#[test]
fn the_examples_of_the_standard() {
    let number = read("11010519491231002X").unwrap();
    assert_eq!((number.division, number.sequence, number.sex()), (110_105, 2, Sex::Female));
    assert_eq!(number.born, NaiveDate::from_ymd_opt(1949, 12, 31).unwrap());
    assert_eq!(read("440524188001010014").unwrap().sex(), Sex::Male);
    assert_eq!(read("11010519491231002x"), Err(Fault::LowerCase));
    assert_eq!(read("110105194912310021"), Err(Fault::Check('X')));
}

#[test]
fn fifteen_digits_become_eighteen() {
    let number = read("110105491231002").unwrap();
    assert_eq!(number.form, Form::Fifteen);
    assert_eq!(number.text(), "11010519491231002X");
}

#[test]
fn the_text_of_a_number_is_the_number() {
    assert!(good().all(|text| read(text).unwrap().text() == text));
}

#[test]
fn every_single_slip_is_found() {
    for text in good() {
        for at in 0..18 {
            for digit in b'0'..=b'9' {
                let mut slip = text.as_bytes().to_vec();
                slip[at] = digit;
                let slip = String::from_utf8(slip).unwrap();
                assert!(slip == text || read(&slip).is_err(), "{slip}");
            }
            let mut swapped = text.as_bytes().to_vec();
            swapped.swap(at, (at + 1).min(17));
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped == text || read(&swapped).is_err(), "{swapped}");
        }
    }
}

#[test]
fn dates_are_days_of_the_calendar() {
    // The date is looked at before the check character.
    for (date, is_day) in [("20000229", true), ("19000229", false), ("17991231", false), ("21000101", false)] {
        let found = read(&format!("990101{date}0010"));
        assert_eq!(found != Err(Fault::BirthDate), is_day, "{date}");
    }
}

#[test]
fn whatever_it_is_it_is_read() {
    for text in
        ["", " ", "X", "身份证号码", "身份证号码身份证号码身份证号码", "11010519491231００2X", "\u{0}10105194912310021"]
    {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(read("1101051949123100２X"), Err(Fault::Character(16)));
    assert_eq!(read("身份证号码"), Err(Fault::Length));
}

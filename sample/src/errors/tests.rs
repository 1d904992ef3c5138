use super::name::{lost_rare, variant};
use super::number::{old_number, transposed};
use super::*;
use crate::calendar::Day;
use crate::city::ErrorLevel;
use crate::rng::{Domain, Rng};

fn rng() -> Rng {
    Rng::stream(5, Domain::PersonRegister, 0, 0)
}

#[test]
fn old_numbers_lose_century_and_check() {
    assert_eq!(old_number("990101196503121234").as_deref(), Some("990101650312123"));
    assert_eq!(old_number("990101200503121234"), None);
}

#[test]
fn slips_change_exactly_what_they_say() {
    let number = "990101196503121234";
    for _ in 0..200 {
        let wrong = substituted(&mut rng(), number);
        assert_eq!(wrong.chars().zip(number.chars()).filter(|(a, b)| a != b).count(), 1);
        let swapped = transposed(&mut rng(), number);
        assert_eq!(swapped.chars().zip(number.chars()).filter(|(a, b)| a != b).count(), 2);
    }
    assert_eq!(transposed(&mut rng(), ""), "");
    assert_eq!(substituted(&mut rng(), ""), "");
}

#[test]
fn names_lose_what_systems_could_not_store() {
    let lost = lost_rare(&mut rng(), "王䶮").unwrap();
    assert!(lost == "王YAN" || lost == "王?");
    assert_eq!(lost_rare(&mut rng(), "王伟"), None);
    assert_eq!(variant("张丽").as_deref(), Some("張丽"));
    assert_eq!(variant("王一"), None);
    let alike = homophone(&mut rng(), "王伟").unwrap();
    assert!(alike == "王玮" || alike == "王炜");
    assert_eq!(homophone(&mut rng(), ""), None);
}

#[test]
fn writing_changes_keep_the_meaning() {
    assert_eq!(full_width("A1(2)"), "\u{FF21}\u{FF11}\u{FF08}\u{FF12}\u{FF09}");
    assert_eq!(traditional("电动车"), "電動車");
    assert_eq!(abbreviated_address("示例省联和市云溪区人民路8号3幢1单元502室"), "云溪区人民路8号3-1-502");
}

#[test]
fn rates_are_met() {
    let rates = Rates::at(ErrorLevel::Medium).marriage_number;
    let mut rng = rng();
    let n = 100_000;
    let (mut short, mut wrong) = (0, 0);
    for _ in 0..n {
        let held = garbled_number(&mut rng, &rates, "990101196503121234", Day::of(1990, 1, 1));
        short += usize::from(held.len() == 15);
        wrong += usize::from(held != "990101196503121234" && held != "990101650312123");
    }
    let (short, wrong) = (short as f64 / n as f64, wrong as f64 / n as f64);
    assert!((short - 0.30).abs() < 0.01, "15 digits {short}");
    assert!((wrong - 0.006).abs() < 0.001, "slips {wrong}");
    let heavy = Rates::at(ErrorLevel::Heavy);
    assert!((heavy.spouse_number_missing - 0.06).abs() < 1e-12);
}

use super::*;

#[test]
fn lists_hold_three_byte_characters_only() {
    for generation in &GENERATIONS {
        for list in [generation.male, generation.female] {
            assert!(list.chars().all(|c| c.len_utf8() == 3), "{list}");
            assert!(list.chars().count() >= 35);
        }
    }
}

#[test]
fn each_birth_year_finds_its_generation() {
    let first = |year| generation(year).first_year;
    assert_eq!([first(1940), first(1970), first(1990), first(2005), first(2024)], [i32::MIN, 1966, 1986, 2000, 2010]);
}

#[test]
fn one_character_names_follow_their_generation() {
    let mut rng = Rng::stream(1, crate::rng::Domain::Life, 0, 0);
    let mut share = |year| {
        let single = (0..4000).filter(|_| given_name(&mut rng, Sex::Female, year).chars().count() == 1).count();
        single as f64 / 4000.0
    };
    assert!((share(1990) - 0.34).abs() < 0.03);
    assert!((share(2020) - 0.07).abs() < 0.02);
}

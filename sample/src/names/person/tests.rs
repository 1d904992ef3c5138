use super::*;
use crate::rng::Domain;

#[test]
fn surnames_have_their_published_shares() {
    let total: u32 = SURNAMES.items().iter().map(|(_, w)| w).sum();
    let share = |n: usize| f64::from(SURNAMES.items()[..n].iter().map(|(_, w)| w).sum::<u32>()) / f64::from(total);
    assert!((share(1) - 0.072).abs() < 0.006, "王 {}", share(1));
    assert!((share(25) - 0.60).abs() < 0.03, "first 25 {}", share(25));
}

#[test]
fn children_take_the_family_name() {
    let mut rng = Rng::stream(3, Domain::Life, 0, 0);
    let father = any(&mut rng, Sex::Male, 1970, "01");
    let son = child(&mut rng, Sex::Male, 2000, "01", &father);
    assert!(son.full.starts_with(&father.family));
    let father = any(&mut rng, Sex::Male, 1970, "05");
    let daughter = child(&mut rng, Sex::Female, 2000, "05", &father);
    assert_eq!(daughter.full.split('·').nth(1), Some(father.family.as_str()));
}

use std::collections::HashSet;

use super::*;
use crate::city::Options;

#[test]
fn blocks_never_issue_the_same_number() {
    // The largest city: the shares are the smallest.
    let plan = Plan::new(Options { people: crate::city::PEOPLE_MAX, ..Options::default() });
    let born = Day::of(1988, 8, 8);
    let mut seen = HashSet::new();
    let mut rng = Rng::stream(1, crate::rng::Domain::Life, 0, 0);
    for block in (0..plan.blocks).step_by(7).chain([plan.blocks - 1]) {
        let mut issuer = Issuer::new(&plan, block);
        let numbers: Vec<String> = std::iter::from_fn(|| issuer.native(born, Sex::Female)).collect();
        assert!(numbers.len() >= 2, "twins need two numbers a day");
        let outside: Vec<String> = (0..3).filter_map(|_| issuer.outside(&mut rng, born, Sex::Female)).collect();
        assert!(!outside.is_empty());
        for number in numbers.into_iter().chain(outside).chain([exchange_number(block, born, Sex::Female)]) {
            assert!(citizen::is_valid(&number), "{number}");
            assert!(seen.insert(number));
        }
    }
}

use std::collections::HashSet;

use super::*;
use crate::city::Options;

#[test]
fn both_sides_agree() {
    let plan = Plan::new(Options { people: 50_000, ..Options::default() });
    let mut couples = 0;
    for block in 0..plan.blocks {
        for slot in 0..slots(&plan, block) {
            let Some(here) = couple(&plan, block, slot) else { continue };
            let there = couple(&plan, here.partner_block, slot).unwrap();
            assert_eq!(there, Couple { partner_block: block, husband_here: !here.husband_here, ..here });
            let (a, b) = (identity(&plan, block, slot), identity(&plan, here.partner_block, slot));
            assert_ne!(a.sex, b.sex);
            assert!(a.born.age_at(here.married) >= 19 && a.arrived < here.married);
            couples += 1;
        }
    }
    assert!(couples > 800, "{couples}");
}

#[test]
fn numbers_of_one_block_differ() {
    let plan = Plan::new(Options { people: 50_000, ..Options::default() });
    let numbers: HashSet<String> = (0..plan.blocks)
        .flat_map(|block| (0..slots(&plan, block)).map(move |slot| (block, slot)))
        .map(|(block, slot)| identity(&plan, block, slot).number)
        .collect();
    let total: u64 = (0..plan.blocks).map(|block| slots(&plan, block)).sum();
    assert_eq!(numbers.len() as u64, total);
}

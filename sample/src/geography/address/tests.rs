use std::collections::HashSet;

use super::*;
use crate::city::Options;

#[test]
fn unit_numbers_have_28_characters_and_are_distinct() {
    let plan = Plan::new(Options { people: 24_000, ..Options::default() });
    let mut units = HashSet::new();
    let mut addresses = HashSet::new();
    for block in 0..plan.blocks {
        for index in 0..3000 {
            let dwelling = Dwelling { block, index };
            let unit = unit_number(&plan, dwelling);
            assert_eq!(unit.len(), 28, "{unit}");
            assert!(units.insert(unit));
            addresses.insert(address(&plan, dwelling));
        }
    }
    let share = addresses.len() as f64 / units.len() as f64;
    assert!(share > 0.99, "two doors seldom share one address: {share}");
}

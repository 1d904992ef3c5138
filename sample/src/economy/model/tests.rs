use super::*;
use crate::city::Options;

#[test]
fn totals_are_the_sums_of_their_leaves() {
    let plan = Plan::new(Options::default());
    for (number, indicator) in (0u64..).zip(&INDICATORS) {
        let series = indicator.series(&plan, number);
        let total = series.iter().find(|s| s.district.is_none() && s.sector.is_none()).unwrap();
        if !indicator.by_district {
            continue;
        }
        for at in 0..indicator.periods() {
            let districts = series.iter().filter(|s| s.district.is_some() && s.sector.is_none());
            let sum: f64 = districts.map(|s| s.value[at]).sum();
            assert!((sum - total.value[at]).abs() < 0.005, "{} {at}", indicator.name);
        }
    }
}

#[test]
fn the_festival_moves_with_the_moon() {
    let industry = &INDICATORS[0];
    let february = |year: i32| industry.festival_factor(((year - FIRST) * 12 + 1) as usize);
    // 2018-02-16 lies whole in February, 2023-01-22 almost whole in January.
    assert!((february(2018) - 0.84).abs() < 0.03);
    assert!(february(2023) > 0.95);
}

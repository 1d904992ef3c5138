use super::super::table::Shape;
use super::*;

fn line(values: &[f64]) -> Table {
    let shape = Shape::new(vec![values.len()]).unwrap();
    let (mut values, cells) = (values.to_vec(), shape.cells());
    values.push(0.0);
    Table::from_inner(shape, values, vec![false; cells]).unwrap()
}

fn contributors(of: &[(u64, f64, f64)]) -> Vec<Contributors> {
    of.iter()
        .map(|(count, largest, second)| Contributors { count: *count, largest: *largest, second: *second })
        .collect()
}

#[test]
fn small_counts_and_small_totals() {
    let cells = |rules: &Rules, values: &[f64]| {
        let found = of_counts(&line(values), rules);
        found.iter().map(|primary| (primary.cell, primary.below, primary.above)).collect::<Vec<_>>()
    };
    let rules = Rules::default();
    assert_eq!(cells(&rules, &[0.0, 1.0, 9.0, 10.0]), [(1, 1.0, 9.0), (2, 9.0, 1.0)]);
    assert_eq!(cells(&rules, &[3.0, 0.0]), [(0, 3.0, 7.0), (2, 3.0, 7.0)]);
    let protect = Rules { zeros: Zeros::Protect, ..rules };
    assert_eq!(cells(&protect, &[0.0, 20.0]), [(0, 0.0, 10.0)]);
    let three = Rules { min_cell: 3, ..rules };
    assert_eq!(cells(&three, &[2.0, 3.0]), [(0, 2.0, 1.0)]);
}

#[test]
fn rules_of_amounts() {
    let table = line(&[100.0, 100.0, 100.0, 100.0]);
    let of = contributors(&[(20, 90.0, 5.0), (20, 60.0, 38.0), (2, 50.0, 50.0), (20, 20.0, 20.0), (62, 90.0, 60.0)]);
    let rules = Rules { dominance: Some(80.0), p_percent: Some(10.0), ..Rules::default() };
    let found = of_amounts(&table, &of, &rules);
    let told: Vec<(usize, Reason, f64)> =
        found.iter().map(|primary| (primary.cell, primary.reason, primary.above)).collect();
    // 100/80 of 90 is 112.5; the second of the second cell knows the first to 2 of 60, while 6 is asked.
    assert_eq!(told, [(0, Reason::Dominance, 12.5), (1, Reason::PPercent, 4.0), (2, Reason::Threshold, 30.0)]);
    assert!(of_amounts(&table, &of[3..4], &rules).is_empty());
}

#[test]
fn an_amount_of_nothing_is_uncertain_upwards() {
    let found = of_amounts(&line(&[0.0, 50.0]), &contributors(&[(2, 0.0, 0.0), (40, 2.0, 2.0)]), &Rules::default());
    assert_eq!(found, [Primary { cell: 0, below: 0.0, above: 15.0, reason: Reason::Threshold }]);
    assert!(of_amounts(&line(&[0.0, 50.0]), &contributors(&[(0, 0.0, 0.0)]), &Rules::default()).is_empty());
}

#[test]
fn rules_that_protect_nobody_are_refused() {
    let rules = Rules::default();
    assert!(rules.check().is_ok());
    assert!(Rules { min_cell: 2, ..rules }.check().is_err());
    for wrong in [0.0, 100.0, f64::NAN, -1.0] {
        assert!(Rules { dominance: Some(wrong), ..rules }.check().is_err(), "{wrong}");
        assert!(Rules { p_percent: Some(wrong), ..rules }.check().is_err(), "{wrong}");
    }
}

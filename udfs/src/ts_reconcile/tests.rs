use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, ListBuilder, StringBuilder, UInt32Array};
use arrow::compute::take;

use crate::series::testing::{ask, months, numbers, text, try_ask};

/// City, east, west in each of two months.
fn paths() -> ArrayRef {
    let mut all = ListBuilder::new(StringBuilder::new());
    for name in ["*", "east", "west", "*", "east", "west"] {
        all.values().append_value(name);
        all.append(true);
    }
    Arc::new(all.finish())
}

fn times() -> ArrayRef {
    take(&months((2024, 1), 2), &UInt32Array::from(vec![0, 0, 0, 1, 1, 1]), None).unwrap()
}

const BASE: [f64; 6] = [14.0, 4.0, 6.0, 10.0, 5.0, 5.0];

fn near(found: &[f64], truth: &[f64]) {
    assert_eq!(found.len(), truth.len());
    for (found, truth) in found.iter().zip(truth) {
        assert!((found - truth).abs() < 1e-9, "{found} {truth}");
    }
}

#[test]
fn without_errors_all_nodes_are_alike() {
    let found = ask("ts_reconcile", &[paths(), times(), numbers(&BASE)]);
    let third = 4.0 / 3.0;
    near(&found.numbers("yhat"), &[14.0 - third, 4.0 + third, 6.0 + third, 10.0, 5.0, 5.0]);
    assert_eq!(found.texts("method")[0], "ols");
    assert!(found.numbers("lo").iter().all(|lo| lo.is_nan()));
}

#[test]
fn variances_weigh_and_give_intervals() {
    let errors = numbers(&[1.0, 2.0, 1.0, 1.0, 2.0, 1.0]);
    let found = ask("ts_reconcile", &[paths(), times(), numbers(&BASE), errors]);
    near(&found.numbers("yhat"), &[13.0, 6.0, 7.0, 10.0, 5.0, 5.0]);
    let half = 1.959_963_984_540_054 * 0.75_f64.sqrt();
    near(&found.numbers("hi")[..1], &[13.0 + half]);
    near(&found.numbers("base"), &BASE);
}

#[test]
fn residuals_choose_the_method() {
    let mut all = ListBuilder::new(Float64Builder::new());
    // The parts are known to one, the city to ten.
    for node in 0..6_u32 {
        for t in 0..40_u32 {
            let noise = f64::from((t * 7919 + node % 3 * 104_729 + 13) % 101) / 101.0 - 0.5;
            all.values().append_value(noise * if node % 3 == 0 { 20.0 } else { 1.0 });
        }
        all.append(true);
    }
    let errors: ArrayRef = Arc::new(all.finish());
    let found = ask("ts_reconcile", &[paths(), times(), numbers(&BASE), errors.clone()]);
    assert!((found.numbers("yhat")[0] - 10.0).abs() < 0.6, "{:?}", found.numbers("yhat"));
    let up = ask("ts_reconcile", &[paths(), times(), numbers(&BASE), errors, text("bu", 6)]);
    near(&up.numbers("yhat"), &[10.0, 4.0, 6.0, 10.0, 5.0, 5.0]);
}

#[test]
fn incomplete_hierarchies_are_told() {
    let five = |array: ArrayRef| array.slice(0, 5);
    let found = ask("ts_reconcile", &[five(paths()), five(times()), numbers(&BASE[..5])]);
    assert_eq!(found.error(), "node `west` has no forecast at 2024-02-01");
    let twice = take(&times(), &UInt32Array::from(vec![0; 6]), None).unwrap();
    assert!(ask("ts_reconcile", &[paths(), twice, numbers(&BASE)]).error().contains("more than one forecast"));
    let gap = [f64::NAN, 1.0, 1.0, 1.0, 1.0, 1.0];
    assert!(ask("ts_reconcile", &[paths(), times(), numbers(&gap)]).error().contains("no finite forecast"));
    let told = try_ask("ts_reconcile", &[paths(), times(), numbers(&BASE), numbers(&BASE), text("td", 6)]).unwrap_err();
    assert!(told.to_string().contains("unknown method `td`"));
}

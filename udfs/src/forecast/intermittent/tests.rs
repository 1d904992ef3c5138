use crate::forecast::Model;
use crate::forecast::tests::{assert_near, run};

#[test]
fn intermittent_rates_follow_their_formulas() {
    // Sizes 4 then 6; intervals 2 then 3: 4.2 / 2.1. Probability 1/2, then 0.45, 0.405, 0.4645, 0.41805.
    let y = [0.0, 4.0, 0.0, 0.0, 6.0, 0.0];
    let rate = |name: &str| run(&y, 1, 2, Model::from_name(name).unwrap()).mean;
    assert_near(&rate("croston"), &[2.0; 2], 1e-12);
    assert_near(&rate("sba"), &[1.9; 2], 1e-12);
    assert_near(&rate("tsb"), &[4.2 * 0.41805; 2], 1e-12);
}

use crate::forecast::Model;
use crate::forecast::tests::{assert_near, months, run};

#[test]
fn the_default_tells_its_members() {
    let spec = |y: &[f64]| run(y, 12, 3, Model::DEFAULT).spec;
    let parts: Vec<String> = [Model::AutoEts, Model::AutoArima, Model::Ces, Model::Dot]
        .map(|model| run(&months(), 12, 3, model).spec)
        .to_vec();
    assert_eq!(spec(&months()), format!("median of {}", parts.join("; ")));
    assert_eq!(spec(&months()[..7]).matches(';').count(), 1);
}

#[test]
fn the_default_is_the_median_of_its_members() {
    let found = run(&months(), 12, 6, Model::Auto);
    let parts = [Model::AutoEts, Model::AutoArima, Model::Ces, Model::Dot].map(|model| run(&months(), 12, 6, model));
    for h in 0..6 {
        let mut values = parts.each_ref().map(|part| part.mean[h]);
        values.sort_by(f64::total_cmp);
        assert_near(&[found.mean[h]], &[(values[1] + values[2]) / 2.0], 1e-12);
    }
}

use super::*;

#[test]
fn new_years_lie_in_their_window_and_a_whole_number_of_moons_apart() {
    for pair in NEW_YEAR.windows(2) {
        let day = |n: (i32, i32, i32)| Day::of(n.0, n.1, n.2);
        let (a, b) = (day(pair[0]), day(pair[1]));
        assert!(day(pair[0]) >= Day::of(pair[0].0, 1, 21) && day(pair[0]) <= Day::of(pair[0].0, 2, 20));
        let moons = f64::from(b.0 - a.0) / 29.530_59;
        assert!((moons - moons.round()).abs() < 0.06, "{pair:?}: {moons}");
    }
}

#[test]
fn shares_of_a_year_sum_to_one() {
    for year in 2008..=2027 {
        let sum: f64 = (1..=12).map(|month| share(year, month)).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{year}");
    }
    assert_eq!(share(2014, 1), 7.0 / 20.0);
    assert_eq!(share(1999, 2), 0.0);
}

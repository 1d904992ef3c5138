use super::*;

struct Rosenbrock;

impl Smooth for Rosenbrock {
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        gradient[0] = -2.0 * a - 400.0 * x[0] * b;
        gradient[1] = 200.0 * b;
        a * a + 100.0 * b * b
    }
}

/// x − ln x, which exists only for positive x; the minimum is at 1.
struct HalfLine;

impl Smooth for HalfLine {
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = 1.0 - 1.0 / x[0];
        if x[0] > 0.0 { x[0] - x[0].ln() } else { f64::INFINITY }
    }
}

/// Unbounded below: the step limit must end the search.
struct Slope;

impl Smooth for Slope {
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = 1.0;
        x[0]
    }
}

#[test]
fn quasi_newton_follows_a_curved_valley() {
    let mut x = [-1.2, 1.0];
    let value = Bfgs::default().minimise(&mut Rosenbrock, &mut x, 1e-14);
    assert!(value < 1e-10, "{value}");
    assert!((x[0] - 1.0).abs() < 1e-4 && (x[1] - 1.0).abs() < 1e-4, "{x:?}");
}

#[test]
fn quasi_newton_backs_out_of_the_domain() {
    let mut x = [30.0];
    Bfgs::default().minimise(&mut HalfLine, &mut x, 1e-14);
    assert!((x[0] - 1.0).abs() < 1e-5, "{x:?}");
    assert_eq!(Bfgs::default().minimise(&mut HalfLine, &mut [-1.0], 1e-14), f64::INFINITY);
}

#[test]
fn a_bottomless_function_ends() {
    let mut x = [0.0];
    assert!(Bfgs::default().minimise(&mut Slope, &mut x, 1e-14) < 0.0);
}

#[test]
fn golden_section_finds_the_lower_of_two_minima_and_the_ends() {
    let two = |x: f64| (x * x - 1.0).powi(2) + 0.1 * x;
    let x = golden(two, -2.0, 2.0, 16);
    assert!((x + 1.0123).abs() < 1e-3, "{x}");
    assert_eq!(golden(|x| x, 0.1, 0.99, 24), 0.1);
    assert_eq!(golden(|x| -x, 0.1, 0.99, 24), 0.99);
}

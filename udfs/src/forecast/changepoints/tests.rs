use super::*;

fn noise(t: usize) -> f64 {
    ((t * 7919 + 13) * 104_729 % 1009) as f64 / 1009.0 - 0.5
}

fn starts(y: &[f64]) -> Vec<usize> {
    segments(y, 2, 1.0).iter().map(|segment| segment.start).collect()
}

#[test]
fn known_changes_are_found() {
    let level = |t: usize| {
        if t < 40 {
            0.0
        } else if t < 70 {
            4.0
        } else {
            2.0
        }
    };
    let y: Vec<f64> = (0..120).map(|t| level(t) + noise(t)).collect();
    let found = segments(&y, 2, 1.0);
    assert_eq!(found.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>(), [(0, 40), (40, 70), (70, 120)]);
    assert!((found[1].mean - 4.0).abs() < 0.1);
}

#[test]
fn noise_alone_has_none() {
    assert_eq!(starts(&(0..300).map(noise).collect::<Vec<_>>()), [0]);
}

/// Pruning must not lose the optimum: compared with all ways to divide a short series.
#[test]
fn the_division_is_the_cheapest() {
    for seed in 0..40 {
        let y: Vec<f64> = (0..11).map(|t| 3.0 * noise(t * 31 + seed * 97) + f64::from(u8::from(t > 5))).collect();
        let price = 2.0 * 11_f64.ln() * noise_variance(&y);
        let sums = Sums::new(&y);
        let total = |ends: &[usize]| {
            let starts = std::iter::once(&0).chain(ends);
            starts.zip(ends.iter().chain([&11])).map(|(s, e)| sums.cost(*s, *e) + price).sum::<f64>()
        };
        let mut least = f64::INFINITY;
        for chosen in 0_u32..1 << 10 {
            let ends: Vec<usize> = (1..11).filter(|place| chosen >> (place - 1) & 1 == 1).collect();
            least = least.min(total(&ends));
        }
        let found: Vec<usize> = segments(&y, 1, 1.0).iter().skip(1).map(|segment| segment.start).collect();
        assert!((total(&found) - least).abs() <= 1e-9 * least, "{seed}: {found:?}");
    }
}

#[test]
fn unit_and_zero_do_not_matter() {
    let y: Vec<f64> = (0..60).map(|t| noise(t) + if t > 30 { 3.0 } else { 0.0 }).collect();
    let moved: Vec<f64> = y.iter().map(|y| 1000.0 - 50.0 * y).collect();
    assert_eq!(starts(&y), starts(&moved));
}

#[test]
fn short_and_constant_series() {
    assert!(segments(&[], 2, 1.0).is_empty());
    assert_eq!(starts(&[5.0]), [0]);
    assert_eq!(starts(&[5.0; 30]), [0]);
    let step: Vec<f64> = (0..20).map(|t| f64::from(u8::from(t >= 10))).collect();
    assert_eq!(starts(&step), [0, 10]);
    assert_eq!(segments(&[1.0, 9.0, 1.0], 2, 1.0).len(), 1);
}

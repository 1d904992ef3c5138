use super::*;

fn moments(row: &Row) -> (f64, f64) {
    let of = |power: i32| -> f64 {
        row.changes.iter().zip(&row.probabilities).map(|(change, p)| p * f64::from(*change).powi(power)).sum()
    };
    (of(1), of(2))
}

#[test]
fn noise_is_unbiased_and_has_the_variance_asked_for() {
    for noise in [
        Noise::default(),
        Noise { most: 1, variance: 0.5, smallest: 0 },
        Noise { most: 2, variance: 1.0, smallest: 0 },
        Noise { most: 10, variance: 20.0, smallest: 4 },
        Noise { most: 100, variance: 400.0, smallest: 9 },
    ] {
        let table = Perturbation::new(noise).unwrap();
        for count in 1..=300 {
            let row = table.row(count).unwrap();
            let (mean, variance) = moments(row);
            assert!(mean.abs() < 1e-9, "{noise:?} {count}: {mean}");
            let sum: f64 = row.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-12 && row.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
            let least =
                if count <= u64::from(noise.smallest) { (noise.smallest + 1) as f64 - count as f64 } else { 0.0 }
                    * count as f64;
            let most = (count as f64).min(noise.most.into()) * f64::from(noise.most);
            let possible = noise.variance.clamp(least, most);
            // Results that are left out move the bounds of large counts a little further in.
            if count <= u64::from(noise.most) || count > u64::from(noise.most + noise.smallest) {
                assert!((variance - possible).abs() < 2e-3, "{noise:?} {count}: {variance} {possible}");
            }
            for change in &row.changes {
                let result = count as i64 + i64::from(*change);
                assert!(result == 0 || result > i64::from(noise.smallest));
            }
        }
    }
}

#[test]
fn the_entropy_is_the_largest() {
    // With three points the two moments leave no choice; with five the logarithms bend as d^2.
    let row = Perturbation::new(Noise { most: 1, variance: 0.5, smallest: 0 }).unwrap().row(9).unwrap().clone();
    for (p, truth) in row.probabilities.iter().zip([0.25, 0.5, 0.25]) {
        assert!((p - truth).abs() < 1e-9);
    }
    let row = Perturbation::new(Noise { most: 2, variance: 1.0, smallest: 0 }).unwrap().row(9).unwrap().clone();
    let logs: Vec<f64> = row.probabilities.iter().map(|p| p.ln()).collect();
    let [b, four] = [logs[1] - logs[2], logs[0] - logs[2]];
    assert!((four - 4.0 * b).abs() < 1e-6, "{logs:?}");
}

#[test]
fn draws_follow_the_distribution() {
    let table = Perturbation::new(Noise::default()).unwrap();
    for count in [1_u64, 2, 3, 7, 1000] {
        let keys = 20_000;
        // Evenly spread keys: what comes is the distribution itself.
        let draws: Vec<f64> =
            (0..keys).map(|at| table.perturb(count, at * (KEYS / keys)) as f64 - count as f64).collect();
        let mean = draws.iter().sum::<f64>() / keys as f64;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / keys as f64;
        assert!(mean.abs() < 0.01 && (variance - 3.0).abs() < 0.01, "{count}: {mean} {variance}");
    }
    assert!((0..1000).all(|key| table.perturb(0, key * 2_000_003) == 0));
    for key in [0, -1, i64::MIN, i64::MAX, KEYS] {
        assert!(table.perturb(u64::MAX, key) >= u64::MAX - 5);
        assert_eq!(table.perturb(50, key), table.perturb(50, key.rem_euclid(KEYS)));
    }
}

#[test]
fn impossible_noise_is_refused() {
    let noise = Noise::default();
    for wrong in [
        Noise { most: 0, ..noise },
        Noise { most: 101, ..noise },
        Noise { smallest: 5, ..noise },
        Noise { variance: 0.0, ..noise },
        Noise { variance: 25.0, ..noise },
        Noise { variance: f64::NAN, ..noise },
    ] {
        assert!(Perturbation::new(wrong).is_err(), "{wrong:?}");
    }
}

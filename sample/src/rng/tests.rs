use super::*;

#[test]
fn streams_are_fixed_and_apart() {
    let first = |domain, part| Rng::stream(7, domain, part, 0).next_u64();
    assert_eq!(first(Domain::Life, 3), first(Domain::Life, 3));
    assert_ne!(first(Domain::Life, 3), first(Domain::Life, 4));
    assert_ne!(first(Domain::Life, 3), first(Domain::Housing, 3));
}

#[test]
fn the_generator_is_xoshiro256_plus_plus() {
    // From state 1, 2, 3, 4 the first output is rotl(1 + 4, 23) + 1.
    let mut rng = Rng { state: [1, 2, 3, 4] };
    assert_eq!(rng.next_u64(), (5 << 23) + 1);
}

#[test]
fn distributions_have_their_moments_and_bounds() {
    let mut rng = Rng::stream(1, Domain::Life, 0, 0);
    let n = 100_000;
    let normals: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
    let mean = normals.iter().sum::<f64>() / f64::from(n);
    let variance = normals.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
    assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "mean {mean} variance {variance}");
    assert!((0..1000).all(|_| (-3..=5).contains(&rng.range(-3, 5))));
    assert_eq!(rng.range(5, 4), 5);
    assert_eq!(rng.below(0), 0);
    let hits = (0..n).filter(|_| rng.chance(0.02)).count();
    assert!((1800..2200).contains(&hits), "{hits}");
}

#[test]
fn weights_are_kept() {
    const TABLE: Weighted<char> = Weighted::new(&[('a', 3), ('b', 1)]);
    let mut rng = Rng::stream(1, Domain::Life, 0, 0);
    let a = (0..10_000).filter(|_| rng.weighted(&TABLE) == 'a').count();
    assert!((7300..7700).contains(&a), "{a}");
}

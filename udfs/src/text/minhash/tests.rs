use std::collections::HashSet;

use super::{Signer, bands, similarity};
use crate::text::ngrams::ngrams;
use crate::text::testing::Random;

fn sign(words: &[String], k: usize, seed: u64) -> Vec<u8> {
    Signer::new(k, seed).sign(words.iter().map(String::as_str)).unwrap().collect()
}

/// Two sets of `only` own words each and `shared` common ones.
fn sets(name: usize, shared: usize, only: usize) -> (Vec<String>, Vec<String>) {
    let words = |part: &str, n: usize| (0..n).map(|i| format!("{name}{part}{i}")).collect::<Vec<_>>();
    ([words("s", shared), words("a", only)].concat(), [words("s", shared), words("b", only)].concat())
}

#[test]
fn estimates_are_unbiased_and_as_sharp_as_independent_permutations() {
    const K: usize = 128;
    for (shared, only) in [(1, 1), (5, 5), (20, 5), (3, 30), (60, 20), (300, 300)] {
        let exact = shared as f64 / (shared + 2 * only) as f64;
        let variance = exact * (1.0 - exact) / K as f64;
        let pairs = 400;
        let errors = (0..pairs).map(|name| {
            let (a, b) = sets(name, shared, only);
            similarity(&sign(&a, K, 0), &sign(&b, K, 0)).unwrap() - exact
        });
        let errors: Vec<f64> = errors.collect();
        let mean = errors.iter().sum::<f64>() / pairs as f64;
        let spread = errors.iter().map(|error| error * error).sum::<f64>() / pairs as f64;
        // Four standard errors of a mean; the variance of 400 draws lies within 30 % at four.
        assert!(mean.abs() < 4.0 * (variance / pairs as f64).sqrt(), "{exact}: bias {mean}");
        assert!((spread / variance - 1.0).abs() < 0.3, "{exact}: variance {spread} of {variance}");
    }
}

#[test]
fn bands_meet_as_often_as_theory_says() {
    for (k, count, shared, only) in [(128, 32, 10, 5), (128, 16, 40, 8), (120, 60, 5, 15), (128, 64, 2, 3)] {
        let exact = shared as f64 / (shared + 2 * only) as f64;
        let expected = exact.powi((k / count) as i32);
        let pairs = 300;
        let met: usize = (0..pairs)
            .map(|name| {
                let (a, b) = sets(name, shared, only);
                let (a, b) = (sign(&a, k, 0), sign(&b, k, 0));
                bands(&a, count).unwrap().zip(bands(&b, count).unwrap()).filter(|(a, b)| a == b).count()
            })
            .sum();
        let share = met as f64 / (pairs * count) as f64;
        // Bands of one pair are nearly independent.
        let error = (expected * (1.0 - expected) / (pairs * count) as f64).sqrt();
        assert!((share - expected).abs() < 5.0 * error, "{share} of {expected} ± {error}");
    }
}

#[test]
fn real_titles() {
    let parts =
        ["年产", "五万吨", "锂电池", "正极材料", "生产线", "建设", "项目", "一期", "智能", "装备", "研发", "基地"];
    let mut random = Random(5);
    let mut worst = 0.0_f64;
    for _ in 0..300 {
        let title = |random: &mut Random| (0..8).map(|_| *random.pick(&parts)).collect::<String>();
        let (a, b) = (title(&mut random), title(&mut random));
        let (a, b): (Vec<String>, Vec<String>) =
            (ngrams(&a, 2).map(str::to_owned).collect(), ngrams(&b, 2).map(str::to_owned).collect());
        let set = |words: &[String]| words.iter().cloned().collect::<HashSet<_>>();
        let exact = set(&a).intersection(&set(&b)).count() as f64 / set(&a).union(&set(&b)).count() as f64;
        let found = similarity(&sign(&a, 256, 7), &sign(&b, 256, 7)).unwrap();
        worst = worst.max((found - exact).abs());
    }
    assert!(worst < 4.0 * (0.25_f64 / 256.0).sqrt(), "{worst}");
}

#[test]
fn order_and_repetition_do_not_matter_but_seed_and_length_do() {
    let words: Vec<String> = ["甲", "乙", "丙", "乙"].map(str::to_owned).to_vec();
    let other: Vec<String> = ["丙", "乙", "甲"].map(str::to_owned).to_vec();
    assert_eq!(sign(&words, 20, 3), sign(&other, 20, 3));
    assert_ne!(sign(&words, 20, 3), sign(&words, 20, 4));
    // A shorter signature begins a longer one.
    assert_eq!(sign(&words, 20, 3), sign(&words, 37, 3)[..80]);
    assert_eq!(sign(&words, 1, 0).len(), 4);
    assert!(Signer::new(8, 0).sign([]).is_none());
}

/// Stored signatures stay comparable: these bytes may not change.
#[test]
fn signatures_are_fixed() {
    let words: Vec<String> = ["光伏", "电池"].map(str::to_owned).to_vec();
    let numbers: Vec<i32> = sign(&words, 4, 0).as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect();
    // By the definition, from XXH64 of the two words.
    let expected = |i: u32| {
        let value = |word: &String| {
            let x = twox_hash::XxHash64::oneshot(0, word.as_bytes());
            let (low, high, third) = (x as u32, (x >> 32) as u32, super::finalize(x) as u32);
            low.wrapping_add(i.wrapping_mul(high)).wrapping_add(i.wrapping_mul(i).wrapping_mul(third)) as i32
        };
        words.iter().map(value).min().unwrap()
    };
    assert_eq!(numbers, [expected(0), expected(1), expected(2), expected(3)]);
    let long = sign(&words, 1000, 0);
    let last = i32::from_le_bytes(long[3996..].try_into().unwrap());
    assert_eq!(last, expected(999));
}

#[test]
fn what_is_no_signature_has_no_answer() {
    assert_eq!(similarity(&[1, 2, 3, 4], &[1, 2, 3, 4, 5, 6, 7, 8]), None);
    assert_eq!(similarity(&[], &[]), None);
    assert_eq!(similarity(&[1, 2, 3], &[1, 2, 3]), None);
    assert!(bands(&[0; 16], 3).is_none() && bands(&[0; 16], 0).is_none() && bands(&[0; 16], 8).is_none());
    assert!(bands(&[], 1).is_none());
    let two: Vec<i64> = bands(&[7; 16], 2).unwrap().collect();
    assert!(two.len() == 2 && two[0] != two[1], "equal parts at different places do not meet");
}

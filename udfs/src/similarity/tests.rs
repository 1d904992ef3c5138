use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::edits::{Edits, distance, within};
use super::{Scratch, jaccard, jaro, lcs, moments, numbers};

/// What duckdb 2.0.0 (PyPI) answers for `jaro_similarity`, `jaro_winkler_similarity`, `levenshtein`, `damerau_levenshtein` and `jaccard` of
/// two texts; 0 for `jaccard` of an empty text, which it refuses. Taken from 400 generated pairs, of which all agreed.
const DUCKDB: [(&str, &str, f64, f64, usize, usize, f64); 15] = [
    ("jonathan", "dixon", 0.5499999999999999, 0.5499999999999999, 7, 7, 0.2222222222222222),
    ("marhta", "a", 0.7222222222222223, 0.7222222222222223, 5, 5, 0.2),
    ("dwayne", "obrien", 0.38888888888888884, 0.38888888888888884, 6, 5, 0.2),
    ("", "dwayne", 0.0, 0.0, 6, 6, 0.0),
    ("obrien", "dwayne", 0.38888888888888884, 0.38888888888888884, 6, 5, 0.2),
    ("cbabebfgbdgfegbahdfh", "bcabebfbgdgfegbahdfh", 0.9666666666666667, 0.9666666666666667, 4, 2, 1.0),
    ("jixsrvkcgscs", "jixsrkvcgscs", 0.9722222222222222, 0.9833333333333333, 2, 1, 1.0),
    (
        "bfchhceeahcggebbedddhdhaggfggbdfgeaehabh",
        "bfchhceeachggebbedddhdhaggfggbdfgedehabh",
        0.9662393162393162,
        0.9797435897435898,
        3,
        2,
        1.0,
    ),
    ("jonathan", "jonathon", 0.9166666666666666, 0.95, 1, 1, 1.0),
    ("aabb", "agbb", 0.8333333333333334, 0.8500000000000001, 1, 1, 0.6666666666666666),
    ("eefeedhdcddc", "egfeedhdcddc", 0.914141414141414, 0.9227272727272726, 1, 1, 0.8333333333333334),
    ("aabaaababb", "aaabaaabadbb", 0.8777777777777779, 0.9022222222222223, 2, 2, 0.6666666666666666),
    ("dwayne", "dwayne", 1.0, 1.0, 0, 0, 1.0),
    ("abcvwxyz", "cabvwxyz", 0.9583333333333334, 0.9583333333333334, 2, 2, 1.0),
    (
        "o'brien",
        "the quick brown fox jumped over the lazy dog and ran away from the wolf",
        0.5361055220210149,
        0.5361055220210149,
        67,
        67,
        0.2222222222222222,
    ),
];

#[test]
fn measures_agree_with_duckdb() {
    let mut scratch = Scratch::default();
    for (left, right, of_jaro, of_winkler, of_levenshtein, of_damerau, of_jaccard) in DUCKDB {
        let close = |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-12, "{left} {right}: {ours} {theirs}");
        close(jaro::jaro(left, right, &mut scratch), of_jaro);
        close(jaro::jaro_winkler(left, right, &mut scratch), of_winkler);
        close(jaccard::of_characters(left, right, 1, &mut scratch), of_jaccard);
        assert_eq!(distance(Edits::Levenshtein, left, right, &mut scratch), Ok(of_levenshtein), "{left} {right}");
        assert_eq!(distance(Edits::Damerau, left, right, &mut scratch), Ok(of_damerau), "{left} {right}");
    }
}

/// All pairs of a file of such rows, separated by tabs: a check beyond the rows above, for who has duckdb.
#[test]
fn measures_agree_with_a_file_of_duckdb() {
    let Ok(path) = std::env::var("HUITONG_SIMILARITY_PAIRS") else {
        return println!("skipped: HUITONG_SIMILARITY_PAIRS names no file");
    };
    let (text, mut scratch, mut rows) = (std::fs::read_to_string(path).unwrap(), Scratch::default(), 0);
    for line in text.lines() {
        let [left, right, rest @ ..] = line.split('\t').collect::<Vec<_>>().try_into().unwrap_or([""; 7]);
        let wanted = rest.map(|number| number.parse::<f64>().unwrap());
        let ours = [
            jaro::jaro(left, right, &mut scratch),
            jaro::jaro_winkler(left, right, &mut scratch),
            distance(Edits::Levenshtein, left, right, &mut scratch).unwrap() as f64,
            distance(Edits::Damerau, left, right, &mut scratch).unwrap() as f64,
            jaccard::of_characters(left, right, 1, &mut scratch),
        ];
        assert!(ours.iter().zip(wanted).all(|(ours, wanted)| (ours - wanted).abs() < 1e-12), "{line}: {ours:?}");
        rows += 1;
    }
    assert!(rows > 300);
}

/// Texts over a few characters, so that they have much in common; the last alphabets are not ASCII.
fn some_texts() -> Vec<String> {
    let alphabets = ["ab", "abcdefgh", "王小明名", "a王🙂é"];
    let mut state = 88172645463325252_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let mut text = |at: usize| {
        let characters: Vec<char> = alphabets[at % alphabets.len()].chars().collect();
        let length = if at.is_multiple_of(9) { 60 + next(20) } else { next(9) };
        (0..length).map(|_| characters[next(characters.len())]).collect()
    };
    (0..120).map(&mut text).collect()
}

#[test]
fn edit_distances_are_those_of_strsim_and_bounded_ones_are_cut() {
    let (texts, mut scratch) = (some_texts(), Scratch::default());
    for pair in texts.windows(5) {
        let (left, right) = (pair[0].as_str(), pair[4].as_str());
        for edits in [Edits::Levenshtein, Edits::Damerau] {
            let wanted = match edits {
                Edits::Levenshtein => strsim::levenshtein(left, right),
                Edits::Damerau => strsim::damerau_levenshtein(left, right),
            };
            assert_eq!(distance(edits, left, right, &mut scratch), Ok(wanted), "{left} {right}");
            assert_eq!(distance(edits, right, left, &mut scratch), Ok(wanted), "{right} {left}");
            for most in 0..12 {
                let found = within(edits, left, right, most, &mut scratch);
                assert_eq!(found, wanted.min(most + 1), "{edits:?} {left} {right} within {most}");
            }
        }
    }
    assert_eq!(within(Edits::Levenshtein, "a", "b", usize::MAX, &mut scratch), 1);
}

#[test]
fn long_texts_are_compared_as_short_ones_are() {
    let (texts, mut scratch) = (some_texts(), Scratch::default());
    let text = |at: usize, times: usize| texts[at].repeat(times);
    for at in (0..100).step_by(9) {
        let (left, right) = (text(at, 1), text(at + 9, 1));
        let wanted = strsim::jaro(&left, &right);
        let found = jaro::jaro(&left, &right, &mut scratch);
        // Half transpositions are rounded down in both.
        assert!((found - wanted).abs() < 1e-12, "{left} {right}: {found} {wanted}");
        assert_eq!(found.to_bits(), jaro::jaro(&right, &left, &mut scratch).to_bits());
    }
}

#[test]
fn all_measures_are_symmetric_and_within_range() {
    let (texts, mut scratch) = (some_texts(), Scratch::default());
    for pair in texts.windows(5) {
        let (left, right) = (pair[0].as_str(), pair[4].as_str());
        let mut all = |left: &str, right: &str| {
            [
                jaro::jaro(left, right, &mut scratch),
                jaro::jaro_winkler(left, right, &mut scratch),
                jaccard::of_characters(left, right, 2, &mut scratch),
                lcs::lcs_ratio(left, right, &mut scratch).unwrap(),
            ]
        };
        let (one, other) = (all(left, right), all(right, left));
        assert_eq!(one.map(f64::to_bits), other.map(f64::to_bits), "{left} {right}");
        assert!(one.iter().all(|score| (0.0..=1.0).contains(score)), "{left} {right}: {one:?}");
        assert!(left.is_empty() || all(left, left)[..2] == [1.0, 1.0]);
    }
}

/// The table of the textbook.
fn slow_lcs(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above = vec![0; right.len() + 1];
    for character in left.chars() {
        let mut row = vec![0; right.len() + 1];
        for (at, other) in right.iter().enumerate() {
            row[at + 1] = if character == *other { above[at] + 1 } else { above[at + 1].max(row[at]) };
        }
        above = row;
    }
    above[right.len()]
}

#[test]
fn lcs_is_that_of_the_table() {
    let (texts, mut scratch) = (some_texts(), Scratch::default());
    for pair in texts.windows(10) {
        let (left, right) = (pair[0].as_str(), pair[9].as_str());
        let both = left.chars().count() + right.chars().count();
        let wanted = if both == 0 { 0.0 } else { 2.0 * slow_lcs(left, right) as f64 / both as f64 };
        assert_eq!(lcs::lcs_ratio(left, right, &mut scratch), Ok(wanted), "{left} {right}");
    }
}

#[test]
fn a_million_characters_end_soon() {
    let started = Instant::now();
    let mut scratch = Scratch::default();
    let (left, right) = ("abcdefghij".repeat(100_000), "jihgfedcba".repeat(100_000));
    let chinese = "王小明".repeat(300_000);
    assert!(jaro::jaro_winkler(&left, &right, &mut scratch) > 0.5);
    assert_eq!(jaro::jaro(&chinese, &chinese, &mut scratch), 1.0);
    assert_eq!(within(Edits::Damerau, &left, &right, 5, &mut scratch), 6);
    assert_eq!(within(Edits::Damerau, &left, &format!("x{left}"), 5, &mut scratch), 1);
    assert_eq!(distance(Edits::Damerau, &left, &left[3..], &mut scratch), Ok(3));
    assert!(distance(Edits::Damerau, &left, &right, &mut scratch).is_err());
    assert!(lcs::lcs_ratio(&left, &right, &mut scratch).is_err());
    assert_eq!(lcs::lcs_ratio(&left, &left, &mut scratch), Ok(1.0));
    assert_eq!(jaccard::of_characters(&left, &right, 1, &mut scratch), 1.0);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn days_months_and_numbers() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let months = |one: &str, other: &str| moments::months(day(one), day(other));
    assert_eq!(months("2024-01-31", "2024-02-29"), 1);
    assert_eq!(months("2024-01-31", "2024-03-01"), 2);
    assert_eq!(months("2024-01-01", "2024-01-02"), 1);
    assert_eq!(months("2024-05-05", "2024-05-05"), 0);
    assert_eq!(months("2024-05-05", "2023-05-05"), 12);
    assert_eq!(months("2023-05-05", "2024-05-06"), 13);
    assert_eq!(moments::months(NaiveDate::MIN, NaiveDate::MAX), moments::months(NaiveDate::MAX, NaiveDate::MIN));
    assert_eq!(moments::days(day("2024-03-01"), day("2024-02-28")), 2);
    assert_eq!(numbers::relative_difference(90.0, 100.0), 0.1);
    assert_eq!(numbers::relative_difference(0.0, 0.0), 0.0);
    assert_eq!(numbers::relative_difference(-1.0, 1.0), 2.0);
    assert_eq!(numbers::relative_difference(f64::MAX, -f64::MAX), 2.0);
    assert_eq!(numbers::relative_difference(f64::INFINITY, f64::INFINITY), 0.0);
    assert!(numbers::relative_difference(f64::NAN, 1.0).is_nan());
    assert!(numbers::relative_difference(f64::INFINITY, 1.0).is_nan());
}

use twox_hash::XxHash64;

use super::{Bag, Counter, Frequencies, bm25, cosine};
use crate::text::testing::Random;

const TEXTS: [&[&str]; 4] = [&["锂", "电池", "生产"], &["锂", "电池", "锂"], &["光伏", "生产"], &[]];

fn counted<'a>(texts: impl IntoIterator<Item = &'a [&'a str]>) -> Vec<u8> {
    let mut counter = Counter::default();
    texts.into_iter().for_each(|text| counter.add(text.iter().copied()));
    counter.to_bytes()
}

fn bag(words: &[&str]) -> Bag {
    let mut bag = Bag::default();
    bag.fill(words.iter().copied());
    bag
}

fn hash(word: &str) -> u64 {
    XxHash64::oneshot(0, word.as_bytes())
}

#[test]
fn words_count_once_in_a_text() {
    let bytes = counted(TEXTS);
    let counts = Frequencies::read(&bytes).unwrap();
    assert_eq!((counts.texts, counts.words), (4, 8));
    assert_eq!(["锂", "电池", "光伏", "风"].map(|word| counts.texts_with(hash(word))), [2, 2, 1, 0]);
    assert!((counts.idf(hash("锂")) - ((5.0_f64 / 3.0).ln() + 1.0)).abs() < 1e-15);
    assert!((counts.idf(hash("风")) - (5.0_f64.ln() + 1.0)).abs() < 1e-15);
}

#[test]
fn parts_in_any_order_make_the_same_bytes() {
    let whole = counted(TEXTS);
    let (first, second) = (counted([TEXTS[3], TEXTS[1]]), counted([TEXTS[2], TEXTS[0]]));
    for parts in [[&first, &second], [&second, &first]] {
        let mut merged = Counter::default();
        parts.iter().for_each(|part| merged.merge(&Frequencies::read(part).unwrap()));
        assert_eq!(merged.to_bytes(), whole);
    }
    assert_eq!(Frequencies::read(&Counter::default().to_bytes()).unwrap().texts, 0);
}

#[test]
fn other_bytes_are_not_read() {
    let bytes = counted(TEXTS);
    for wrong in [&[][..], &bytes[..23], &bytes[..bytes.len() - 1], &[b'x'; 48]] {
        assert!(Frequencies::read(wrong).is_none());
    }
}

#[test]
fn cosines_by_hand() {
    let bytes = counted(TEXTS);
    let counts = Frequencies::read(&bytes).unwrap();
    let (a, b) = (bag(&["锂", "电池"]), bag(&["电池", "光伏", "光伏"]));
    let (common, rare) = (counts.idf(hash("电池")), counts.idf(hash("光伏")));
    let expected = common * common / ((2.0 * common * common).sqrt() * (common * common + 4.0 * rare * rare).sqrt());
    assert!((cosine(&a, &b, &counts) - expected).abs() < 1e-15);
    assert!((cosine(&a, &a, &counts) - 1.0).abs() < 1e-12);
    assert_eq!(cosine(&a, &bag(&[]), &counts), 0.0);
    assert_eq!(cosine(&bag(&["风"]), &bag(&["水"]), &counts), 0.0);
}

#[test]
fn scores_of_a_query_by_hand() {
    let bytes = counted(TEXTS);
    let counts = Frequencies::read(&bytes).unwrap();
    let text = bag(&["锂", "电池", "锂"]);
    // Four texts of 2 words in the mean; `锂` is in two of them.
    let weight = (1.0_f64 + 2.5 / 2.5).ln();
    let expected = weight * 2.0 * 2.2 / (2.0 + 1.2 * (0.25 + 0.75 * 3.0 / 2.0));
    assert!((bm25(&bag(&["锂", "风"]), &text, &counts) - expected).abs() < 1e-15);
    assert!((bm25(&bag(&["锂", "锂"]), &text, &counts) - 2.0 * expected).abs() < 1e-15);
    assert_eq!(bm25(&bag(&["风"]), &text, &counts), 0.0);
    assert_eq!(bm25(&bag(&[]), &bag(&[]), &Frequencies::read(&counted([])).unwrap()), 0.0);
}

#[test]
fn cosines_are_the_same_both_ways_and_between_0_and_1() {
    let words = ["锂", "电池", "光伏", "生产", "风", "a", "", "😀"];
    let bytes = counted(TEXTS);
    let counts = Frequencies::read(&bytes).unwrap();
    let mut random = Random(3);
    for _ in 0..2000 {
        let mut draw = || (0..random.below(9)).map(|_| *random.pick(&words)).collect::<Vec<_>>();
        let (a, b) = (bag(&draw()), bag(&draw()));
        let found = cosine(&a, &b, &counts);
        assert!((0.0..=1.0).contains(&found));
        assert_eq!(found.to_bits(), cosine(&b, &a, &counts).to_bits());
        assert!(bm25(&a, &b, &counts) >= 0.0);
    }
}

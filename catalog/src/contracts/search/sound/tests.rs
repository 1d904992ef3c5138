use super::*;
use crate::contracts::tests::Dice;

fn find(text: &str, typed: &str) -> Option<(By, Place)> {
    let mut alphabet = Alphabet::default();
    let spoken = alphabet.read(text)?;
    alphabet.find(&spoken, &Typed::read(typed)?)
}

#[test]
fn names_are_found_by_what_they_sound_like() {
    use By::{Initials, Pinyin};
    use Place::{Inside, Start, Whole};
    for (text, typed, expected) in [
        ("人口", "rk", Some((Initials, Whole))),
        ("人口", "renkou", Some((Pinyin, Whole))),
        ("人口", "ren", Some((Pinyin, Start))),
        ("人口", "renk", Some((Pinyin, Start))),
        ("人口", "kou", Some((Pinyin, Inside))),
        ("人口", "enkou", None),
        ("人口", "renkouu", None),
        ("人口", "r", None),
        ("户籍人口", "rk", Some((Initials, Inside))),
        // Every reading.
        ("重庆", "cq", Some((Initials, Whole))),
        ("重庆", "zhongqing", Some((Pinyin, Whole))),
        ("银行", "yinhang", Some((Pinyin, Whole))),
        ("银行", "yinxing", Some((Pinyin, Whole))),
        // `xian` is one syllable or two.
        ("西安", "xian", Some((Pinyin, Whole))),
        ("西安", "xi'an", Some((Pinyin, Whole))),
        ("先", "xian", Some((Pinyin, Whole))),
        ("绿化", "lvhua", Some((Pinyin, Whole))),
        ("绿化", "lüh", Some((Pinyin, Start))),
        // Signs are not typed; digits and letters stand for themselves.
        ("统一社会(信用)代码", "tyshxydm", Some((Initials, Whole))),
        ("2024年规划", "2024nian", Some((Pinyin, Start))),
        ("gdp总量", "gdpzl", Some((Initials, Whole))),
        ("2024年规划", "2024", None),
        ("人口", "人口", None),
        ("population", "po", None),
    ] {
        assert_eq!(find(text, typed), expected, "{text} by {typed}");
    }
}

/// The longest word that is allowed, of letters that can be cut in many ways.
#[test]
fn a_word_of_every_length_is_followed_to_its_end() {
    let most = crate::contracts::TYPED_CHARS_MAX;
    for length in [2, most - 1, most] {
        assert_eq!(
            find(&"啊".repeat(most), &"a".repeat(length)),
            Some((By::Initials, if length == most { Place::Whole } else { Place::Start }))
        );
        let spelled = "an".repeat(length / 2);
        let expected = if length / 2 == most { Place::Whole } else { Place::Start };
        assert_eq!(find(&"安".repeat(most), &spelled), Some((By::Pinyin, expected)), "{length}");
        assert_eq!(find(&"安".repeat(most), &format!("{}x", &spelled[..spelled.len() - 1])), None);
    }
}

/// One way of cutting after the other, as one would explain it.
fn cut(readings: &[Vec<String>], typed: &str) -> bool {
    let Some((first, rest)) = readings.split_first() else { return false };
    first.iter().any(|reading| {
        reading.starts_with(typed) || typed.strip_prefix(reading.as_str()).is_some_and(|typed| cut(rest, typed))
    })
}

#[test]
fn all_ways_of_cutting_are_followed() {
    let mut dice = Dice(11);
    let characters: Vec<char> = "西安先啊安案嗯行重庆银长单参调数校绿人口和".chars().collect();
    let mut fitting = 0;
    for round in 0..20_000 {
        let text: String = (0..1 + dice.below(5)).map(|_| characters[dice.below(characters.len())]).collect();
        let mut alphabet = Alphabet::default();
        let spoken = alphabet.read(&text).unwrap();
        let readings: Vec<_> = spoken.0.iter().map(|at| alphabet.letter_at(*at).readings.clone()).collect();
        // Syllables of the text, one wrong letter now and then, the end cut off.
        let mut typed: String = readings.iter().map(|of| of[dice.below(of.len())].as_str()).collect();
        typed.truncate(2 + dice.below(typed.len()));
        if round % 3 == 0 {
            typed.push(['a', 'n', 'x'][dice.below(3)]);
        }
        let Some(read) = Typed::read(&typed) else { continue };
        let expected = (0..readings.len()).any(|start| cut(&readings[start..], &typed));
        assert_eq!(alphabet.find_spelled(&spoken, &read).is_some(), expected, "{text} by {typed}");
        fitting += u32::from(expected);
    }
    assert!((5_000..19_000).contains(&fitting), "{fitting}");
}

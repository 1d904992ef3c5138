//! How Chinese texts are read: syllables of Hanyu Pinyin without tones, `v` for `ü`.
//!
//! A character has the reading that the table of the crate `pinyin` puts first, or the one of [`CHARACTERS`]; what stands beside it
//! only matters in the words of [`WORDS`], a short list of places and of words in names of firms. The list is partial by nature.

use ::pinyin::ToPinyin;

use super::simplify::simplify;
use super::{is_han, is_private};

/// Readings that are commoner in names and addresses than those that come first.
const CHARACTERS: [(char, &str); 6] =
    [('卜', "bu"), ('厦', "xia"), ('晟', "sheng"), ('都', "du"), ('长', "chang"), ('阚', "kan")];

/// Words in which characters are read otherwise, in simplified characters.
const WORDS: [(&str, &str); 34] = [
    ("重庆", "chong qing"),
    ("银行", "yin hang"),
    ("商行", "shang hang"),
    ("分行", "fen hang"),
    ("支行", "zhi hang"),
    ("行业", "hang ye"),
    ("六安", "lu an"),
    ("番禺", "pan yu"),
    ("台州", "tai zhou"),
    ("丽水", "li shui"),
    ("乐清", "yue qing"),
    ("东阿", "dong e"),
    ("莘县", "shen xian"),
    ("蔚县", "yu xian"),
    ("洪洞", "hong tong"),
    ("铅山", "yan shan"),
    ("大埔", "da bu"),
    ("黄陂", "huang pi"),
    ("单县", "shan xian"),
    ("任丘", "ren qiu"),
    ("尉犁", "yu li"),
    ("涡阳", "guo yang"),
    ("解州", "xie zhou"),
    ("浚县", "xun xian"),
    ("朝阳", "chao yang"),
    ("西藏", "xi zang"),
    ("会计", "kuai ji"),
    ("音乐", "yin yue"),
    ("市长", "shi zhang"),
    ("县长", "xian zhang"),
    ("校长", "xiao zhang"),
    ("重阳", "chong yang"),
    ("曾都", "zeng du"),
    ("大夫", "dai fu"),
];

/// Appends the syllables of a text, separated by blanks. Other letters and digits stay as small words, signs are left out, Chinese
/// characters without a reading and private ones stay as they are.
pub fn pinyin(text: &str, out: &mut String) {
    let mut simple = String::with_capacity(text.len());
    simplify(text, &mut simple);
    let begin = out.len();
    let mut rest = simple.as_str();
    let mut in_word = false;
    while let Some(c) = rest.chars().next() {
        let c = half_width(c);
        let is_character = is_han(c) || is_private(c);
        if is_character || (c.is_alphanumeric() && !in_word) {
            separate(out, begin);
        }
        in_word = c.is_alphanumeric() && !is_character;
        let mut read = 1;
        if let Some((word, syllables)) = is_character.then(|| word_at(rest)).flatten() {
            out.push_str(syllables);
            read = word.chars().count();
        } else if is_character {
            push_reading(c, out);
        } else if in_word {
            out.extend(c.to_lowercase());
        }
        rest = rest.char_indices().nth(read).map_or("", |(at, _)| &rest[at..]);
    }
}

/// Appends the reading of one character, whatever is beside it; itself if it has none.
pub fn push_reading(c: char, out: &mut String) {
    let known = CHARACTERS.iter().find(|(own, _)| *own == c).map(|(_, reading)| *reading);
    match known.or_else(|| c.to_pinyin().map(::pinyin::Pinyin::plain)) {
        Some(reading) => out.extend(reading.chars().map(keyed)),
        None => out.push(c),
    }
}

fn word_at(text: &str) -> Option<(&'static str, &'static str)> {
    WORDS.into_iter().find(|(word, _)| text.starts_with(word))
}

fn separate(out: &mut String, begin: usize) {
    if out.len() > begin {
        out.push(' ');
    }
}

/// As it is typed: keyboards have neither `ü` nor `ê`.
fn keyed(c: char) -> char {
    match c {
        'ü' => 'v',
        'ê' => 'e',
        other => other,
    }
}

fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

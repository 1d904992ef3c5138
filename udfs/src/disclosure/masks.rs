//! Masks of single values, as plain functions.

use aws_lc_rs::hmac;
use chrono::{Datelike, NaiveDate};

/// What stands for a character that is hidden.
const HIDDEN: char = '*';
/// What stands for a digit of a division code that is hidden, as codes of the upper levels are written (GB/T 2260).
const NO_DIVISION: char = '0';

/// The first and the last so many characters stay, each other one is a star; all are, where none would be.
pub fn keep(text: &str, first: usize, last: usize, out: &mut String) {
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    let (first, last) = if first.saturating_add(last) >= length { (0, 0) } else { (first, last) };
    let (head, tail) = (byte_of(text, first), byte_of(text, length - last));
    out.push_str(&text[..head]);
    out.extend(std::iter::repeat_n(HIDDEN, length - first - last));
    out.push_str(&text[tail..]);
}

/// The first so many digits of a division code stay, the others become zeros.
pub fn region(text: &str, digits: usize, out: &mut String) {
    let length = text.chars().count();
    let kept = byte_of(text, digits.min(length));
    out.push_str(&text[..kept]);
    out.extend(std::iter::repeat_n(NO_DIVISION, length.saturating_sub(digits)));
}

/// Where the character of that number begins.
fn byte_of(text: &str, character: usize) -> usize {
    if text.is_ascii() {
        return character.min(text.len());
    }
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}

/// The first day of the month.
pub fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the band of so many years that the day lies in; bands begin with the year 0.
pub fn years(day: NaiveDate, width: i32) -> NaiveDate {
    let first = day.year().div_euclid(width.max(1)) * width.max(1);
    // A band that begins before there are dates begins with the first of them.
    NaiveDate::from_ymd_opt(first, 1, 1).unwrap_or(NaiveDate::MIN)
}

/// A pseudonym: HMAC-SHA-256 of the text under a key, in hexadecimal (RFC 2104). Without the key, nobody finds the text by trying all
/// that there are.
pub fn pseudonym(text: &str, key: &hmac::Key, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in hmac::sign(key, text.as_bytes()).as_ref() {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mask: impl Fn(&str, &mut String), text: &str) -> String {
        let mut out = String::new();
        mask(text, &mut out);
        out
    }

    #[test]
    fn ends_stay_and_the_rest_is_hidden() {
        let kept = |first, last, given: &str| text(|given, out| keep(given, first, last, out), given);
        assert_eq!(kept(6, 0, "11010519491231002X"), "110105************");
        assert_eq!(kept(3, 4, "13812345678"), "138****5678");
        assert_eq!(kept(1, 0, "王小芳"), "王**");
        assert_eq!(kept(1, 1, "欧阳𠮷子"), "欧**子");
        for short in ["", "王", "ab", "13812"] {
            assert_eq!(kept(3, 4, short), "*".repeat(short.chars().count()), "{short}: none would be hidden");
        }
        assert_eq!(kept(usize::MAX, usize::MAX, "abc"), "***");
        assert_eq!(kept(0, 0, "abc"), "***");
    }

    #[test]
    fn divisions_become_those_above_them() {
        let above = |digits, given: &str| text(|given, out| region(given, digits, out), given);
        assert_eq!(above(4, "330106"), "330100");
        assert_eq!(above(2, "330106001"), "330000000");
        assert_eq!(above(6, "330106"), "330106");
        assert_eq!(above(9, "33"), "33");
        assert_eq!(above(1, "杭州"), "杭0");
    }

    #[test]
    fn days_become_the_first_of_a_time() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(month(day(1999, 12, 31)), day(1999, 12, 1));
        assert_eq!(years(day(1999, 12, 31), 1), day(1999, 1, 1));
        assert_eq!(years(day(1999, 12, 31), 5), day(1995, 1, 1));
        assert_eq!(years(day(2000, 1, 1), 10), day(2000, 1, 1));
        assert_eq!(years(day(-1, 6, 1), 10), day(-10, 1, 1));
        assert_eq!(years(NaiveDate::MIN, 100), NaiveDate::MIN);
        assert_eq!(years(NaiveDate::MAX, i32::MAX).year(), 0);
    }

    /// RFC 4231, test case 2.
    #[test]
    fn a_pseudonym_is_a_keyed_hash() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let told = text(|given, out| pseudonym(given, &key, out), "what do ya want for nothing?");
        assert_eq!(told, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}

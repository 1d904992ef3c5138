//! Numbers: floating ones in PostgreSQL's text, exact ones in its binary form.

use std::fmt::{LowerExp, Write as _};

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The shortest text that means the number; with an exponent from `digits_max` digits on (15 for float8, 6 for float4).
pub fn float(out: &mut BytesMut, value: f64, shortest: &impl LowerExp, digits_max: i32) {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
        return;
    }
    if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"Infinity" } else { b"-Infinity" });
        return;
    }
    let text = format!("{shortest:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits_max).contains(&exponent) {
        plain(out, mantissa, exponent);
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{mantissa}e{sign}{:02}", exponent.abs()).ok();
    }
}

/// `1.25`, 3 is `1250`.
fn plain(out: &mut BytesMut, mantissa: &str, exponent: i32) {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    out.extend_from_slice(sign.as_bytes());
    let Ok(point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        write!(out, "0.{zeros}{digits}").ok();
        return;
    };
    match digits.len() {
        _ if point == 0 => write!(out, "0.{digits}"),
        length if length <= point => write!(out, "{digits}{}", "0".repeat(point - length)),
        _ => write!(out, "{}.{}", &digits[..point], &digits[point..]),
    }
    .ok();
}

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;

/// The binary form of a number that is written as `-123.45`: groups of four digits, with the weight of the first.
pub fn numeric(out: &mut BytesMut, text: &str) {
    let (sign, text) = text.strip_prefix('-').map_or((0, text), |rest| (NEGATIVE, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{}{whole}", "0".repeat((4 - whole.len() % 4) % 4));
    let padding = "0".repeat((4 - fraction.len() % 4) % 4);
    let all = format!("{padded}{fraction}{padding}");
    let groups: Vec<u16> = all
        .as_bytes()
        .chunks(4)
        .map(|group| group.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit.saturating_sub(b'0'))))
        .collect();
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let used = groups.len() - groups.iter().rev().take_while(|group| **group == 0).count();
    let groups = groups.get(leading..used).unwrap_or_default();
    let weight = if groups.is_empty() { 0 } else { (padded.len() / 4) as i16 - 1 - leading as i16 };
    out.put_u16(groups.len() as u16);
    out.put_i16(weight);
    out.put_u16(if groups.is_empty() { 0 } else { sign });
    out.put_u16(fraction.len() as u16);
    groups.iter().for_each(|group| out.put_u16(*group));
}

/// Reads the binary form; none if it is not one, or is no number.
pub fn read_numeric(mut bytes: Bytes) -> Option<String> {
    let count = usize::from(bytes.try_get_u16().ok()?);
    let weight = i32::from(bytes.try_get_i16().ok()?);
    let sign = bytes.try_get_u16().ok()?;
    let scale = usize::from(bytes.try_get_u16().ok()?);
    // More digits than any number here has.
    if sign == NAN || bytes.len() != 2 * count || !(-100..=100).contains(&weight) || scale > 100 {
        return None;
    }
    let groups: Vec<u16> = (0..count).map_while(|_| bytes.try_get_u16().ok()).collect();
    if groups.iter().any(|group| *group > 9999) || ![0, NEGATIVE].contains(&sign) {
        return None;
    }
    let group = |at: i32| usize::try_from(weight - at).ok().and_then(|index| groups.get(index)).copied().unwrap_or(0);
    let mut whole: String = (0..=weight.max(0)).rev().map(|at| format!("{:04}", group(at))).collect();
    whole = whole.trim_start_matches('0').to_owned();
    let mut fraction: String = (1..=scale.div_ceil(4) as i32).map(|at| format!("{:04}", group(-at))).collect();
    fraction.truncate(scale);
    let point = if fraction.is_empty() { "" } else { "." };
    let whole = if whole.is_empty() { "0" } else { &whole };
    Some(format!("{}{whole}{point}{fraction}", if sign == NEGATIVE { "-" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floating_numbers_are_those_of_postgres() {
        let double = |value: f64| {
            let mut out = BytesMut::new();
            float(&mut out, value, &value, 15);
            String::from_utf8_lossy(&out).into_owned()
        };
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (-1250.0, "-1250"),
            (0.1, "0.1"),
            (0.000_123, "0.000123"),
            (0.000_012_3, "1.23e-05"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (1.234_567_890_123_456_7e20, "1.2345678901234567e+20"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(double(value), text);
        }
        let mut out = BytesMut::new();
        float(&mut out, f64::from(123_456.0_f32), &123_456.0_f32, 6);
        assert_eq!(&out[..], b"123456");
    }

    #[test]
    fn exact_numbers_go_there_and_back() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "10000",
            "123456789.12345",
            "-0.0001",
            "0.00001",
            "99999999999999999999999999999999999999",
            "18446744073709551615",
            "1000000.000",
        ] {
            let mut out = BytesMut::new();
            numeric(&mut out, text);
            assert_eq!(read_numeric(out.freeze()).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_binary_form_is_that_of_postgres() {
        let mut out = BytesMut::new();
        numeric(&mut out, "-12345.678");
        assert_eq!(&out[..], [0, 3, 0, 1, 0x40, 0, 0, 3, 0, 1, 0x09, 0x29, 0x1a, 0x7c]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let cases: [&'static [u8]; 5] = [
            b"",
            &[0, 1, 0, 0, 0, 0, 0, 0],
            &[0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
            &[0, 0, 0, 0, 0xc0, 0, 0, 0],
            &[0, 0, 0x7f, 0xff, 0, 0, 0x7f, 0xff],
        ];
        for bytes in cases {
            assert_eq!(read_numeric(Bytes::from_static(bytes)), None, "{bytes:?}");
        }
    }
}

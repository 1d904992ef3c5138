//! Values of parameters as JSON has them.

use datafusion::common::ScalarValue;
use huitong_catalog::{Code, Error, Result};
use serde_json::value::RawValue;

/// The values for `$1`, `$2`, … or each `?` in order.
pub fn read(values: &[Box<RawValue>]) -> Result<Vec<ScalarValue>> {
    (1..).zip(values).map(|(nth, value)| one(nth, value.get())).collect()
}

fn one(nth: usize, text: &str) -> Result<ScalarValue> {
    let wrong = |what: &str, hint: &str| {
        Error::new(Code::BAD_REQUEST, format!("parameter `${nth}` is {what}")).with_hint(hint.to_owned())
    };
    match text.as_bytes().first() {
        Some(b'"') => {
            let read = serde_json::from_str::<String>(text);
            read.map(ScalarValue::from).map_err(|_| wrong("no text that can be read", "write it as JSON has it"))
        }
        Some(b't') => Ok(ScalarValue::from(true)),
        Some(b'f') => Ok(ScalarValue::from(false)),
        Some(b'n') => Ok(ScalarValue::Null),
        Some(b'[' | b'{') => Err(wrong("a list or an object", "a parameter is a text, a number, true, false or null")),
        _ => number(text).ok_or_else(|| wrong("a number that would lose digits", "send it as a text: \"…\"")),
    }
}

/// A whole number keeps all its digits; any other one is a double, as it would be in SQL.
fn number(text: &str) -> Option<ScalarValue> {
    if text.contains(['.', 'e', 'E']) {
        return text.parse().ok().filter(|value: &f64| value.is_finite()).map(ScalarValue::from);
    }
    let signed = text.parse::<i64>().map(ScalarValue::from);
    signed.or_else(|_| text.parse::<u64>().map(ScalarValue::from)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_digits() {
        let cases = [
            ("null", Some(ScalarValue::Null)),
            ("true", Some(ScalarValue::from(true))),
            ("\"人口 \\u7532\"", Some(ScalarValue::from("人口 甲"))),
            ("9223372036854775807", Some(ScalarValue::from(i64::MAX))),
            ("18446744073709551615", Some(ScalarValue::from(u64::MAX))),
            ("18446744073709551616", None),
            ("-9223372036854775809", None),
            ("0.1", Some(ScalarValue::from(0.1))),
            ("1e3", Some(ScalarValue::from(1000.0))),
            ("1e999", None),
            ("[1]", None),
            ("{}", None),
            ("\"\\ud800\"", None),
        ];
        for (text, expected) in cases {
            let read = one(3, text);
            match expected {
                Some(expected) => assert_eq!(read.unwrap(), expected, "{text}"),
                None => assert!(read.is_err_and(|e| e.message.contains("`$3`") && e.hint.is_some()), "{text}"),
            }
        }
    }
}

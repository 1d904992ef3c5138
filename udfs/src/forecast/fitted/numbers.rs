//! Numbers as text that is read back to the last bit: shortest decimals, a space between, `-` for a missing one.
//!
//! JSON has no missing number, and its readers may round the last digit.

pub fn write(values: &[f64]) -> String {
    values.iter().map(|value| one(*value)).collect::<Vec<_>>().join(" ")
}

/// `None` where a part is no finite number.
pub fn read(text: &str) -> Option<Vec<f64>> {
    let number = |part: &str| match part {
        "-" => Some(f64::NAN),
        _ => part.parse::<f64>().ok().filter(|value| value.is_finite()),
    };
    match text {
        "" => Some(vec![]),
        _ => text.split(' ').map(number).collect(),
    }
}

fn one(value: f64) -> String {
    match value.is_nan() {
        true => "-".to_owned(),
        false => std::cmp::min_by_key(format!("{value}"), format!("{value:e}"), String::len),
    }
}

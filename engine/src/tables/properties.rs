//! Properties of a table that its owner may set, under the names that Delta's engines know.

use huitong_catalog::{Code, Error, Result};

/// How large files are to be.
pub const FILE_BYTES: &str = "delta.targetFileSize";
/// Whether many small files are put together by themselves.
pub const AUTO_COMPACT: &str = "delta.autoOptimize.autoCompact";

const ALL: [&str; 2] = [FILE_BYTES, AUTO_COMPACT];
const FILE_BYTES_MIN: u64 = 1024 * 1024;
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// A property by its name, however that is spelled.
pub fn known(key: &str) -> Result<&'static str> {
    ALL.into_iter().find(|known| known.eq_ignore_ascii_case(key)).ok_or_else(|| {
        let text = format!("a table's property `{key}` cannot be set");
        Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint(format!("those that can: {}", ALL.join(", ")))
    })
}

/// A property with its value as the table keeps it.
pub fn checked(key: &str, value: &str) -> Result<(&'static str, String)> {
    let known = known(key)?;
    let (value, wanted) = match known {
        FILE_BYTES => (bytes(value).map(|bytes| bytes.to_string()), "a size from 1mb to 2gb, such as '128mb'"),
        _ => (is_on(value).map(|on| on.to_string()), "'true' or 'false'"),
    };
    let value = value.ok_or_else(|| Error::new(Code::SETTING_VALUE, format!("`{known}` must be {wanted}")))?;
    Ok((known, value))
}

/// A size: a number of bytes, or one with a unit.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let units = [("kb", 10), ("mb", 20), ("gb", 30), ("b", 0), ("k", 10), ("m", 20), ("g", 30)];
    let unit = units.iter().find_map(|(unit, power)| Some((text.strip_suffix(unit)?, *power)));
    let (number, power) = unit.unwrap_or((&text, 0));
    let bytes = number.trim().parse::<u64>().ok()?.checked_mul(1 << power)?;
    (FILE_BYTES_MIN..=FILE_BYTES_MAX).contains(&bytes).then_some(bytes)
}

/// A switch. Engines that tune it by themselves write `auto`.
pub fn is_on(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "auto" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_kept_as_delta_knows_them() {
        let kept = |key: &str, value: &str| checked(key, value).map_err(|error| error.code);
        assert_eq!(kept("DELTA.targetfilesize", " 16 MB "), Ok((FILE_BYTES, "16777216".to_owned())));
        assert_eq!(kept(FILE_BYTES, "1048576"), Ok((FILE_BYTES, "1048576".to_owned())));
        assert_eq!(kept(AUTO_COMPACT, "auto"), Ok((AUTO_COMPACT, "true".to_owned())));
        for wrong in ["0", "1kb", "3gb", "-1", "mb", "99999999999999gb", ""] {
            assert_eq!(kept(FILE_BYTES, wrong), Err(Code::SETTING_VALUE), "{wrong}");
        }
        assert_eq!(kept(AUTO_COMPACT, "1"), Err(Code::SETTING_VALUE));
        assert_eq!(kept("delta.appendOnly", "true"), Err(Code::UNSUPPORTED_STATEMENT));
    }
}

//! Sizes, shares of memory and durations as people write them.

use std::time::Duration;

/// Bytes from `512MiB`, `4 GiB`, `10GB` or `1024`. Units with an `i` are powers of 1024, those without powers of 1000.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_number(text)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A span from `500ms`, `30s`, `5m`, `2h` or `1d`. A unit is needed: a bare number means something else to everybody.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_number(text)?;
    let factor_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor_ms).map(Duration::from_millis)
}

/// An amount of memory, absolute or relative to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Bytes(u64),
    /// 1 to 100.
    Percent(u8),
}

impl Memory {
    /// From `4GiB` or `70%`; never zero.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().strip_suffix('%') {
            Some(share) => share.trim().parse().ok().filter(|share| (1..=100).contains(share)).map(Self::Percent),
            None => parse_size(text).filter(|bytes| *bytes > 0).map(Self::Bytes),
        }
    }

    /// In bytes on a machine with `total_bytes`; never zero.
    pub fn resolve(self, total_bytes: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(share) => (total_bytes / 100).saturating_mul(u64::from(share)).max(1),
        }
    }
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim_start()))
}

#[cfg(test)]
mod tests;

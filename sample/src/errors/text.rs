//! Errors in writing: width and script.

/// Digits, letters and brackets in full width, as old input methods wrote them.
pub(crate) fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// A few common characters in traditional script, as in texts from Hong Kong, Macao or Taiwan investors.
pub(crate) fn traditional(text: &str) -> String {
    const PAIRS: &str =
        "产產业業项項设設备備电電车車动動线線区區园園张張万萬个個数數术術机機网網环環节節龙龍华華国國东東";
    let pairs: Vec<char> = PAIRS.chars().collect();
    text.chars().map(|c| pairs.chunks(2).find(|p| p[0] == c).map_or(c, |p| p[1])).collect()
}

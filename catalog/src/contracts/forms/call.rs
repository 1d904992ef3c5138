//! `name` and `name(a, b)`.

/// The name and what stands between the brackets, if there are any.
pub fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    match text.split_once('(') {
        Some((name, rest)) => Some((name.trim_end(), Some(rest.strip_suffix(')')?))),
        None => Some((text, None)),
    }
}

/// Whole numbers between the brackets: as many as asked for, no sign, no more than nine digits.
pub fn numbers<const N: usize>(inside: Option<&str>) -> Option<[u32; N]> {
    const DIGITS_MAX: usize = 9;
    let mut numbers = [0; N];
    let mut parts = inside?.split(',');
    for number in &mut numbers {
        let digits = parts.next()?.trim();
        if digits.len() > DIGITS_MAX || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = digits.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

//! Numerals in addresses, Arabic and Chinese.

/// The longest numeral that is read: no house has more digits, and a text of digits stays a matter of linear time.
const LENGTH_MAX: usize = 8;

/// The numeral with which a text begins, in Arabic digits without zeros in front, and its bytes. Chinese ones are read as numbers
/// (`二十三`, `一百零五`) or digit by digit (`五〇一`).
pub fn read(text: &str) -> Option<(String, usize)> {
    arabic(text).or_else(|| chinese(text))
}

fn arabic(text: &str) -> Option<(String, usize)> {
    let digits = text.bytes().take(LENGTH_MAX + 1).take_while(u8::is_ascii_digit).count();
    (1..=LENGTH_MAX).contains(&digits).then(|| (trimmed(&text[..digits]), digits))
}

fn trimmed(digits: &str) -> String {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }
}

fn chinese(text: &str) -> Option<(String, usize)> {
    let characters: Vec<char> =
        text.chars().take(LENGTH_MAX + 1).take_while(|&c| digit(c).is_some() || scale(c).is_some()).collect();
    if characters.is_empty() || characters.len() > LENGTH_MAX {
        return None;
    }
    let bytes = characters.iter().map(|c| c.len_utf8()).sum();
    if characters.iter().all(|&c| digit(c).is_some()) {
        let digits: String =
            characters.iter().filter_map(|&c| digit(c)).filter_map(|d| char::from_digit(d, 10)).collect();
        return Some((trimmed(&digits), bytes));
    }
    let (mut total, mut last) = (0, None);
    for c in characters {
        match (digit(c), scale(c)) {
            (Some(value), _) => last = Some(value),
            // `十二` is twelve.
            (_, Some(scale)) => total += last.take().unwrap_or(1) * scale,
            (None, None) => {}
        }
    }
    Some(((total + last.unwrap_or(0)).to_string(), bytes))
}

fn digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九".chars().position(|digit| digit == c).map(|at| at as u32).or(match c {
        '零' => Some(0),
        '两' => Some(2),
        _ => None,
    })
}

fn scale(c: char) -> Option<u32> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        _ => None,
    }
}

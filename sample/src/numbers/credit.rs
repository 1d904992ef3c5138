//! The unified social credit code: authority, kind, six digits of division, nine characters of organisation code, check
//! character modulo 31 (GB 32100-2015); the organisation code has its own check modulo 11 (GB 11714-1997).
//!
//! Codes with a wrong check character are in legal use: some pilot regions issued codes before the standard. They are
//! made here on purpose, by [`pilot`].

const SYMBOLS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^(i-1) modulo 31.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// 31^6, the number of organisation codes beginning with `MA`, as market entities have had since 2015.
const SERIALS: u64 = 887_503_681;

/// The code of the entity numbered `index` (unique below 31^6).
pub(crate) fn compose(authority: char, kind: char, division: u32, index: u64) -> String {
    let mut code = String::with_capacity(18);
    code.push(authority);
    code.push(kind);
    code.push_str(&division.to_string());
    code.push_str(&organisation_code(index));
    code.push(symbol(check(code.as_bytes())));
    code
}

/// The same code as a pilot region would have issued it: the check character is not the standard's.
pub(crate) fn pilot(code: &str) -> String {
    let (body, _) = code.split_at(code.len().saturating_sub(1));
    format!("{body}{}", symbol(check(body.as_bytes()) + 7))
}

#[cfg(test)]
pub(crate) fn is_valid(code: &str) -> bool {
    let (body, last) = code.split_at(code.len().saturating_sub(1));
    code.len() == 18
        && code.bytes().all(|b| SYMBOLS.contains(&b))
        && last == symbol(check(body.as_bytes())).to_string()
        && code[16..17] == *organisation_check(&code.as_bytes()[8..16]).to_string()
}

fn organisation_code(index: u64) -> String {
    // The multiplier is coprime to 31, so serials are a permutation of the indices: neighbours do not look alike.
    let mut serial = (index % SERIALS) * 386_514_287 % SERIALS;
    let mut code = *b"MA000000";
    for place in code[2..].iter_mut().rev() {
        *place = SYMBOLS[(serial % 31) as usize];
        serial /= 31;
    }
    let mut text: String = code.iter().map(|&b| b as char).collect();
    text.push(organisation_check(&code));
    text
}

/// Letters count from A = 10 in the organisation code.
fn organisation_check(code: &[u8]) -> char {
    let sum: u32 = code.iter().zip(ORGANISATION_WEIGHTS).map(|(&b, w)| (b as char).to_digit(36).unwrap_or(0) * w).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    }
}

fn check(body: &[u8]) -> u32 {
    let value = |b: u8| SYMBOLS.iter().position(|&s| s == b).unwrap_or(0) as u32;
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(&b, w)| value(b) * w).sum();
    (31 - sum % 31) % 31
}

fn symbol(value: u32) -> char {
    SYMBOLS[(value % 31) as usize] as char
}

#[cfg(test)]
mod tests;

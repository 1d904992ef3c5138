//! The unified social credit code of GB 32100-2015: authority, kind, six digits of division, nine characters of
//! organisation code (GB 11714-1997, with a check of its own modulo 11), and a check character modulo 31.
//!
//! Pilot regions issued codes before the standard whose check characters are not the standard's, and these are in legal
//! use: [`Fault::Check`] alone does not prove a code wrong. Organisation codes are older than the pilots, so that within such
//! codes they are right; [`read_pilot`] asks for that.

/// Digits and capitals without I, O, S, V and Z, which look like others.
const SYMBOLS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
const LENGTH: usize = 18;

/// What a well-formed code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditCode<'a> {
    /// The department that registers: 1 institutions, 5 civil affairs, 9 market supervision, and others.
    pub authority: char,
    /// The kind of organisation, by authority.
    pub kind: char,
    /// Six digits: where it was registered, under the code of that time.
    pub division: u32,
    /// The organisation code of GB 11714-1997, its check character included.
    pub organisation: &'a str,
}

/// The first thing that is wrong with a text that should be a credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not 18 characters.
    Length,
    /// The character at this place, counted from 0, can stand in no code, or not here: the division has digits only.
    Character(usize),
    /// The check character should be this one: a character is wrong, or two are swapped, or a pilot region issued it.
    Check(char),
    /// The code is right as a whole, but the organisation code within should end with this character.
    Organisation(char),
}

impl Fault {
    /// A stable word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Character(_) => "character",
            Self::Check(_) => "check",
            Self::Organisation(_) => "organisation",
        }
    }
}

/// Reads a code as it stands: blanks around it or small letters are faults, which the caller may mend first.
pub fn read(text: &str) -> Result<CreditCode<'_>, Fault> {
    let code = parts(text)?;
    let (body, check) = text.split_at(LENGTH - 1);
    let expected = check_character(body);
    if !check.starts_with(expected) {
        return Err(Fault::Check(expected));
    }
    code.check_organisation()?;
    Ok(code)
}

/// Reads a code that a pilot region may have issued: the check character is not the standard's, the organisation code
/// within is right. A slip in one of the characters that the organisation code does not cover looks the same.
pub fn read_pilot(text: &str) -> Option<CreditCode<'_>> {
    let code = parts(text).ok()?;
    let (body, check) = text.split_at(LENGTH - 1);
    (!check.starts_with(check_character(body)) && code.check_organisation().is_ok()).then_some(code)
}

impl CreditCode<'_> {
    fn check_organisation(&self) -> Result<(), Fault> {
        let (body, check) = self.organisation.split_at(8);
        let expected = organisation_check(body);
        if check.starts_with(expected) { Ok(()) } else { Err(Fault::Organisation(expected)) }
    }
}

/// The parts of a text of the right form, whatever its check characters are.
fn parts(text: &str) -> Result<CreditCode<'_>, Fault> {
    if text.chars().count() != LENGTH {
        return Err(Fault::Length);
    }
    if let Some((at, _)) = text.chars().enumerate().find(|&(at, c)| !may_stand(c, at)) {
        return Err(Fault::Character(at));
    }
    let [authority, kind, ..] = text.as_bytes() else { return Err(Fault::Length) };
    let division = text[2..8].bytes().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    let organisation = &text[8..17];
    Ok(CreditCode { authority: char::from(*authority), kind: char::from(*kind), division, organisation })
}

fn may_stand(c: char, at: usize) -> bool {
    if (2..8).contains(&at) { c.is_ascii_digit() } else { value(c).is_some() }
}

fn value(c: char) -> Option<u32> {
    SYMBOLS.iter().position(|&symbol| char::from(symbol) == c).map(|at| at as u32)
}

/// The weight of each place is the next power of three.
fn check_character(body: &str) -> char {
    let weighted = |(sum, weight): (u32, u32), c| (sum + value(c).unwrap_or(0) * weight, weight * 3 % 31);
    let (sum, _) = body.chars().fold((0, 1), weighted);
    char::from(SYMBOLS[((31 - sum % 31) % 31) as usize])
}

/// Here letters count from A = 10 without a gap.
fn organisation_check(body: &str) -> char {
    let values = body.chars().map(|c| c.to_digit(36).unwrap_or(0));
    let sum: u32 = values.zip(ORGANISATION_WEIGHTS).map(|(value, weight)| value * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    }
}

#[cfg(test)]
mod tests;

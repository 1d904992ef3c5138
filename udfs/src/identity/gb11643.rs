//! The citizen number of GB 11643-1999: six digits of division, eight of birth date, three of sequence, and a check
//! character by ISO 7064 MOD 11-2. Numbers of GB 11643-1989 have 15 digits: no century and no check character.

use chrono::{Datelike, NaiveDate};

/// From the eighteenth digit back, the powers of two modulo 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";
/// Nobody who was born before had a number; years beyond are slips.
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2099;

/// What a well-formed number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CitizenNumber {
    pub form: Form,
    /// Six digits: where the number was issued, under the code of that time.
    pub division: u32,
    pub born: NaiveDate,
    /// Three digits: odd for men, even for women.
    pub sequence: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 18 characters, checked.
    Eighteen,
    /// 15 digits, which nothing checks; the century is taken to be the twentieth.
    Fifteen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

/// The first thing that is wrong with a text that should be a citizen number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Neither 18 nor 15 characters.
    Length,
    /// The character at this place, counted from 0, can stand in no number.
    Character(usize),
    /// No day of the calendar between 1800 and 2099.
    BirthDate,
    /// The check character should be this one: a digit is wrong, or two are swapped.
    Check(char),
    /// The check character is right, but for being a small letter.
    LowerCase,
}

impl Fault {
    /// A stable word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Character(_) => "character",
            Self::BirthDate => "birth_date",
            Self::Check(_) => "check",
            Self::LowerCase => "lower_case",
        }
    }
}

/// Reads a number as it stands: blanks around it or full-width digits are faults, which the caller may mend first.
pub fn read(text: &str) -> Result<CitizenNumber, Fault> {
    let characters = text.chars().count();
    if let Some((at, _)) = text.chars().enumerate().find(|&(at, c)| !may_stand(c, at, characters)) {
        return Err(if matches!(characters, 15 | 18) { Fault::Character(at) } else { Fault::Length });
    }
    let bytes = text.as_bytes();
    match (bytes.first_chunk::<17>(), bytes.len()) {
        (Some(digits), 18) => eighteen(digits, bytes[17]),
        (_, 15) => parts(Form::Fifteen, &bytes[..6], 1900 + number(&bytes[6..8]), &bytes[8..]),
        _ => Err(Fault::Length),
    }
}

impl CitizenNumber {
    pub fn sex(&self) -> Sex {
        if self.sequence % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The 18 characters; for a number of 15 digits those that it became in 1999.
    pub fn text(&self) -> String {
        let (year, month, day) = (self.born.year(), self.born.month(), self.born.day());
        let mut text = format!("{:06}{year:04}{month:02}{day:02}{:03}", self.division, self.sequence);
        if let Some(digits) = text.as_bytes().first_chunk::<17>() {
            text.push(check_character(digits));
        }
        text
    }
}

fn may_stand(c: char, at: usize, of: usize) -> bool {
    c.is_ascii_digit() || (of == 18 && at == 17 && matches!(c, 'X' | 'x'))
}

fn eighteen(digits: &[u8; 17], check: u8) -> Result<CitizenNumber, Fault> {
    let found = parts(Form::Eighteen, &digits[..6], number(&digits[6..10]), &digits[10..])?;
    let expected = check_character(digits);
    match char::from(check) {
        c if c == expected => Ok(found),
        'x' if expected == 'X' => Err(Fault::LowerCase),
        _ => Err(Fault::Check(expected)),
    }
}

/// `rest` is month, day and sequence.
fn parts(form: Form, division: &[u8], year: u32, rest: &[u8]) -> Result<CitizenNumber, Fault> {
    let born = NaiveDate::from_ymd_opt(year as i32, number(&rest[..2]), number(&rest[2..4])).ok_or(Fault::BirthDate)?;
    if !YEARS.contains(&born.year()) {
        return Err(Fault::BirthDate);
    }
    Ok(CitizenNumber { form, division: number(division), born, sequence: number(&rest[4..7]) as u16 })
}

fn check_character(digits: &[u8; 17]) -> char {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(&digit, weight)| u32::from(digit - b'0') * weight).sum();
    char::from(CHECKS[(sum % 11) as usize])
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, &digit| value * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests;

//! The citizen number: six digits of division, eight of birth date, three of sequence (odd for men) and a check
//! character (GB 11643-1999, check by ISO 7064 MOD 11-2).

use crate::calendar::Day;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

pub(crate) fn compose(division: u32, born: Day, sequence: u32) -> String {
    let mut digits = [b'0'; 17];
    write_digits(&mut digits[0..6], division);
    write_digits(&mut digits[6..14], born.compact() as u32);
    write_digits(&mut digits[14..17], sequence);
    let mut number = String::with_capacity(18);
    number.extend(digits.iter().map(|&d| d as char));
    number.push(check_character(&digits));
    number
}

/// Whether a text is a well-formed citizen number with the right check character.
#[cfg(test)]
pub(crate) fn is_valid(number: &str) -> bool {
    let bytes = number.as_bytes();
    match bytes.first_chunk::<17>() {
        Some(digits) if bytes.len() == 18 && digits.iter().all(u8::is_ascii_digit) => {
            number.ends_with(check_character(digits))
        }
        _ => false,
    }
}

fn check_character(digits: &[u8; 17]) -> char {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(&d, w)| u32::from(d - b'0') * w).sum();
    CHECKS[(sum % 11) as usize]
}

fn write_digits(target: &mut [u8], mut value: u32) {
    for digit in target.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests;

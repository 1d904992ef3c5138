//! Random changes to bytes that keep most of their shape, so that decoders get past their first look at them.

use crate::chaos::Dice;

const CHANGES_MAX: u32 = 6;
/// Inputs stay small: what large ones do is asked elsewhere.
const BYTES_MAX: usize = 4096;

/// Words and signs that mean something somewhere.
const WORDS: &[&str] = &[
    "SELECT ",
    " FROM ",
    " WHERE ",
    " AND ",
    " OR ",
    " NOT ",
    " NULL",
    " AS ",
    "(",
    ")",
    "((",
    "))",
    "()",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    "::",
    ".",
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "$$",
    "$a$",
    "$1",
    "?",
    ":a",
    ":month",
    "E'",
    "U&'",
    "N'",
    "X'",
    "B'",
    "--",
    "/*",
    "*/",
    "\\",
    "\\\\",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{1f}",
    "*",
    "+",
    "-",
    "=",
    "<",
    ">",
    "<>",
    "!",
    "@",
    "~",
    "|",
    "||",
    "->>",
    " CAST(",
    " CASE WHEN ",
    " END",
    " INTERVAL ",
    " ARRAY",
    " ARRAY<",
    " IN (",
    " ANY (",
    " ALL (",
    " BETWEEN ",
    " LIKE ",
    " IS ",
    " UNION ",
    " JOIN ",
    " VALUES ",
    " WITH a AS (",
    " EXPLAIN ",
    " COPY ",
    " TO STDOUT",
    " FROM STDIN",
    "CREATE TABLE ",
    "DESCRIBE ",
    " VERSION AS OF ",
    " TIMESTAMP AS OF ",
    " USER ",
    " PASSWORD ",
    "password",
    "pg_catalog.",
    "1e5",
    "-1",
    "9999999999999999999",
    "0.",
    "甲",
    "é",
    "\u{feff}",
];

/// Numbers at the borders of what lengths, counts and types can be.
const NUMBERS: &[i64] = &[0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32_767, 65_535, 2_147_483_647, -1, -2, -2_147_483_648];

/// One of the seeds with some changes.
pub fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = any(seeds, dice).clone();
    for _ in 0..=dice.below(CHANGES_MAX) {
        change(&mut bytes, seeds, dice);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let from = place(bytes.len(), dice);
    let to = (from + 1 + below(16, dice)).min(bytes.len()).max(from);
    match dice.below(10) {
        0 if from < bytes.len() => bytes[from] ^= 1 << dice.below(8),
        1 if from < bytes.len() => bytes[from] = dice.below(256) as u8,
        2 => drop(bytes.drain(from..to)),
        3 => bytes.truncate(from),
        // A part of it again, perhaps many times.
        4 => {
            let part = bytes[from..to].repeat(1 + below(40, dice));
            drop(bytes.splice(from..from, part));
        }
        // The rest of another one.
        5 => {
            let other = any(seeds, dice);
            bytes.truncate(from);
            bytes.extend_from_slice(&other[place(other.len(), dice)..]);
        }
        6 => overwrite(bytes, from, dice),
        7 => {
            let other = any(seeds, dice);
            let begin = place(other.len(), dice);
            let part = other[begin..(begin + below(40, dice)).min(other.len())].to_vec();
            drop(bytes.splice(from..from, part));
        }
        _ => drop(bytes.splice(from..from, any(WORDS, dice).bytes())),
    }
}

/// A number where there may be a length, in the order of bytes of PostgreSQL or of protobuf and Arrow.
fn overwrite(bytes: &mut [u8], at: usize, dice: &mut Dice) {
    let number = *any(NUMBERS, dice);
    let width = 1 << dice.below(4);
    let (big, little) = (number.to_be_bytes(), number.to_le_bytes());
    let number = if dice.below(2) == 0 { &big[8 - width..] } else { &little[..width] };
    let rest = &mut bytes[at..];
    let width = width.min(rest.len());
    rest[..width].copy_from_slice(&number[..width]);
}

fn any<'a, T>(all: &'a [T], dice: &mut Dice) -> &'a T {
    &all[below(all.len(), dice)]
}

/// From the beginning to right behind the end.
fn place(length: usize, dice: &mut Dice) -> usize {
    below(length + 1, dice)
}

fn below(bound: usize, dice: &mut Dice) -> usize {
    dice.below(u32::try_from(bound).expect("small")) as usize
}

use std::collections::HashMap;

use pinyin::ToPinyinMulti;

use super::hit::{By, Place};

/// Every character that occurs, with its readings.
#[derive(Clone, Debug, Default)]
pub struct Alphabet {
    letters: Vec<Letter>,
    known: HashMap<char, Option<u32>>,
}

#[derive(Clone, Debug)]
struct Letter {
    /// Small letters and digits; `v` stands for `ü`, as on keyboards.
    readings: Vec<String>,
    /// The first of each reading, as a bit.
    initials: u64,
}

/// A text as places in an [`Alphabet`]; blanks and signs are left out, since nobody types them.
#[derive(Clone, Debug)]
pub struct Spoken(Box<[u32]>);

/// A word that may be meant as Pinyin.
pub struct Typed {
    text: String,
    initials: Vec<u64>,
}

impl Typed {
    /// Blanks and the sign between syllables (`xi'an`) do not matter. Nothing: it has other signs, no letter at all, or only one
    /// character, which half of all texts would fit.
    pub fn read(word: &str) -> Option<Self> {
        let text: String = word.chars().filter(|c| !matches!(c, ' ' | '\'' | '’')).map(keyed).collect();
        let initials = text.chars().map(bit).collect::<Option<Vec<u64>>>()?;
        (initials.len() > 1 && text.contains(|c: char| c.is_ascii_lowercase())).then_some(Self { text, initials })
    }
}

impl Alphabet {
    /// Nothing: no character of the text is Chinese.
    pub fn read(&mut self, text: &str) -> Option<Spoken> {
        let letters: Box<[u32]> = text.chars().filter_map(|c| self.letter(c)).collect();
        text.contains(|c: char| c.to_pinyin_multi().is_some()).then_some(Spoken(letters))
    }

    /// Where initials are at all possible, spelling mostly is not: a word that fits as both fits as initials.
    pub fn find(&self, spoken: &Spoken, typed: &Typed) -> Option<(By, Place)> {
        let initials = || self.find_initials(spoken, typed).map(|place| (By::Initials, place));
        initials().or_else(|| self.find_spelled(spoken, typed).map(|place| (By::Pinyin, place)))
    }

    fn find_initials(&self, spoken: &Spoken, typed: &Typed) -> Option<Place> {
        let initials = &typed.initials;
        let fits =
            |letters: &[u32]| letters.iter().zip(initials).all(|(at, bit)| self.letter_at(*at).initials & bit != 0);
        let start = spoken.0.windows(initials.len()).position(fits)?;
        Some(place(start, initials.len() == spoken.0.len()))
    }

    fn find_spelled(&self, spoken: &Spoken, typed: &Typed) -> Option<Place> {
        let first = *typed.initials.first()?;
        let starts = (0..spoken.0.len()).filter(|start| self.letter_at(spoken.0[*start]).initials & first != 0);
        let mut found = starts.filter_map(|start| Some((start, self.spelled_at(&spoken.0[start..], &typed.text)?)));
        found.next().map(|(start, whole)| place(start, whole))
    }

    /// Whether the letters begin with the text, and if so, whether it is all of them.
    ///
    /// Readings of a letter differ in length, so that the text can be cut in several ways. All are followed at once: a bit
    /// for each place that has been reached, of which there are fewer than [`super::TYPED_CHARS_MAX`].
    fn spelled_at(&self, letters: &[u32], text: &str) -> Option<bool> {
        let mut reached: u128 = 1;
        for (count, letter) in letters.iter().enumerate() {
            let mut next = 0;
            for from in places(reached) {
                let rest = &text[from..];
                for reading in &self.letter_at(*letter).readings {
                    if reading.starts_with(rest) {
                        return Some(reading == rest && count + 1 == letters.len());
                    }
                    if rest.starts_with(reading.as_str()) {
                        next |= 1 << (from + reading.len());
                    }
                }
            }
            reached = next;
            if reached == 0 {
                return None;
            }
        }
        None
    }

    fn letter_at(&self, at: u32) -> &Letter {
        &self.letters[at as usize]
    }

    fn letter(&mut self, c: char) -> Option<u32> {
        if let Some(known) = self.known.get(&c) {
            return *known;
        }
        let letter = Letter::of(c).map(|letter| {
            self.letters.push(letter);
            self.letters.len() as u32 - 1
        });
        self.known.insert(c, letter);
        letter
    }
}

impl Letter {
    /// A character that is no Chinese one reads as itself, if it is on a keyboard.
    fn of(c: char) -> Option<Self> {
        let mut readings: Vec<String> = match c.to_pinyin_multi() {
            Some(readings) => {
                readings.into_iter().map(|reading| reading.plain().chars().map(keyed).collect()).collect()
            }
            None => vec![c.to_string()],
        };
        readings.retain(|reading| !reading.is_empty() && reading.chars().all(|c| bit(c).is_some()));
        readings.sort();
        readings.dedup();
        let initials = readings.iter().filter_map(|reading| bit(reading.chars().next()?)).fold(0, |all, bit| all | bit);
        (initials != 0).then_some(Self { readings, initials })
    }
}

fn places(bits: u128) -> impl Iterator<Item = usize> {
    let left = std::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)));
    left.take_while(|bits| *bits != 0).map(|bits| bits.trailing_zeros() as usize)
}

fn place(start: usize, whole: bool) -> Place {
    match (start, whole) {
        (0, true) => Place::Whole,
        (0, false) => Place::Start,
        _ => Place::Inside,
    }
}

/// As it is typed: keyboards have neither `ü` nor `ê`.
fn keyed(c: char) -> char {
    match c {
        'ü' => 'v',
        'ê' => 'e',
        other => other,
    }
}

fn bit(c: char) -> Option<u64> {
    let number = c.to_digit(36).filter(|_| !c.is_ascii_uppercase())?;
    Some(1 << number)
}

#[cfg(test)]
mod tests;

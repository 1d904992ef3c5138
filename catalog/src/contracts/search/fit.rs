use super::Entry;
use super::hit::{By, Match};
use super::texts::{Compared, Texts, fold};
use crate::error::{Code, Error, Result};

/// Characters that a search may have, all words together.
pub const TYPED_CHARS_MAX: usize = 128;

/// Words that a search may have.
pub const WORDS_MAX: usize = 8;

/// What somebody typed.
pub struct Asked {
    pub words: Vec<String>,
    /// All of several words.
    whole: Option<String>,
}

/// How each text fits each word, and all words.
pub struct Found {
    words: Vec<Compared>,
    whole: Option<Compared>,
}

/// How well something fits.
pub struct Fit {
    pub score: u32,
    /// One text fits all words together, and not less well than texts fit each of them.
    whole: bool,
}

impl Asked {
    pub fn read(typed: &str) -> Result<Self> {
        let too_long = |text: &str| text.chars().count() > TYPED_CHARS_MAX;
        // Some characters stand for several.
        let folded = if too_long(typed) { String::new() } else { fold(typed) };
        if too_long(typed) || too_long(&folded) {
            return Err(refused(&format!("{TYPED_CHARS_MAX} characters")));
        }
        let words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        if words.len() > WORDS_MAX {
            return Err(refused(&format!("{WORDS_MAX} words")));
        }
        let whole = (words.len() > 1).then_some(folded);
        Ok(Self { words, whole })
    }
}

fn refused(than: &str) -> Error {
    let message = format!("the text to search for has more than {than}");
    Error::new(Code::EXECUTION, message).with_hint("a part of a name is enough")
}

impl Found {
    pub fn of(asked: &Asked, texts: &Texts) -> Self {
        let words = asked.words.iter().map(|word| texts.compare(word)).collect();
        Self { words, whole: asked.whole.as_deref().map(|whole| texts.compare(whole)) }
    }

    pub fn fit(&self, entry: &Entry) -> Option<Fit> {
        let points = |compared| best(entry, compared).map(Match::points);
        let words: Option<u32> = self.words.iter().map(points).sum();
        let whole = self.whole.as_ref().and_then(points);
        let whole = whole.map(|points| points * self.words.len() as u32);
        let score = words.max(whole)?;
        Some(Fit { score, whole: whole >= words })
    }

    /// One for each word.
    pub fn matches(&self, entry: &Entry, fit: &Fit) -> Vec<Match> {
        let compared = |word| if fit.whole { self.whole.as_ref().unwrap_or(word) } else { word };
        self.words.iter().filter_map(|word| best(entry, compared(word))).collect()
    }
}

/// Of a thing's texts the one that fits best; of equal ones the first.
fn best(entry: &Entry, compared: &Compared) -> Option<Match> {
    let fits = entry.texts().filter_map(|(part, text)| {
        let (by, place) = compared.of(text)?;
        // The name of an element may be kept with its sound, for the element itself.
        (by == By::Characters || part.is_name()).then_some(Match { part, by, place })
    });
    fits.reduce(|best, other| if other.points() > best.points() { other } else { best })
}

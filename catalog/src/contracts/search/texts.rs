use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::hit::{By, Place};
use super::sound::{Alphabet, Spoken, Typed};

/// A place in [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextId(u32);

/// All texts of an index.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    texts: Vec<Text>,
    known: HashMap<Box<str>, TextId>,
    alphabet: Alphabet,
}

#[derive(Clone, Debug)]
struct Text {
    shown: Box<str>,
    folded: Box<str>,
    /// Of Chinese names.
    spoken: Option<Spoken>,
}

/// How each text fits one word.
pub struct Compared(Vec<Option<(By, Place)>>);

impl Texts {
    pub fn add(&mut self, text: &str) -> TextId {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        // More texts than fit into 32 bits do not fit into a model either.
        let id = TextId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.known.insert(text.into(), id);
        self.texts.push(Text { shown: text.into(), folded: fold(text).into(), spoken: None });
        id
    }

    /// A text that is found by what it sounds like, too.
    pub fn add_spoken(&mut self, text: &str) -> TextId {
        let id = self.add(text);
        let text = &mut self.texts[id.0 as usize];
        if text.spoken.is_none() {
            text.spoken = self.alphabet.read(&text.folded);
        }
        id
    }

    pub fn shown(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize].shown
    }

    /// `word` is folded.
    pub fn compare(&self, word: &str) -> Compared {
        let typed = Typed::read(word);
        let sound = |text: &Text| self.alphabet.find(text.spoken.as_ref()?, typed.as_ref()?);
        let compare =
            |text: &Text| written(&text.folded, word).map(|place| (By::Characters, place)).or_else(|| sound(text));
        Compared(self.texts.iter().map(compare).collect())
    }
}

impl Compared {
    pub fn of(&self, text: TextId) -> Option<(By, Place)> {
        self.0[text.0 as usize]
    }
}

fn written(text: &str, word: &str) -> Option<Place> {
    let at = text.find(word)?;
    Some(match at {
        0 if text.len() == word.len() => Place::Whole,
        0 => Place::Start,
        _ => Place::Inside,
    })
}

/// Compatibility forms such as full-width letters become plain ones, capitals small ones, blanks in a row one blank.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

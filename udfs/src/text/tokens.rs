//! Words of Chinese texts, by the dictionary and the hidden Markov model of jieba.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use jieba_rs::Jieba;

/// Some 350 000 words; reading them takes a fraction of a second, once.
static JIEBA: LazyLock<Arc<Jieba>> = LazyLock::new(|| Arc::new(Jieba::new()));
/// Dictionaries with words of users, the latest last: a batch of rows finds the one that the batch before made.
static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());
/// Each is a copy of all words.
const KEPT_MOST: usize = 4;

/// A dictionary that somebody makes outside of the lock, while others who want it wait and all the rest go on.
#[derive(Clone)]
struct Kept {
    words: Arc<[String]>,
    dictionary: Arc<OnceLock<Dictionary>>,
}

impl Kept {
    fn of(words: &[&str]) -> Self {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|known| known.words.iter().map(String::as_str).eq(words.iter().copied()));
        let found = match known {
            Some(at) => kept.remove(at),
            None => Self { words: words.iter().map(|&word| word.to_owned()).collect(), dictionary: Arc::default() },
        };
        kept.push(found.clone());
        let surplus = kept.len().saturating_sub(KEPT_MOST);
        kept.drain(..surplus);
        found
    }
}

/// The words that a text is cut into.
#[derive(Clone)]
pub struct Dictionary(Arc<Jieba>);

impl Dictionary {
    /// The dictionary of jieba.
    pub fn usual() -> Self {
        Self(Arc::clone(&JIEBA))
    }

    /// The same with other words, which go before the pieces that they would be cut into; in whatever order they are given. Words are of
    /// Chinese characters of the basic blocks, ASCII letters and digits, and `+#&._%-`; with another sign in them they are never found.
    pub fn with<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        // What a word adds depends on those before it.
        words.sort_unstable();
        words.dedup();
        if words.is_empty() {
            return Self::usual();
        }
        let Kept { words, dictionary } = Kept::of(&words);
        let made = dictionary.get_or_init(|| {
            let mut jieba = Jieba::clone(&JIEBA);
            for word in &*words {
                jieba.add_word(word, None, None);
            }
            Self(Arc::new(jieba))
        });
        made.clone()
    }

    /// The words, from left to right, as they stand in the text. Signs and blanks are none; a character that the dictionary does not
    /// have, a private one too, is a word of its own or part of one that the model guesses.
    pub fn tokens<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let words = self.0.cut(text, true).into_iter().map(|token| token.word);
        words.filter(|word| word.chars().any(|c| c.is_alphanumeric() || super::is_private(c)))
    }
}

/// The words of a text by the dictionary of jieba.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    Dictionary::usual().tokens(text)
}

//! Words of Chinese texts, by the dictionary and the hidden Markov model of jieba.

use std::sync::LazyLock;

use jieba_rs::Jieba;

/// Some 350 000 words; reading them takes a fraction of a second, once.
static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// The words, from left to right, as they stand in the text. Signs and blanks are none; a character that the dictionary does not
/// have, a private one too, is a word of its own or part of one that the model guesses.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let words = JIEBA.cut(text, true).into_iter().map(|token| token.word);
    words.filter(|word| word.chars().any(|c| c.is_alphanumeric() || super::is_private(c)))
}

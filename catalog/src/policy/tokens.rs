/// A word, a text in quotes or a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: Kind,
    /// As it is written, quotes included.
    pub text: &'a str,
    /// The offset of its first byte.
    pub at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Text,
    Sign,
}

impl<'a> Token<'a> {
    pub fn is(&self, sign: &str) -> bool {
        self.kind != Kind::Text && self.text == sign
    }

    /// What stands between the quotes; nothing for what is no text. Escapes stay as they are written.
    pub fn inside(&self) -> Option<&'a str> {
        let rest = self.text.strip_prefix('"').filter(|_| self.kind == Kind::Text)?;
        Some(rest.strip_suffix('"').unwrap_or(rest))
    }
}

/// The words of a text by Cedar's rules, without comments. Whatever the text is, there is an answer: what Cedar cannot read
/// it tells itself.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            _ if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '"' => (Some(Kind::Text), text_length(rest)),
            _ if is_of_a_word(first) => (Some(Kind::Word), rest.find(|c: char| !is_of_a_word(c)).unwrap_or(rest.len())),
            _ => (Some(Kind::Sign), sign_length(rest, first)),
        };
        if let Some(kind) = kind {
            found.push(Token { kind, text: &rest[..length], at });
        }
        at += length;
    }
    found
}

fn is_of_a_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// With its quotes; one that is not closed goes on to the end.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (offset, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return offset + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

fn sign_length(rest: &str, first: char) -> usize {
    const PAIRS: [&str; 7] = ["::", "==", "!=", "<=", ">=", "&&", "||"];
    if PAIRS.iter().any(|pair| rest.starts_with(pair)) { 2 } else { first.len_utf8() }
}

//! Cuts a script into statements at `;`, and tells whether what was typed so far is complete.
//!
//! Only as much of SQL's lexical structure is known here as decides whether a `;` ends a statement: `'…'` with doubled
//! quotes, `E'…'` with backslashes, `"…"`, `` `…` ``, `$tag$…$tag$`, `--` to the end of the line and nested `/* … */`.
//! What a statement means is the server's business. The full-width `；` of a Chinese input method ends a statement too:
//! outside quotes it is not SQL.

use crate::connection::ClientError;

/// One statement of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The statement without its terminator, and without blanks and comments before it.
    pub text: &'a str,
    /// Where `text` starts in the script, in bytes.
    pub offset: usize,
    /// The line `text` starts on, counted from 1.
    pub line: usize,
}

/// A quote or comment that is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} that starts on line {line} is never closed")]
pub struct Unclosed {
    /// What is open, in words.
    pub what: &'static str,
    /// The line it starts on, counted from 1.
    pub line: usize,
}

impl From<Unclosed> for ClientError {
    fn from(unclosed: Unclosed) -> Self {
        Self::new(unclosed.to_string()).with_code("HT0101")
    }
}

/// How an input that is still being typed ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Blanks and comments only.
    Empty,
    /// The last statement has its terminator.
    Complete,
    /// The last statement lacks its terminator.
    Open,
    /// A quote or comment is open.
    Unclosed(Unclosed),
}

/// The statements of a script, in order; the last one needs no terminator, and empty ones are left out.
pub fn split(script: &str) -> Result<Vec<Piece<'_>>, Unclosed> {
    let scan = scan(script);
    match scan.unclosed {
        Some(unclosed) => Err(unclosed),
        None => Ok(scan.pieces),
    }
}

/// How the input ends.
pub fn ending(input: &str) -> Ending {
    let scan = scan(input);
    match scan.unclosed {
        Some(unclosed) => Ending::Unclosed(unclosed),
        None if scan.open => Ending::Open,
        None if scan.pieces.is_empty() => Ending::Empty,
        None => Ending::Complete,
    }
}

struct Scan<'a> {
    pieces: Vec<Piece<'a>>,
    open: bool,
    unclosed: Option<Unclosed>,
}

fn scan(script: &str) -> Scan<'_> {
    let mut scan = Scan { pieces: Vec::new(), open: false, unclosed: None };
    let mut lines = Lines { script, offset: 0, line: 1 };
    let mut start = None;
    // The end of the last lexeme that is not blank or comment.
    let mut end = 0;
    let mut at = 0;
    while at < script.len() {
        let lexeme = lexeme(script, at);
        match lexeme.kind {
            Kind::Terminator => {
                if let Some(start) = start.take() {
                    scan.pieces.push(lines.piece(start, end));
                }
            }
            Kind::Blank => {}
            Kind::Text => {
                start.get_or_insert(at);
                end = lexeme.end;
            }
        }
        if let Some(what) = lexeme.unclosed {
            scan.unclosed = Some(Unclosed { what, line: lines.line_of(at) });
        }
        at = lexeme.end;
    }
    if let Some(start) = start {
        scan.open = true;
        scan.pieces.push(lines.piece(start, end));
    }
    scan
}

/// Counts lines forward, so that a long script is read once.
struct Lines<'a> {
    script: &'a str,
    offset: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn piece(&mut self, start: usize, end: usize) -> Piece<'a> {
        Piece { text: &self.script[start..end], offset: start, line: self.line_of(start) }
    }

    /// Offsets may go back when an unclosed quote follows a statement's start; then the count starts anew.
    fn line_of(&mut self, offset: usize) -> usize {
        if offset < self.offset {
            (self.offset, self.line) = (0, 1);
        }
        let passed = &self.script.as_bytes()[self.offset..offset];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.offset = offset;
        self.line
    }
}

enum Kind {
    Text,
    Blank,
    Terminator,
}

struct Lexeme {
    kind: Kind,
    end: usize,
    unclosed: Option<&'static str>,
}

impl Lexeme {
    fn text(end: usize) -> Self {
        Self { kind: Kind::Text, end, unclosed: None }
    }

    /// `end` is `None` when the closing mark was not found before the end of the script.
    fn closing(kind: Kind, end: Option<usize>, script: &str, what: &'static str) -> Self {
        Self { kind, end: end.unwrap_or(script.len()), unclosed: end.is_none().then_some(what) }
    }
}

/// The lexeme that starts at `at`, which must be inside the script and on a character.
fn lexeme(script: &str, at: usize) -> Lexeme {
    let rest = &script[at..];
    let bytes = rest.as_bytes();
    let text = |end: Option<usize>, what| Lexeme::closing(Kind::Text, end.map(|end| at + end), script, what);
    match bytes[0] {
        b';' => Lexeme { kind: Kind::Terminator, end: at + 1, unclosed: None },
        b'\'' => text(quoted(bytes, b'\'', is_escape_string(script, at)), "quoted string"),
        b'"' => text(quoted(bytes, b'"', false), "quoted identifier"),
        b'`' => text(quoted(bytes, b'`', false), "quoted identifier"),
        b'$' if !follows_word(script, at) => match dollar_tag(rest) {
            Some(tag) => text(rest[tag.len()..].find(tag).map(|body| body + 2 * tag.len()), "dollar-quoted string"),
            None => Lexeme::text(at + 1),
        },
        b'-' if rest.starts_with("--") => {
            Lexeme { kind: Kind::Blank, end: at + rest.find('\n').unwrap_or(rest.len()), unclosed: None }
        }
        b'/' if rest.starts_with("/*") => {
            Lexeme::closing(Kind::Blank, comment(bytes).map(|end| at + end), script, "comment")
        }
        _ => plain(rest, at),
    }
}

/// One character: a blank, the full-width terminator, or anything else.
fn plain(rest: &str, at: usize) -> Lexeme {
    let c = rest.chars().next().unwrap_or_default();
    let kind = match c {
        '；' => Kind::Terminator,
        // A byte-order mark is what an editor left before the first statement.
        c if c.is_whitespace() || c == '\u{feff}' => Kind::Blank,
        _ => Kind::Text,
    };
    Lexeme { kind, end: at + c.len_utf8().max(1), unclosed: None }
}

/// The end of a quoted text that starts with its quote. A doubled quote needs no rule: it closes and opens again at
/// once.
fn quoted(bytes: &[u8], quote: u8, backslash: bool) -> Option<usize> {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if backslash => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// The end of a comment that may hold comments.
fn comment(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" if depth == 1 => return Some(at + 2),
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    None
}

/// `$$` or `$tag$`; a tag is an identifier without `$`, so `$1` is a parameter and not a tag.
fn dollar_tag(rest: &str) -> Option<&str> {
    let close = rest[1..].find('$')? + 1;
    let tag = &rest[1..close];
    let starts_well = tag.chars().next().is_none_or(|c| c.is_alphabetic() || c == '_');
    (starts_well && tag.chars().all(is_word)).then(|| &rest[..=close])
}

/// Whether the quote at `at` belongs to `E'…'`, in which a backslash escapes the next character.
fn is_escape_string(script: &str, at: usize) -> bool {
    script[..at].ends_with(['e', 'E']) && !follows_word(script, at - 1)
}

fn follows_word(script: &str, at: usize) -> bool {
    script[..at].chars().next_back().is_some_and(|c| is_word(c) || c == '$')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests;

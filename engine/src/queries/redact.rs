//! Statements as they may be kept: without the passwords and keys that stand in some.

use std::borrow::Cow;

use datafusion::sql::sqlparser::tokenizer::{Token, Whitespace};

use crate::dialect;
use crate::script::Cursor;

/// Bytes of a statement that are kept.
const BYTES_MAX: usize = 64 * 1024;
/// A statement that has one of these in it, in any case, is kept without its quoted texts.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "secret", "token", "credential", "access_key", "record_key"];
const HIDDEN: &str = "'***'";
const STARS: &str = "***";
/// Secrets that are looked for one after the other in a message about their statement.
const SECRETS_MAX: usize = 100;

/// A statement as it is kept.
#[derive(Debug)]
pub struct Redacted {
    pub text: String,
    /// What was left out.
    secrets: Vec<String>,
    /// Whether it may hold secrets at all.
    is_secret: bool,
}

impl Redacted {
    pub fn new(sql: &str) -> Self {
        let is_secret = is_secret(sql);
        let (kept, secrets) = if is_secret { without_texts(sql) } else { (Cow::Borrowed(sql), Vec::new()) };
        Self { text: clipped(&kept), secrets: distinct(secrets), is_secret }
    }

    /// What was bound to its parameters, as it may be kept.
    pub fn parameters(&self, bound: Option<String>) -> Option<String> {
        bound.map(|bound| if self.is_secret { STARS.to_owned() } else { bound })
    }

    /// A message about the statement, without what was left out of it.
    pub fn message(&self, message: &str) -> String {
        if self.secrets.len() > SECRETS_MAX && self.secrets.iter().any(|secret| message.contains(secret.as_str())) {
            return "a message with texts that may be secrets".to_owned();
        }
        self.secrets.iter().fold(message.to_owned(), |message, secret| message.replace(secret, STARS))
    }
}

/// Each once and the longest first, since a shorter one may be a part of it. One of stars alone hides nothing, and would find itself in
/// what stands for the others, which would grow with each.
fn distinct(mut secrets: Vec<String>) -> Vec<String> {
    secrets.retain(|secret| secret.contains(|c| c != '*'));
    secrets.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    secrets.dedup();
    secrets
}

/// Whether a statement may hold a secret.
pub(crate) fn is_secret(sql: &str) -> bool {
    let lower = sql.to_lowercase();
    // The statement about a user may be misspelt.
    let mut words = lower.split_whitespace();
    let about_users =
        words.any(|word| ["create", "alter"].contains(&word)) && words.any(|word| ["user", "role"].contains(&word));
    about_users || SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// The statement without its quoted texts, and what they were.
fn without_texts(sql: &str) -> (Cow<'_, str>, Vec<String>) {
    // Where even the words cannot be told apart, a quote may be missing: nothing of it is kept.
    let Ok(tokens) = dialect::tokens(sql) else {
        let text = format!("-- a statement of {} bytes that cannot be read and may hold a secret", sql.len());
        return (text.into(), vec![sql.to_owned()]);
    };
    let (mut kept, mut copied, mut cursor, mut secrets) = (String::new(), 0, Cursor::new(sql), Vec::new());
    for token in tokens {
        let (begins, ends) = (cursor.offset(token.span.start), cursor.offset(token.span.end));
        if let Some(text) = quoted(&token.token) {
            kept.push_str(&sql[copied..begins]);
            kept.push_str(HIDDEN);
            copied = ends;
            secrets.extend(Some(text).filter(|text| !text.is_empty()).map(str::to_owned));
        }
    }
    kept.push_str(&sql[copied..]);
    (kept.into(), secrets)
}

/// What a statement is about, for those who may know of it and not of the values in it: without texts, numbers and comments. (Of one that
/// cannot be read nothing is told.)
pub fn outline(sql: &str) -> String {
    let Ok(tokens) = dialect::tokens(sql) else { return format!("-- {} bytes that cannot be read", sql.len()) };
    let mut kept = String::new();
    for token in tokens {
        match &token.token {
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => kept.push(' '),
            Token::Number(..) => kept.push('?'),
            // Who writes texts in double quotes means a value, and the statement has failed.
            Token::Word(word) if word.quote_style.is_some() => kept.push_str("\"?\""),
            token if quoted(token).is_some() => kept.push_str("'?'"),
            token => kept.push_str(&token.to_string()),
        }
    }
    kept
}

/// The text of a token that is a quoted text.
pub(crate) fn quoted(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text)
        | Token::NationalStringLiteral(text)
        | Token::EscapedStringLiteral(text)
        | Token::UnicodeStringLiteral(text)
        | Token::HexStringLiteral(text)
        | Token::SingleQuotedByteStringLiteral(text)
        | Token::SingleQuotedRawStringLiteral(text)
        | Token::TripleSingleQuotedString(text) => Some(text),
        Token::DollarQuotedString(text) => Some(&text.value),
        _ => None,
    }
}

fn clipped(text: &str) -> String {
    match text.len() <= BYTES_MAX {
        true => text.to_owned(),
        false => format!("{}… ({} bytes)", &text[..text.floor_char_boundary(BYTES_MAX)], text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out() {
        for (sql, kept) in [
            ("CREATE USER 李雷 PASSWORD 'correct-horse-1' ADMIN", "CREATE USER 李雷 PASSWORD '***' ADMIN"),
            ("alter user x with PassWord\n'it''s;x'", "alter user x with PassWord\n'***'"),
            ("/* 甲 */ CREATE\tUSER x PASWORD 'p'", "/* 甲 */ CREATE\tUSER x PASWORD '***'"),
            ("SELECT 'a' FROM t WHERE token = $$b$$", "SELECT '***' FROM t WHERE token = '***'"),
            ("SELECT '王伟' FROM 人", "SELECT '王伟' FROM 人"),
        ] {
            assert_eq!(Redacted::new(sql).text, kept);
        }
    }

    #[test]
    fn an_outline_has_no_values() {
        for (sql, kept) in [
            (
                "SELECT a, 7 FROM 人 WHERE id = 110105194912310011 AND \"n\" = '王芳'",
                "SELECT a, ? FROM 人 WHERE id = ? AND \"?\" = '?'",
            ),
            ("SELECT $$王芳$$, E'x', 1.5e3 /* 王芳 */ -- 王芳\nFROM t", "SELECT '?', '?', ?    FROM t"),
            ("SELECT 'not closed", "-- 18 bytes that cannot be read"),
        ] {
            assert_eq!(outline(sql), kept);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_kept() {
        let kept = Redacted::new("CREATE USER x PASSWORD 'not-closed").text;
        assert!(!kept.contains("not-closed") && kept.contains("34 bytes"), "{kept}");
        assert_eq!(Redacted::new("SELECT 'not-closed").text, "SELECT 'not-closed");
    }

    #[test]
    fn messages_do_not_tell_either() {
        let sql = "CREATE USER x PASWORD 'correct-horse-1'";
        assert_eq!(Redacted::new(sql).message("found: 'correct-horse-1' at 1:3"), "found: '***' at 1:3");
        assert_eq!(Redacted::new("SELECT '人'").message("found: '人'"), "found: '人'");
    }

    #[test]
    fn messages_do_not_grow_with_secrets() {
        let sql = format!("SELECT token, 'x', {} FROM t", ["'*'"; 50].join(", "));
        assert_eq!(Redacted::new(&sql).message("x * y"), "*** * y");
        assert_eq!(Redacted::new("SELECT token, 'a', 'abc'").message("abc"), "***");
        let many: String = (0..2000).map(|n| format!(", 'n{n}'")).collect();
        let kept = Redacted::new(&format!("SELECT token{many}"));
        assert_eq!(kept.message("found: n1999"), "a message with texts that may be secrets");
        assert_eq!(kept.message("the store is away"), "the store is away");
    }

    #[test]
    fn a_long_statement_is_clipped() {
        let kept = Redacted::new(&"数".repeat(100_000)).text;
        assert!(kept.len() < BYTES_MAX + 100 && kept.ends_with("数… (300000 bytes)"));
    }
}

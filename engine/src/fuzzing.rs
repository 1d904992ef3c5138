//! What reads strangers' texts, a function for each: they call what sessions call with whatever bytes come, and panic where what is promised does not
//! hold.
//!
//! Public because fuzz targets are programs of their own (`fuzz/`, `tests/it/fuzz`); nothing else has a use for them.

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;
use datafusion::sql::sqlparser::tokenizer::Token;
use huitong_catalog::{Code, Error};

use crate::dialect;
use crate::queries::redact::{Redacted, is_secret, quoted};
use crate::{script, statement};

/// Values that are bound to whatever parameters a statement has.
const VALUES_MAX: usize = 1000;

/// A text is cut into statements, and values come into a script as texts and as nothing else.
pub fn script(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut ended = 0;
    for bytes in script::cut(&text).unwrap_or_default() {
        assert!(ended <= bytes.start && bytes.end <= text.len(), "statements follow each other");
        ended = bytes.end;
        let one = &text[bytes];
        let again = script::cut(one).unwrap_or_default();
        assert!(again.len() == 1 && again[0] == (0..one.len()), "a statement is one statement: {one}");
    }
    let filled = |value: &str| {
        let params = ["a", "month", "区"].map(|name| (name.to_owned(), value.to_owned()));
        script::split(&text, &BTreeMap::from(params)).unwrap_or_default()
    };
    let (plain, evil) = (filled("x"), filled("\\'; DROP TABLE t; -- $$ /* \" \\"));
    assert_eq!(shapes(&plain), shapes(&evil), "a value becomes more than a text: {evil:?}");
}

/// The words of statements, with one for all quoted texts.
fn shapes(statements: &[String]) -> Vec<Vec<Token>> {
    let shape = |token: Token| if quoted(&token).is_some() { Token::SingleQuotedString(String::new()) } else { token };
    let words = |sql: &String| dialect::tokens(sql).unwrap_or_default();
    statements.iter().map(|sql| words(sql).into_iter().map(|token| shape(token.token)).collect()).collect()
}

/// One statement is parsed, its parameters are bound, and it is kept without its secrets.
pub fn statement(data: &[u8]) {
    let sql = String::from_utf8_lossy(data);
    redacted(&sql);
    let parsed = match statement::parse(&sql) {
        Ok(parsed) => parsed,
        Err(error) => return check_place(&error, &sql),
    };
    assert!(parsed.statement.to_string().len() <= 64 * sql.len() + 1024, "the statement grows");
    if let Statement::Statement(sql) = &parsed.statement
        && let Sql::Query(query) = sql.as_ref()
        && let text = statement::written(query)
        && let Ok(again) = statement::parse(&text)
    {
        // Views are kept so.
        assert_eq!(again.statement.to_string(), text, "a query is read as it was written");
    }
    let wanted = parsed.parameters;
    let values: Vec<_> = (0..wanted.min(VALUES_MAX)).map(|_| ScalarValue::from("值")).collect();
    let bound = statement::bind(parsed, &values);
    assert_eq!(bound.is_ok(), wanted <= VALUES_MAX, "{wanted} parameters");
    if let Ok(mut bound) = bound {
        statement::spell(&mut bound.statement).ok();
    }
}

/// A place in an error is one in the text, or right behind it.
fn check_place(error: &Error, sql: &str) {
    assert_ne!(error.code, Code::INTERNAL, "{error:?}");
    let Some(place) = error.place else { return };
    let line = sql.split('\n').nth((place.line as usize).wrapping_sub(1));
    let length = line.map(|line| line.chars().count());
    assert!(length.is_some_and(|length| (1..=length + 1).contains(&(place.column as usize))), "{error:?}");
}

/// What is kept of a statement that may hold a secret has no texts but those that stand for what was left out.
fn redacted(sql: &str) {
    let kept = Redacted::new(sql);
    assert!(kept.text.len() <= sql.len() * 5 + 200, "what is kept is longer than what it is of");
    // A message has the statement in it at most.
    assert!(kept.message(sql).len() <= sql.len() * 5 + 200, "a message grows");
    if !is_secret(sql) {
        return;
    }
    let words = dialect::tokens(&kept.text).unwrap_or_default();
    let shown =
        words.iter().filter_map(|word| quoted(&word.token)).find(|text| text.contains(|c| c != '*' && c != '\''));
    assert_eq!(shown, None, "a text is kept: {}", kept.text);
}

/// A list in a text is the list that it was written from.
pub fn list(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(items) = statement::list_items(&text) else { return };
    let write = |item: &Option<String>| match item {
        None => "NULL".to_owned(),
        Some(item) => format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    let written = format!("{{{}}}", items.iter().map(write).collect::<Vec<_>>().join(","));
    assert_eq!(statement::list_items(&written), Some(items));
}

/// Values of a client take the places of parameters, or cannot be bound and are told so.
pub fn values(values: &[ScalarValue]) {
    let marks = vec!["?"; values.len()].join(", ");
    let bound = statement::parse(&format!("SELECT {marks}")).and_then(|parsed| statement::bind(parsed, values));
    match bound {
        Ok(bound) => assert!(!bound.statement.to_string().is_empty()),
        Err(error) => assert_ne!(error.code, Code::INTERNAL, "{error:?}"),
    }
}

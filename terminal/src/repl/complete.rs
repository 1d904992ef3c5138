//! What Tab proposes: after a dot, what the qualifier holds; after FROM and its like, tables; elsewhere the columns of
//! the tables that the statement names, then functions, tables, schemas and keywords.

use std::collections::BTreeSet;

use crate::connection::Name;
use crate::format::Format;

use super::command::HELP;

/// Where the word under the cursor starts, and what it could become.
pub(super) type Candidates = (usize, Vec<String>);

/// Proposals for the text before the cursor at byte `at`; `line` is the whole input.
pub(super) fn candidates(line: &str, at: usize, names: &[Name]) -> Candidates {
    let before = line.get(..at).unwrap_or(line);
    if let Some(found) = of_command(before) {
        return found;
    }
    let word_start = word_start(before);
    let word = &before[word_start..];
    let (qualifier, last) = match word.rfind('.') {
        Some(dot) => (Some(&word[..dot]), &word[dot + 1..]),
        None => (None, word),
    };
    let start = at - last.len();
    let found = match qualifier {
        Some(qualifier) => within(qualifier, line, names),
        None if expects_table(&before[..word_start]) => tables(names).chain(schemas(names)).map(quoted).collect(),
        None => return (start, anything(line, last, names)),
    };
    (start, matching(found, last))
}

/// `\format c` and the commands themselves; paths are completed elsewhere.
fn of_command(before: &str) -> Option<Candidates> {
    let blank = before.len() - before.trim_start().len();
    let typed = before.trim_start();
    if !typed.starts_with('\\') {
        return None;
    }
    if let Some(word) = typed.strip_prefix("\\format ") {
        let names = Format::ALL.into_iter().map(|format| format.name().to_owned());
        return Some((before.len() - word.len(), names.filter(|name| name.starts_with(word)).collect()));
    }
    if typed.starts_with("\\d ") {
        return None;
    }
    let commands = HELP.iter().map(|(name, ..)| (*name).to_owned());
    Some((blank, commands.filter(|name| name.starts_with(typed)).collect()))
}

/// A word reaches back over name characters, dots and whole quoted names.
fn word_start(before: &str) -> usize {
    let mut in_quotes = before.matches('"').count() % 2 == 1;
    let mut start = before.len();
    for (index, c) in before.char_indices().rev() {
        if c == '"' {
            in_quotes = !in_quotes;
        } else if !in_quotes && !is_name(c) && c != '.' {
            break;
        }
        start = index;
    }
    start
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// After these words a table is named.
fn expects_table(before: &str) -> bool {
    let last = before.trim_end().rsplit(|c: char| !is_name(c) && c != '\\').next().unwrap_or_default();
    ["from", "join", "into", "update", "table", "describe", "desc", "\\d"]
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word))
}

/// The tables of a schema, or the columns of a table or of what stands for one.
fn within(qualifier: &str, line: &str, names: &[Name]) -> Vec<String> {
    let path: Vec<String> = parts(qualifier);
    let mut found: Vec<String> = Vec::new();
    if let [schema] = path.as_slice() {
        found.extend(names.iter().filter_map(|name| match name {
            Name::Table { schema: of, name, .. } if of == schema => Some(quoted(name)),
            _ => None,
        }));
        let tables = tables_of_alias(line, schema);
        found.extend(columns(names, |_, table| tables.contains(table) || table == schema));
    }
    if let [.., schema, table] = path.as_slice() {
        found.extend(columns(names, |of, name| of == schema && name == table));
    }
    found
}

fn anything(line: &str, typed: &str, names: &[Name]) -> Vec<String> {
    let mentioned: BTreeSet<String> = words(line).map(|word| folded(&word)).collect();
    let mut found = matching(columns(names, |_, table| mentioned.contains(table)), typed);
    let others: Vec<String> = functions(names).chain(tables(names)).chain(schemas(names)).map(quoted).collect();
    found.extend(matching(others, typed));
    // Every keyword is no help to a person who typed nothing.
    if !typed.is_empty() {
        let lower = typed.chars().any(char::is_lowercase);
        let keywords = KEYWORDS.split(' ').map(|word| if lower { word.to_lowercase() } else { word.to_owned() });
        found.extend(matching(keywords.collect(), typed));
    }
    let mut seen = BTreeSet::new();
    found.retain(|candidate| seen.insert(candidate.clone()));
    found
}

/// Those that start with what was typed, whatever its case and whether or not its quote was typed; sorted, each once.
fn matching(found: Vec<String>, typed: &str) -> Vec<String> {
    let wanted = typed.trim_start_matches('"').to_lowercase();
    let starts = |name: &String| name.trim_start_matches('"').to_lowercase().starts_with(&wanted);
    found.into_iter().filter(starts).collect::<BTreeSet<_>>().into_iter().collect()
}

fn tables(names: &[Name]) -> impl Iterator<Item = &str> {
    names.iter().filter_map(|name| match name {
        Name::Table { name, .. } => Some(name.as_str()),
        _ => None,
    })
}

fn schemas(names: &[Name]) -> impl Iterator<Item = &str> {
    names.iter().filter_map(|name| match name {
        Name::Schema { name, .. } => Some(name.as_str()),
        _ => None,
    })
}

fn functions(names: &[Name]) -> impl Iterator<Item = &str> {
    names.iter().filter_map(|name| match name {
        Name::Function { name } => Some(name.as_str()),
        _ => None,
    })
}

fn columns(names: &[Name], of: impl Fn(&String, &String) -> bool) -> Vec<String> {
    let of = |name: &Name| match name {
        Name::Column { schema, table, name, .. } if of(schema, table) => Some(quoted(name)),
        _ => None,
    };
    names.iter().filter_map(of).collect()
}

/// The tables that the input gives this alias: `from s.t a`, `join t as a`.
fn tables_of_alias(line: &str, alias: &str) -> BTreeSet<String> {
    let words: Vec<String> = words(line).collect();
    let mut found = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        if folded(word) != alias {
            continue;
        }
        let before = words[..index].iter().rev().find(|word| !word.eq_ignore_ascii_case("as"));
        found.extend(before.map(|word| folded(word)));
    }
    found
}

/// The names in a text, quoted ones with their quotes.
fn words(line: &str) -> impl Iterator<Item = String> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !is_name(c) && c != '"');
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let end = match first {
            '"' => chars.find(|(_, c)| *c == '"').map(|(at, c)| at + c.len_utf8()),
            _ => chars.find(|(_, c)| !is_name(*c)).map(|(at, _)| at),
        };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(word.to_owned())
    })
}

/// The parts of a dotted name, as the catalogue spells them.
pub(super) fn parts(name: &str) -> Vec<String> {
    words(name).map(|word| folded(&word)).collect()
}

/// The name that SQL means by a word: quoted ones as they are, others in lower case.
fn folded(word: &str) -> String {
    match word.strip_prefix('"') {
        Some(inner) => inner.strip_suffix('"').unwrap_or(inner).to_owned(),
        None => word.to_lowercase(),
    }
}

/// The name as it must be typed: quoted when SQL would read it otherwise. Chinese characters need no quotes.
fn quoted(name: &str) -> String {
    let starts_well = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let plain = name.chars().all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '_');
    let keyword = RESERVED.split(' ').any(|word| name.eq_ignore_ascii_case(word));
    if starts_well && plain && !keyword { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Keywords that are not names unless quoted.
const RESERVED: &str = "\
    all and as between by case cast cross distinct else end except false from full group having in inner intersect \
    is join left limit not null on or order right select true union where";

const KEYWORDS: &str = "\
    ALL ALTER ANALYZE AND ANTI ANY AS ASC BETWEEN BIGINT BOOLEAN BY CASE CAST COLUMN COMMENT COPY CREATE CROSS CUBE \
    CURRENT DATE DECIMAL DELETE DESC DESCRIBE DISTINCT DOUBLE DROP ELSE END EXCEPT EXISTS EXPLAIN EXTRACT FALSE \
    FETCH FILTER FIRST FOLLOWING FROM FULL FUNCTION GRANT GROUP GROUPING HAVING IF ILIKE IN INNER INSERT INTERSECT \
    INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT MATERIALIZED MERGE NATURAL NOT NULL NULLS OFFSET ON OR ORDER \
    OUTER OVER PARTITION PRECEDING QUALIFY RANGE RECURSIVE REPLACE REVOKE RIGHT ROLLUP ROW ROWS SCHEMA SELECT SEMI \
    SET SHOW TABLE THEN TIMESTAMP TO TRUE UNBOUNDED UNION UPDATE USING VALUES VARCHAR VERSION VIEW WHEN WHERE WINDOW \
    WITH";

#[cfg(test)]
mod tests;

//! Patterns of dates and times: PostgreSQL's are words (`YYYY-MM-DD`), the engine's have `%` before each letter. Dashboards write the
//! ends of a range so: `to_timestamp('2024-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')`.

use datafusion::sql::sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value};

use super::scope::last;

const OF_TIMES: [&str; 3] = ["to_char", "to_date", "to_timestamp"];

/// Words with what the engine writes for them, longer ones before those that they begin with. Words whose answer PostgreSQL fills up with
/// spaces, such as the names of months, are not among them.
const WORDS: [(&str, &str); 15] = [
    ("YYYY", "%Y"),
    ("YY", "%y"),
    ("IYYY", "%G"),
    ("IW", "%V"),
    ("MM", "%m"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%I"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("MS", "%3f"),
    ("US", "%6f"),
    ("ID", "%u"),
];

/// Puts the engine's pattern into the place of one that is written out.
pub fn spell(function: &mut Function) {
    if !last(&function.name).is_some_and(|name| OF_TIMES.contains(&name.as_str())) {
        return;
    }
    if let FunctionArguments::List(list) = &mut function.args
        && let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] = list.args.as_mut_slice()
        && let Value::SingleQuotedString(pattern) = &mut value.value
        && let Some(own) = own(pattern)
    {
        *pattern = own;
    }
}

/// The engine's pattern; none if it is one already, is no pattern of a time, or has a word that the engine has no like for.
fn own(pattern: &str) -> Option<String> {
    let (mut own, mut rest, mut has_words) = (String::new(), pattern, false);
    if pattern.contains('%') {
        return None;
    }
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let (quoted, after) = rest[1..].split_once('"')?;
            own.push_str(quoted);
            rest = after;
        } else if first.is_ascii_alphabetic() {
            let is_next = |word: &str| rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word));
            // Seconds of the day begin as those of the minute do.
            let (word, written) = WORDS.iter().find(|(word, _)| is_next(word)).filter(|_| !is_next("SSSS"))?;
            own.push_str(written);
            rest = &rest[word.len()..];
            has_words = true;
        } else {
            own.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    has_words.then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters() {
        for (pattern, expected) in [
            ("YYYY-MM-DD HH24:MI:SS.US", Some("%Y-%m-%d %H:%M:%S.%6f")),
            ("yyyy-mm-dd", Some("%Y-%m-%d")),
            ("YYYY-MM-DD\"T\"HH24:MI", Some("%Y-%m-%dT%H:%M")),
            ("YYYY年MM月", Some("%Y年%m月")),
            ("IYYY-IW", Some("%G-%V")),
            ("%Y-%m-%d", None),
            ("FM999", None),
            ("999", None),
            ("999D99", None),
            ("Month", None),
            ("SSSS", None),
            ("YYYY\"", None),
        ] {
            assert_eq!(own(pattern).as_deref(), expected, "{pattern}");
        }
    }
}

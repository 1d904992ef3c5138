//! Values of parameters as the audit keeps them: whoever asks later whom a statement was about finds it in them.

use std::fmt::{self, Write};

use arrow::array::{Array, ArrayRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;

/// Bytes that are kept of one value, and of all values of a statement.
const VALUE_BYTES_MAX: usize = 256;
const BYTES_MAX: usize = 4 * 1024;
/// Stands for what is left out.
const LEFT_OUT: &str = "…";

/// `$1 = '李雷', $2 = 5, $3 = NULL`; none where there are no values.
pub fn told(values: &[ScalarValue]) -> Option<String> {
    let mut all = String::new();
    for (place, value) in values.iter().enumerate() {
        if all.len() > BYTES_MAX {
            all.push_str(LEFT_OUT);
            break;
        }
        let comma = if place > 0 { ", " } else { "" };
        all.push_str(&format!("{comma}${} = {}", place + 1, one(value)));
    }
    (!all.is_empty()).then_some(all)
}

/// The values of many rows, one behind the other.
pub fn told_rows(rows: &[Vec<ScalarValue>]) -> Option<String> {
    let mut all = String::new();
    for row in rows {
        if all.len() > BYTES_MAX {
            all.push_str("; ");
            all.push_str(LEFT_OUT);
            break;
        }
        let Some(row) = told(row) else { continue };
        if !all.is_empty() {
            all.push_str("; ");
        }
        all.push_str(&row);
    }
    (!all.is_empty()).then_some(all)
}

fn one(value: &ScalarValue) -> String {
    match (value, value.try_as_str()) {
        _ if value.is_null() => "NULL".to_owned(),
        (ScalarValue::Union(Some((_, value)), _, _) | ScalarValue::Dictionary(_, value), _) => one(value),
        (ScalarValue::List(list), _) if list.is_valid(0) => items(&list.value(0)),
        (_, Some(Some(text))) => quoted(text),
        _ => shown(value),
    }
}

fn items(list: &ArrayRef) -> String {
    let mut all = "[".to_owned();
    for place in 0..list.len() {
        if all.len() > VALUE_BYTES_MAX {
            all.push_str(LEFT_OUT);
            break;
        }
        if place > 0 {
            all.push_str(", ");
        }
        all.push_str(&ScalarValue::try_from_array(list, place).map_or_else(|_| LEFT_OUT.to_owned(), |item| one(&item)));
    }
    all.push(']');
    all
}

fn quoted(text: &str) -> String {
    let kept = &text[..text.floor_char_boundary(VALUE_BYTES_MAX)];
    let rest = if kept.len() < text.len() { LEFT_OUT } else { "" };
    format!("'{}'{rest}", kept.replace('\'', "''"))
}

fn shown(value: &ScalarValue) -> String {
    let mut text = Clipped(String::new());
    let is_whole = value.to_array().ok().and_then(|array| {
        let options = FormatOptions::default().with_null("NULL");
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).ok()?;
        write!(text, "{}", formatter.value(0)).ok()
    });
    if is_whole.is_none() {
        text.0.push_str(LEFT_OUT);
    }
    text.0
}

/// A text that takes no more than is kept: a list of a million values is not written out to be cut.
struct Clipped(String);

impl Write for Clipped {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = VALUE_BYTES_MAX.saturating_sub(self.0.len());
        self.0.push_str(&part[..part.floor_char_boundary(room)]);
        if part.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, UnionFields, UnionMode};

    use super::*;

    fn text(text: &str) -> ScalarValue {
        ScalarValue::Utf8(Some(text.to_owned()))
    }

    #[test]
    fn values_are_told_as_sql_writes_them() {
        let values =
            [text("李'雷"), ScalarValue::Int64(Some(-5)), ScalarValue::Utf8(None), ScalarValue::Date32(Some(0))];
        assert_eq!(told(&values).as_deref(), Some("$1 = '李''雷', $2 = -5, $3 = NULL, $4 = 1970-01-01"));
        let moment = ScalarValue::TimestampMicrosecond(Some(0), Some("UTC".into()));
        assert_eq!(told(&[moment, ScalarValue::Null]).as_deref(), Some("$1 = 1970-01-01T00:00:00Z, $2 = NULL"));
        assert_eq!(told(&[]), None);
    }

    /// A text cannot be read as another value beside it.
    #[test]
    fn texts_are_quoted_wherever_they_stand() {
        let list = ScalarValue::List(ScalarValue::new_list_nullable(
            &[text("x'], $2 = 'y"), ScalarValue::Utf8(None)],
            &DataType::Utf8,
        ));
        assert_eq!(told(&[list]).as_deref(), Some("$1 = ['x''], $2 = ''y', NULL]"));
        let kinds = UnionFields::from_fields([Field::new("text", DataType::Utf8, true)]);
        let of_some_type = |value| ScalarValue::Union(value, kinds.clone(), UnionMode::Sparse);
        let values = [of_some_type(Some((0, Box::new(text("李雷"))))), of_some_type(None)];
        assert_eq!(told(&values).as_deref(), Some("$1 = '李雷', $2 = NULL"));
    }

    #[test]
    fn what_is_long_is_cut() {
        let long = told(&[text(&"汉".repeat(1_000_000))]).expect("a text");
        assert!(long.ends_with("'…") && long.len() < VALUE_BYTES_MAX + 20, "{long}");
        let list = ScalarValue::List(ScalarValue::new_list_nullable(
            &vec![ScalarValue::Int64(Some(1)); 100_000],
            &DataType::Int64,
        ));
        let list = told(&[list]).expect("a text");
        assert!(list.starts_with("$1 = [1, 1") && list.ends_with("…]") && list.len() < VALUE_BYTES_MAX + 20, "{list}");
        let many = told(&vec![text(&"x".repeat(200)); 1_000]).expect("a text");
        assert!(many.ends_with('…') && many.len() < BYTES_MAX + VALUE_BYTES_MAX + 20, "{}", many.len());
        let rows = told_rows(&vec![vec![text("李雷")]; 10_000]).expect("a text");
        assert!(rows.starts_with("$1 = '李雷'; $1 = '李雷'; ") && rows.ends_with("; …") && rows.len() < BYTES_MAX + 50);
    }
}

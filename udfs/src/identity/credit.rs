//! `uscc_check`: credit codes, a column at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder, StringViewArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;

use super::gb32100::{CreditCode, Fault, read, read_pilot};

/// The type of [`check`]'s rows.
pub fn fields() -> Fields {
    let names = ["status", "authority", "class", "division", "org_code"];
    names.into_iter().map(|name| Field::new(name, DataType::Utf8, true)).collect()
}

/// What each text says, and what is wrong with it. Parts are there for codes that are right and for those that a pilot region may
/// have issued; no text gives no row.
pub fn check(texts: &StringViewArray) -> Result<StructArray, ArrowError> {
    let mut columns: Vec<StringBuilder> = fields().iter().map(|_| StringBuilder::new()).collect();
    for text in texts {
        let row = text.map_or([const { None }; 5], row);
        for (column, value) in columns.iter_mut().zip(row) {
            column.append_option(value);
        }
    }
    let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
    StructArray::try_new(fields(), columns, texts.logical_nulls())
}

fn row(text: &str) -> [Option<String>; 5] {
    let (status, code) = judge(text);
    let part = |of: fn(CreditCode<'_>) -> String| code.map(of);
    [
        Some(status.to_owned()),
        part(|code| code.authority.to_string()),
        part(|code| code.kind.to_string()),
        part(|code| format!("{:06}", code.division)),
        part(|code| code.organisation.to_owned()),
    ]
}

fn judge(text: &str) -> (&'static str, Option<CreditCode<'_>>) {
    match read(text) {
        Ok(code) => ("ok", Some(code)),
        Err(Fault::Length) => ("bad_length", None),
        Err(Fault::Character(_)) => ("bad_char", None),
        Err(Fault::Check(_)) => match read_pilot(text) {
            Some(code) => ("pilot_region", Some(code)),
            None => ("bad_check", None),
        },
        Err(Fault::Organisation(_)) => ("bad_check", None),
    }
}

//! `cid_check` and `cid_upgrade`: citizen numbers, a column at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Builder, StringArray, StringBuilder, StringViewArray, StructArray};
use arrow::datatypes::{DataType, Date32Type, Field, Fields};
use arrow::error::ArrowError;

use super::gb11643::{CitizenNumber, Fault, Form, Sex, read};

/// The type of [`check`]'s rows.
pub fn fields() -> Fields {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let birth = Field::new("birth", DataType::Date32, true);
    Fields::from(vec![text("status"), text("id18"), text("division"), birth, text("sex")])
}

/// What each text says, and what is wrong with it. Parts are there for numbers that are right, of 15 digits too, and for those
/// whose only fault is the small letter; no text gives no row.
pub fn check(texts: &StringViewArray) -> Result<StructArray, ArrowError> {
    let (mut status, mut id18, mut division) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut birth, mut sex) = (Date32Builder::new(), StringBuilder::new());
    for text in texts {
        let (found, number) = text.map_or((None, None), |text| {
            let (status, number) = judge(text);
            (Some(status), number)
        });
        status.append_option(found);
        id18.append_option(number.map(|number| number.text()));
        division.append_option(number.map(|number| format!("{:06}", number.division)));
        birth.append_option(number.map(|number| Date32Type::from_naive_date(number.born)));
        sex.append_option(number.map(|number| code_of(number.sex())));
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(status.finish()),
        Arc::new(id18.finish()),
        Arc::new(division.finish()),
        Arc::new(birth.finish()),
        Arc::new(sex.finish()),
    ];
    StructArray::try_new(fields(), columns, texts.logical_nulls())
}

/// The 18 characters of numbers that are right, of 18 or of 15.
pub fn upgrade(texts: &StringViewArray) -> StringArray {
    texts.iter().map(|text| read(text?).ok().map(|number| number.text())).collect()
}

fn judge(text: &str) -> (&'static str, Option<CitizenNumber>) {
    match read(text) {
        Ok(number @ CitizenNumber { form: Form::Eighteen, .. }) => ("ok", Some(number)),
        Ok(number @ CitizenNumber { form: Form::Fifteen, .. }) => ("fifteen", Some(number)),
        Err(Fault::Length) => ("bad_length", None),
        Err(Fault::Character(_)) => ("bad_char", None),
        Err(Fault::BirthDate) => ("bad_date", None),
        Err(Fault::Check(_)) => ("bad_check", None),
        Err(Fault::LowerCase) => ("lower_case", read(&text.to_ascii_uppercase()).ok()),
    }
}

/// As in GB/T 2261.1.
fn code_of(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "1",
        Sex::Female => "2",
    }
}

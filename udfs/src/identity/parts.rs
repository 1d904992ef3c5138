//! `person_name_key`, `address_parse` and `org_name_parse`: names and addresses, a column at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, StringBuilder, StringViewArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;

use super::{address, organisation, person};

const PERSON: [&str; 4] = ["surname", "given", "pinyin", "variant_key"];
const ORGANISATION: [&str; 5] = ["region", "stem", "industry", "legal_form", "branch"];
const ADDRESS: [&str; 12] = [
    "province",
    "city",
    "district",
    "street",
    "community",
    "road",
    "number",
    "building",
    "unit",
    "room",
    "poi",
    "rest",
];

fn texts(names: &[&str]) -> Vec<Field> {
    names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect()
}

/// The type of [`persons`]' rows.
pub fn person_fields() -> Fields {
    texts(&PERSON).into()
}

/// The type of [`organisations`]' rows.
pub fn organisation_fields() -> Fields {
    texts(&ORGANISATION).into()
}

/// The type of [`addresses`]' rows.
pub fn address_fields() -> Fields {
    texts(&ADDRESS).into_iter().chain([Field::new("confidence", DataType::Float64, true)]).collect()
}

/// What each name of a person says; no name gives no row.
pub fn persons(names: &StringViewArray) -> Result<StructArray, ArrowError> {
    let columns = columns(names, |name| {
        let read = person::read(name);
        [read.surname, read.given, read.pinyin, read.variant_key]
    });
    StructArray::try_new(person_fields(), columns, names.logical_nulls())
}

/// What each name of an organisation says; no name gives no row.
pub fn organisations(names: &StringViewArray) -> Result<StructArray, ArrowError> {
    let columns = columns(names, |name| {
        let read = organisation::parse(name);
        [read.region, read.stem, read.industry, read.legal_form, read.branch]
    });
    StructArray::try_new(organisation_fields(), columns, names.logical_nulls())
}

/// What each address says; no address gives no row.
pub fn addresses(texts: &StringViewArray) -> Result<StructArray, ArrowError> {
    let mut confidences = vec![];
    let mut parts = columns(texts, |text| {
        let a = address::parse(text);
        confidences.push(a.confidence);
        [
            a.province,
            a.city,
            a.district,
            a.street,
            a.community,
            a.road,
            a.number,
            a.building,
            a.unit,
            a.room,
            a.poi,
            a.rest,
        ]
    });
    // One that is null was not read.
    let mut read = confidences.into_iter();
    let confidence = texts.iter().map(|text| text.and_then(|_| read.next()));
    parts.push(Arc::new(confidence.collect::<Float64Array>()));
    StructArray::try_new(address_fields(), parts, texts.logical_nulls())
}

/// A column for each part of the texts.
fn columns<const N: usize>(
    texts: &StringViewArray,
    mut read: impl FnMut(&str) -> [Option<String>; N],
) -> Vec<ArrayRef> {
    let mut builders: [StringBuilder; N] = std::array::from_fn(|_| StringBuilder::new());
    for text in texts {
        let parts = text.map_or([const { None }; N], &mut read);
        builders.iter_mut().zip(parts).for_each(|(builder, part)| builder.append_option(part));
    }
    builders.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef).collect()
}

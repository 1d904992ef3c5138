//! The functions over columns.

mod features;
mod relation;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use datafusion_expr::{DocSection, Documentation, DocumentationBuilder};

pub use features::ProjectFeatures;
pub use relation::ProjectRelation;

/// The type of a filing's features, in the order of [`super::features::Features`].
fn fields() -> Fields {
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
    let numbers = || list(DataType::Int64);
    let all = [
        ("project_code", DataType::Utf8),
        ("credit_code", DataType::Utf8),
        ("firm", DataType::Utf8),
        ("firm_sound", DataType::Utf8),
        ("firm_words", numbers()),
        ("title", DataType::Utf8),
        ("title_words", numbers()),
        ("content", numbers()),
        ("amounts", list(DataType::Utf8)),
        ("industry", DataType::Utf8),
        ("park", DataType::Utf8),
        ("parcel", DataType::Utf8),
        ("phase", DataType::Int32),
        ("keys", numbers()),
    ];
    all.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect()
}

fn documented(description: &str, syntax: &str) -> DocumentationBuilder {
    let section = DocSection { include: true, label: "Project Functions", description: None };
    Documentation::builder(section, description, syntax)
}

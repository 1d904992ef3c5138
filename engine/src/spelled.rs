//! Names and texts as SQL writes them, whatever is in them.

use huitong_catalog::names::TableName;

pub fn quoted_table(table: &TableName) -> String {
    format!("{}.{}", quoted(table.schema()), quoted(table.table()))
}

pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

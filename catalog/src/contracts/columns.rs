//! A contract beside the table that exists under its name.

use std::fmt;

use super::entries::{Dataset, Field};
use super::forms::Type;

/// A column of a table, as whoever opened the table describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub column_type: ColumnType,
    pub nullable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    Known(Type),
    /// One that no contract can ask for, by its name.
    Other(String),
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => known.fmt(f),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// What a table has not, or has otherwise than its contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The table lacks it.
    Missing {
        column: String,
        column_type: Type,
        required: bool,
    },
    /// The contract does not know it: nobody will see it.
    Undeclared {
        column: String,
    },
    /// The same name in other letters.
    Spelling {
        column: String,
        table: String,
    },
    Type {
        column: String,
        contract: Type,
        table: ColumnType,
    },
    /// The contract asks for a value in every row, the table does not.
    MayBeNull {
        column: String,
    },
    /// The table asks for a value in every row, the contract does not.
    MayNotBeNull {
        column: String,
    },
}

/// Everything in which a table differs from its contract, in the order of the contract, then of the table. The order of
/// columns is no difference.
pub fn compare(dataset: &Dataset, table: &[Column]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for field in &dataset.fields {
        match find(&field.name, table) {
            Some(column) => differences.extend(compare_column(field, column)),
            None => differences.push(Difference::Missing {
                column: field.name.clone(),
                column_type: field.column_type,
                required: field.required,
            }),
        }
    }
    let declared = |column: &Column| dataset.fields.iter().any(|field| same_letters(&field.name, &column.name));
    let undeclared = table.iter().filter(|column| !declared(column));
    differences.extend(undeclared.map(|column| Difference::Undeclared { column: column.name.clone() }));
    differences
}

fn find<'a>(name: &str, table: &'a [Column]) -> Option<&'a Column> {
    let exact = table.iter().find(|column| column.name == name);
    exact.or_else(|| table.iter().find(|column| same_letters(name, &column.name)))
}

fn same_letters(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn compare_column(field: &Field, column: &Column) -> impl Iterator<Item = Difference> {
    let name = || field.name.clone();
    let spelling =
        (field.name != column.name).then(|| Difference::Spelling { column: name(), table: column.name.clone() });
    let types = (column.column_type != ColumnType::Known(field.column_type)).then(|| Difference::Type {
        column: name(),
        contract: field.column_type,
        table: column.column_type.clone(),
    });
    let nulls = match (field.required, column.nullable) {
        (true, true) => Some(Difference::MayBeNull { column: name() }),
        (false, false) => Some(Difference::MayNotBeNull { column: name() }),
        _ => None,
    };
    [spelling, types, nulls].into_iter().flatten()
}

impl Difference {
    pub fn column(&self) -> &str {
        match self {
            Self::Missing { column, .. }
            | Self::Undeclared { column }
            | Self::Spelling { column, .. }
            | Self::Type { column, .. }
            | Self::MayBeNull { column }
            | Self::MayNotBeNull { column } => column,
        }
    }

    /// Whether the table can follow the contract whatever rows it holds: a column is added, a type made wider, a
    /// condition dropped.
    pub fn holds_for_all_rows(&self) -> bool {
        match self {
            Self::Missing { required, .. } => !required,
            Self::Type { contract, table: ColumnType::Known(table), .. } => table.fits_into(*contract),
            Self::MayNotBeNull { .. } => true,
            Self::Undeclared { .. } | Self::Spelling { .. } | Self::Type { .. } | Self::MayBeNull { .. } => false,
        }
    }

    pub fn english(&self) -> String {
        match self {
            Self::Missing { column, column_type, required: false } => {
                format!("column `{column}` of type {column_type} is added")
            }
            Self::Missing { column, column_type, required: true } => {
                format!("column `{column}` of type {column_type} is missing, and may not be null")
            }
            Self::Undeclared { column } => format!("column `{column}` is not in the contract"),
            Self::Spelling { column, table } => format!("column `{column}` is called `{table}` in the table"),
            Self::Type { column, contract, table } => {
                format!("column `{column}` is of type {table}, by contract of type {contract}")
            }
            Self::MayBeNull { column } => format!("column `{column}` may be null, by contract it may not"),
            Self::MayNotBeNull { column } => format!("column `{column}` may not be null, by contract it may"),
        }
    }

    pub fn chinese(&self) -> String {
        match self {
            Self::Missing { column, column_type, required: false } => {
                format!("将新增列 `{column}`，类型 {column_type}")
            }
            Self::Missing { column, column_type, required: true } => {
                format!("缺少必填列 `{column}`，类型 {column_type}")
            }
            Self::Undeclared { column } => format!("契约中没有列 `{column}`"),
            Self::Spelling { column, table } => format!("列 `{column}` 在表中写作 `{table}`"),
            Self::Type { column, contract, table } => format!("列 `{column}` 在表中为 {table}，契约为 {contract}"),
            Self::MayBeNull { column } => format!("列 `{column}` 在表中可为空，契约要求必填"),
            Self::MayNotBeNull { column } => format!("列 `{column}` 在表中必填，契约允许为空"),
        }
    }
}

#[cfg(test)]
mod tests;

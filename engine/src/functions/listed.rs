//! The functions of SQL as lists of functions show them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{ReturnFieldArgs, ScalarUDF, TypeSignature};

use super::LEFT_OUT;

/// A function by one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub kind: Kind,
    /// Whether huitong adds it, under a name that no other SQL has.
    pub is_own: bool,
    /// Types of its arguments, where it takes no others.
    pub arguments: Option<Vec<DataType>>,
    /// The type of its values, where it is always the same.
    pub returns: Option<DataType>,
}

/// What a function is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of a row.
    Scalar,
    /// Of a group of rows.
    Aggregate,
    /// Of a row among others.
    Window,
    /// A table.
    Table,
}

/// All functions by name; those for the server's own use are left out. What is an aggregate and a window function at once is listed as the
/// aggregate, what is a table and a function of a row (`range`) as the latter.
pub fn all() -> BTreeMap<String, Listed> {
    let mut all = BTreeMap::new();
    let mut add = |name: &str, aliases: &[String], listed: Listed| {
        let is_there = |name: &&str| !name.starts_with("__") && !LEFT_OUT.contains(name);
        for name in aliases.iter().map(String::as_str).chain([name]).filter(is_there) {
            all.insert(name.to_owned(), listed.clone());
        }
    };
    for function in SessionStateDefaults::default_table_functions() {
        add(function.name(), &[], Listed { kind: Kind::Table, is_own: false, arguments: None, returns: None });
    }
    for function in SessionStateDefaults::default_window_functions() {
        add(
            function.name(),
            function.aliases(),
            Listed { kind: Kind::Window, is_own: false, arguments: None, returns: None },
        );
    }
    let own = huitong_udfs::all_aggregates().into_iter().map(|function| (function, true));
    let aggregates = SessionStateDefaults::default_aggregate_functions().into_iter().map(|function| (function, false));
    for (function, is_own) in aggregates.chain(own) {
        let (arguments, returns) = types(&function.signature().type_signature, |types| function.return_type(types));
        add(function.name(), function.aliases(), Listed { kind: Kind::Aggregate, is_own, arguments, returns });
    }
    let own = huitong_udfs::all_scalars().into_iter().map(|function| {
        let is_own = !huitong_udfs::STAND_INS.contains(&function.name());
        (function, is_own)
    });
    let scalars = SessionStateDefaults::default_scalar_functions().into_iter().map(|function| (function, false));
    for (function, is_own) in scalars.chain(own) {
        let (arguments, returns) = types(&function.signature().type_signature, |types| of_scalar(&function, types));
        add(function.name(), function.aliases(), Listed { kind: Kind::Scalar, is_own, arguments, returns });
    }
    all
}

fn of_scalar(function: &ScalarUDF, types: &[DataType]) -> Result<DataType> {
    let field = |told: &DataType| Arc::new(Field::new("argument", told.clone(), true));
    let (fields, constants) = (types.iter().map(field).collect::<Vec<_>>(), vec![None; types.len()]);
    let arguments = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &constants };
    Ok(function.return_field_from_args(arguments)?.data_type().clone())
}

/// Types of arguments if only these are taken, and of the values if they are the same for all that are taken.
fn types(
    signature: &TypeSignature,
    returned: impl Fn(&[DataType]) -> Result<DataType>,
) -> (Option<Vec<DataType>>, Option<DataType>) {
    let taken = match signature {
        TypeSignature::Nullary => vec![Vec::new()],
        other => other.get_example_types(),
    };
    let arguments = match (signature, taken.as_slice()) {
        (TypeSignature::Exact(_) | TypeSignature::Nullary, [only]) => Some(only.clone()),
        _ => None,
    };
    let mut returns = taken.iter().map(|types| returned(types).ok());
    let first = returns.next().flatten();
    (arguments, first.filter(|first| returns.all(|other| other.as_ref() == Some(first))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_listed_with_what_is_known_of_them() {
        let all = all();
        let of = |name: &str| (all[name].kind, all[name].is_own);
        assert_eq!(of("abs"), (Kind::Scalar, false));
        assert_eq!(of("now"), (Kind::Scalar, false));
        assert_eq!(of("sum"), (Kind::Aggregate, false));
        assert_eq!(of("row_number"), (Kind::Window, false));
        assert_eq!(of("generate_series"), (Kind::Scalar, false));
        assert_eq!(of("ts_forecast"), (Kind::Aggregate, true));
        assert!(all.keys().all(|name| !name.starts_with("__")));
        assert_eq!(all["pi"].arguments.as_deref(), Some(&[][..]));
        assert_eq!(all["pi"].returns, Some(DataType::Float64));
        // Of every number its own type.
        assert_eq!(all["abs"].returns, None);
    }
}

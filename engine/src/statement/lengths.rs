//! `VARCHAR(n)` and `CHAR(n)`: lengths in characters, which the planner would leave out.
//!
//! In a cast a longer text is cut, as the SQL standard says. A column keeps its length in the table's schema, under the key
//! and in the form that Spark's Delta tables use, and a longer text is refused when it is written.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    CastKind, CharacterLength, ColumnDef, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Value, VisitMut, visit_expressions_mut,
};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;

/// Key of a field's metadata that holds the declared type, such as `varchar(18)`.
const DECLARED: &str = "__CHAR_VARCHAR_TYPE_STRING";

/// Makes `CAST(x AS VARCHAR(n))` cut longer texts.
pub fn cut_casts(statement: &mut impl VisitMut) {
    let _: std::ops::ControlFlow<()> = visit_expressions_mut(statement, |expression| {
        if let Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, data_type, .. } = expression
            && let Some(length) = of(data_type)
        {
            *data_type = DataType::Varchar(None);
            let cast = std::mem::replace(expression, Expr::value(Value::Null));
            *expression = first_characters(cast, length);
        }
        std::ops::ControlFlow::Continue(())
    });
}

/// Writes the columns' declared lengths into a table's schema.
pub fn declare(columns: &[ColumnDef], schema: &SchemaRef) -> SchemaRef {
    let declared: HashMap<String, u64> =
        columns.iter().filter_map(|column| Some((fold(&column.name), of(&column.data_type)?))).collect();
    let fields = schema.fields().iter().map(|field| match declared.get(field.name()) {
        None => field.as_ref().clone(),
        Some(length) => {
            let mut metadata = field.metadata().clone();
            metadata.insert(DECLARED.to_owned(), format!("varchar({length})"));
            field.as_ref().clone().with_metadata(metadata)
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The columns of a table whose texts have a length, with that length.
pub fn declared(schema: &Schema) -> Vec<(String, u64)> {
    let length = |text: &String| {
        let inner = text.strip_prefix("varchar(").or_else(|| text.strip_prefix("char("))?;
        inner.strip_suffix(')')?.parse().ok()
    };
    let fields = schema.fields().iter();
    fields.filter_map(|field| Some((field.name().clone(), length(field.metadata().get(DECLARED)?)?))).collect()
}

/// Refuses what a column's type says and a table does not keep.
pub fn check_column(column: &ColumnDef) -> Result<()> {
    let unsupported = |text: String| Error::new(Code::UNSUPPORTED_STATEMENT, text);
    match &column.data_type {
        DataType::Timestamp(Some(precision), _) | DataType::Datetime(Some(precision)) if *precision != 6 => {
            Err(unsupported(format!("column `{}`: a table keeps microseconds, not {precision} digits", column.name))
                .with_hint("write TIMESTAMP; round values with date_trunc"))
        }
        _ => Ok(()),
    }
}

fn of(data_type: &DataType) -> Option<u64> {
    match data_type {
        DataType::Varchar(length)
        | DataType::Char(length)
        | DataType::Character(length)
        | DataType::CharacterVarying(length)
        | DataType::CharVarying(length)
        | DataType::Nvarchar(length) => match length {
            Some(CharacterLength::IntegerLength { length, .. }) => Some(*length),
            _ => None,
        },
        _ => None,
    }
}

/// `left(text, length)`.
fn first_characters(text: Expr, length: u64) -> Expr {
    let argument = |expression| FunctionArg::Unnamed(FunctionArgExpr::Expr(expression));
    let length = Expr::value(Value::Number(length.to_string(), false));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new("left")]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![argument(text), argument(length)],
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}

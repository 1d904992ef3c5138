//! Masks of contracts and policies as expressions over a column; each has the column's own type.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, ScalarUDF, cast, lit};
use huitong_catalog::Result;
use huitong_catalog::contracts::Mask;
use huitong_udfs::disclosure::{Hash, Part, Period};

use crate::error::of_datafusion;

/// Makes the key under which texts become pseudonyms, for whoever asks.
pub struct Keys<'a>(pub &'a dyn Fn() -> Vec<u8>);

/// Whether a mask is for groups of rows, so that no row may be shown under it.
pub fn is_of_groups(mask: &Mask) -> bool {
    matches!(mask, Mask::Aggregate { .. })
}

/// Null, of the column's type.
pub fn nothing(field: &Field) -> Result<Expr> {
    Ok(lit(ScalarValue::try_from(field.data_type()).map_err(of_datafusion)?))
}

/// What stands in place of the column. A mask that is not for columns of the type leaves nothing: a table may have been made before its
/// contract.
pub fn of(mask: Option<&Mask>, field: &Field, keys: &Keys<'_>) -> Result<Expr> {
    let column = || Expr::Column(Column::new_unqualified(field.name()));
    let kind = field.data_type();
    let is_text = matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let is_day = matches!(kind, DataType::Date32 | DataType::Timestamp(_, _));
    let call = |function: ScalarUDF, rest: Vec<Expr>| {
        let value = function.call([column()].into_iter().chain(rest).collect());
        cast(value, kind.clone())
    };
    Ok(match mask {
        None => column(),
        Some(Mask::Keep { first, last }) if is_text => {
            call(Part::keep().into(), vec![lit(i64::from(*first)), lit(i64::from(*last))])
        }
        Some(Mask::Region { digits }) if is_text => call(Part::region().into(), vec![lit(i64::from(*digits))]),
        Some(Mask::Hash) if is_text => call(Hash::default().into(), vec![lit(ScalarValue::Binary(Some(keys.0())))]),
        Some(Mask::Month) if is_day => call(Period::default().into(), vec![lit("month")]),
        Some(Mask::Year) if is_day => call(Period::default().into(), vec![lit(1_i64)]),
        Some(Mask::Age { years }) if is_day => call(Period::default().into(), vec![lit(i64::from(*years))]),
        Some(Mask::Constant(text)) => {
            let value = ScalarValue::Utf8(Some(text.clone())).cast_to(kind);
            value.map_or_else(|_| nothing(field), |value| Ok(lit(value)))?
        }
        Some(_) => nothing(field)?,
    })
}

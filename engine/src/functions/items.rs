//! Functions that put an item into a list, or look for one there: numbers get one type, as they do in a list that is written out.
//!
//! The library refuses the call while it is planned, before any rule sees it, where a list holds doubles and the item is exact, and also
//! where it is exact with fewer digits: `array_append(x, 0.5)`, `x || 0.5` and `array_remove([1.5, 2.25], 1.5)` would fail.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::DFSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_nested::all_default_nested_functions;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ArrayFunctionArgument, ArrayFunctionSignature, ColumnarValue, Documentation, Expr, ExprSchemable, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::rules::doubles::{self, innermost, with_innermost};

const NAMES: [&str; 12] = [
    "array_append",
    "array_has",
    "array_position",
    "array_positions",
    "array_prepend",
    "array_remove",
    "array_remove_all",
    "array_remove_n",
    "array_replace",
    "array_replace_all",
    "array_replace_n",
    "array_resize",
];

/// All of them.
pub fn all() -> impl Iterator<Item = Arc<ScalarUDF>> {
    let taken = all_default_nested_functions().into_iter().filter(|function| NAMES.contains(&function.name()));
    taken.map(|function| Arc::new(ScalarUDF::from(OneType::new(function))))
}

/// The library's function, given items of one type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OneType {
    function: Arc<ScalarUDF>,
    signature: Signature,
}

impl OneType {
    fn new(function: Arc<ScalarUDF>) -> Self {
        let signature = Signature { type_signature: TypeSignature::UserDefined, ..function.signature().clone() };
        Self { function, signature }
    }
}

impl ScalarUDFImpl for OneType {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn aliases(&self) -> &[String] {
        self.function.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let items = of_items(&self.function.signature().type_signature, given.len());
        let (at, kinds): (Vec<_>, Vec<_>) = given.iter().cloned().enumerate().filter(|(at, _)| items(*at)).unzip();
        let mut meant = given.to_vec();
        at.into_iter().zip(of_one_type(&kinds)).for_each(|(at, kind)| meant[at] = kind);
        let meant: Vec<_> = meant.into_iter().map(|kind| Arc::new(Field::new("argument", kind, true))).collect();
        let taken = fields_with_udf(&meant, self.function.as_ref())?;
        Ok(taken.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.function.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.function.return_field_from_args(arguments)
    }

    fn simplify(&self, arguments: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.function.simplify(arguments, context)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        // A size below nought is what was asked for, and no fault of the library as it says.
        self.function.invoke_with_args(arguments).map_err(|error| match error {
            DataFusionError::Internal(text) => DataFusionError::Execution(text),
            error => error,
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.function.documentation()
    }
}

/// Which of so many arguments are lists or their items, and not numbers of items.
fn of_items(signature: &TypeSignature, count: usize) -> impl Fn(usize) -> bool {
    fn arguments(signature: &TypeSignature, count: usize) -> Option<&[ArrayFunctionArgument]> {
        match signature {
            TypeSignature::ArraySignature(ArrayFunctionSignature::Array { arguments, .. }) => {
                (arguments.len() == count).then_some(arguments)
            }
            TypeSignature::OneOf(several) => several.iter().find_map(|one| arguments(one, count)),
            _ => None,
        }
    }
    let arguments = arguments(signature, count).map(<[_]>::to_vec).unwrap_or_default();
    move |at| matches!(arguments.get(at), Some(ArrayFunctionArgument::Array | ArrayFunctionArgument::Element))
}

/// The types of some values, or lists of them: where exact numbers meet, the one that has room for all.
fn of_one_type(kinds: &[DataType]) -> Vec<DataType> {
    let kinds = doubles::among(kinds);
    let exact = |kind: &DataType| kind.is_decimal() || kind.is_integer();
    let inner: Vec<_> = kinds.iter().map(|kind| innermost(kind).clone()).filter(|kind| !kind.is_null()).collect();
    let one = match inner.iter().all(exact) && inner.iter().any(DataType::is_decimal) {
        true => type_union_resolution(&inner),
        false => None,
    };
    let Some(one) = one else { return kinds };
    let taken = |kind: &DataType| if innermost(kind).is_null() { kind.clone() } else { with_innermost(kind, &one) };
    kinds.iter().map(taken).collect()
}

/// `list || item`, which the library turns into a call of its own function: to be asked before the library's planners.
#[derive(Debug)]
pub struct Joined;

impl ExprPlanner for Joined {
    fn plan_binary_op(&self, joined: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, mut left, mut right } = joined;
        if op == BinaryOperator::StringConcat {
            let kinds = [left.get_type(schema)?, right.get_type(schema)?];
            if kinds.iter().any(DataType::is_list) {
                for ((value, kind), taken) in [&mut left, &mut right].into_iter().zip(&kinds).zip(of_one_type(&kinds)) {
                    if *kind != taken {
                        *value = std::mem::take(value).cast_to(&taken, schema)?;
                    }
                }
            }
        }
        Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }))
    }
}

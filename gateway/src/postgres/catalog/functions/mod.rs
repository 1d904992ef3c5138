//! Functions that clients ask of a server of PostgreSQL. They are about this session, and run in this process.

/// About lists of values.
mod arrays;

/// With one answer.
mod constants;

/// About the session and the server.
mod session;

/// About schemas, tables and roles.
mod things;

/// About types, names and values.
mod types;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListBuilder, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use huitong_catalog::Result;
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;

use super::activity;
use crate::postgres::processes::Processes;
use crate::postgres::variables::Variables;
pub use session::started;
use things::Things;

/// Arguments of one row as texts.
type Row<'a> = &'a [Option<&'a str>];
/// An answer as text, which is cast to what the function returns.
type Answer = Result<Option<String>>;

type Of = dyn Fn(Row<'_>) -> Answer + Send + Sync;
type ListOf = dyn Fn(Row<'_>) -> Result<Option<Vec<String>>> + Send + Sync;
type Known = dyn Fn(&Things, Row<'_>) -> Answer + Send + Sync;

/// What a function does with a row.
#[derive(Clone)]
enum Body {
    Text(Arc<Of>),
    List(Arc<ListOf>),
    /// It looks things up, which are read once for all rows.
    Things(Box<Session>, Arc<Known>),
}

/// A function of one session.
pub struct Function {
    name: &'static str,
    returns: DataType,
    signature: Signature,
    body: Body,
}

/// The functions for a session.
pub fn all(session: &Session, variables: &Arc<Variables>, process: i32, processes: &Processes) -> Vec<Arc<ScalarUDF>> {
    let functions = session::all(session, variables)
        .into_iter()
        .chain(things::all(session))
        .chain(types::all())
        .chain(constants::all())
        .chain(activity::functions(session, processes))
        .chain([whole("pg_backend_pid", move |_| Ok(Some(process.to_string())))]);
    functions.map(|function| Arc::new(ScalarUDF::new_from_impl(function))).chain(arrays::all()).collect()
}

fn first<'a>(row: Row<'a>) -> Option<&'a str> {
    row.first().copied().flatten()
}

pub fn number(row: Row<'_>) -> Option<u32> {
    first(row).and_then(|text| text.parse().ok())
}

fn text(name: &'static str, body: impl Fn(Row<'_>) -> Answer + Send + Sync + 'static) -> Function {
    let body = Body::Text(Arc::new(body));
    Function { name, returns: DataType::Utf8, signature: any(Volatility::Stable), body }
}

pub fn flag(name: &'static str, body: impl Fn(Row<'_>) -> Answer + Send + Sync + 'static) -> Function {
    Function { returns: DataType::Boolean, ..text(name, body) }
}

fn whole(name: &'static str, body: impl Fn(Row<'_>) -> Answer + Send + Sync + 'static) -> Function {
    Function { returns: DataType::Int32, ..text(name, body) }
}

fn constant(name: &'static str, value: &'static str) -> Function {
    text(name, move |_| Ok(Some(value.to_owned())))
}

fn list(name: &'static str, body: impl Fn(Row<'_>) -> Result<Option<Vec<String>>> + Send + Sync + 'static) -> Function {
    Function {
        name,
        returns: DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
        signature: any(Volatility::Stable),
        body: Body::List(Arc::new(body)),
    }
}

/// One that does something each time, and so is called once for each row.
pub fn acting(function: Function) -> Function {
    Function { signature: any(Volatility::Volatile), ..function }
}

fn any(volatility: Volatility) -> Signature {
    Signature::one_of(vec![TypeSignature::Nullary, TypeSignature::VariadicAny], volatility)
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DfResult<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let alike = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)))
            && self.signature.volatility != Volatility::Volatile;
        let rows = if alike { 1 } else { args.number_rows };
        let columns: Vec<ArrayRef> =
            args.args.iter().map(|arg| Ok(cast(&arg.to_array(rows)?, &DataType::Utf8)?)).collect::<DfResult<_>>()?;
        let texts = columns.iter().map(AsArray::as_string::<i32>).collect::<Vec<_>>();
        let row = |row: usize| -> Vec<Option<&str>> {
            texts.iter().map(|text| (!text.is_null(row)).then(|| text.value(row))).collect()
        };
        let answers = match &self.body {
            Body::Text(body) => self.texts((0..rows).map(|at| body(&row(at))))?,
            Body::Things(session, body) => {
                let things = Things::new(session);
                self.texts((0..rows).map(|at| body(&things, &row(at))))?
            }
            Body::List(body) => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                for at in 0..rows {
                    let items = body(&row(at)).map_err(into_datafusion)?;
                    items.iter().flatten().for_each(|item| lists.values().append_value(item));
                    lists.append(items.is_some());
                }
                Arc::new(lists.finish())
            }
        };
        match alike {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answers, 0)?)),
            false => Ok(ColumnarValue::Array(answers)),
        }
    }
}

impl Function {
    fn texts(&self, answers: impl Iterator<Item = Answer>) -> DfResult<ArrayRef> {
        let answers = answers.collect::<Result<StringArray>>().map_err(into_datafusion)?;
        Ok(cast(&(Arc::new(answers) as ArrayRef), &self.returns)?)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// In one session, a name is one function.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

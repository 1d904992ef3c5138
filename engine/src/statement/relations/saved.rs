//! Models that are kept under a name, where a function is called with one: `link(TABLE a, TABLE b, id => id, model => city.person)`.
//!
//! Such a call waits until its statement is prepared: the model is read with the rights of whoever asks, and its text takes the place of
//! its name.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, TableFactor, Value, VisitMut, VisitorMut,
};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use huitong_catalog::{Code, Error, Result};

use crate::error::of_datafusion;
use crate::session::{Answer, Session};
use crate::statement::settings::fold;

/// The argument that may name a saved model.
const MODEL: &str = "model";

/// The name of the saved model that a call is made with.
pub fn model(arguments: &[FunctionArg]) -> Option<String> {
    arguments.iter().find_map(|argument| {
        let (name, value) = named(argument)?;
        (fold(name) == MODEL).then(|| written(value)).flatten()
    })
}

fn named(argument: &FunctionArg) -> Option<(&Ident, &Expr)> {
    match argument {
        FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => Some((name, value)),
        FunctionArg::ExprNamed { name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(value), .. } => {
            Some((name, value))
        }
        _ => None,
    }
}

fn written(value: &Expr) -> Option<String> {
    match value {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Puts the texts of saved models in the place of their names, and opens the functions that waited for them.
pub async fn read(session: &Session, statement: &mut Statement) -> Result<()> {
    let mut names = Names::default();
    visit(statement, &mut names)?;
    if names.0.is_empty() {
        return Ok(());
    }
    for (name, text) in &mut names.0 {
        *text = text_of(session, name).await?;
    }
    visit(statement, &mut Texts(names.0))?;
    visit(statement, &mut super::Opener)
}

fn visit(statement: &mut Statement, visitor: &mut impl VisitorMut<Break = Error>) -> Result<()> {
    let told = match statement {
        Statement::Statement(sql) => VisitMut::visit(sql.as_mut(), visitor),
        Statement::Explain(explain) => return visit(&mut explain.statement, visitor),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => {
            VisitMut::visit(query.as_mut(), visitor)
        }
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => return Ok(()),
    };
    match told {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Names of saved models in a statement; the texts come later.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl VisitorMut for Names {
    type Break = Error;

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        if let Some(arguments) = arguments(factor)
            && let Some(name) = model(arguments)
        {
            self.0.insert(name, String::new());
        }
        ControlFlow::Continue(())
    }
}

struct Texts(BTreeMap<String, String>);

impl VisitorMut for Texts {
    type Break = Error;

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        for argument in arguments(factor).into_iter().flatten() {
            // A column may have the name of a model.
            if named(argument).is_none_or(|(name, _)| fold(name) != MODEL) {
                continue;
            }
            let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. }) = argument else { continue };
            let FunctionArgExpr::Expr(value) = arg else { continue };
            if let Some(text) = written(value).and_then(|name| self.0.get(&name)) {
                *value = Expr::value(Value::SingleQuotedString(text.clone()));
            }
        }
        ControlFlow::Continue(())
    }
}

/// The arguments of a call of one of the functions.
fn arguments(factor: &mut TableFactor) -> Option<&mut Vec<FunctionArg>> {
    let (name, arguments) = match factor {
        TableFactor::Table { name, args: Some(arguments), .. } => (&*name, &mut arguments.args),
        TableFactor::Function { name, args, .. } => (&*name, args),
        _ => return None,
    };
    super::function(name).filter(|function| function.takes_models).map(|_| arguments)
}

/// The text of a model of one row. (Boxed: it is a statement inside of one.)
fn text_of<'a>(session: &'a Session, name: &'a str) -> BoxFuture<'a, Result<String>> {
    Box::pin(async move {
        let Answer::Rows(rows) = session.execute(&format!("SELECT {MODEL} FROM {name} LIMIT 2")).await? else {
            return Err(Error::new(Code::INTERNAL, "a question about a model is no query"));
        };
        let batches: Vec<_> = rows.stream.try_collect().await.map_err(of_datafusion)?;
        let mut texts = vec![];
        for batch in &batches {
            let column = cast(batch.column(0), &DataType::Utf8).map_err(|error| of_datafusion(error.into()))?;
            texts.extend(column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)));
        }
        match <[_; 1]>::try_from(texts) {
            Ok([Some(text)]) => Ok(text),
            _ => Err(Error::new(Code::TYPE_MISMATCH, format!("`{name}` is no model of one row"))
                .with_hint("make it with CREATE MODEL … AS SELECT model FROM link_train(…)")),
        }
    })
}

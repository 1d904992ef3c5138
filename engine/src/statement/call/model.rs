//! The verbs of the city's model.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use huitong_catalog::Result;
use huitong_catalog::identity::Office;

use super::super::query::Planned;
use super::{Arguments, bad};
use crate::contracts::{self, Line, Plan, unpack};
use crate::error::of_datafusion;
use crate::session::Session;

pub const PLAN: &str = "plan_model";
pub const APPLY: &str = "apply_model";

/// Plans the list of what applying a model would change: first a line about the model that is in force, then the changes.
pub async fn plan(session: &Session, mut arguments: Arguments) -> Result<Planned> {
    session.principal().require(Office::Security, "plan a model")?;
    let files = unpack(&arguments.required("files")?)?;
    let rows = flag(&mut arguments, "rows")?;
    arguments.check_empty()?;
    let plan = contracts::plan(session, &files, rows).await?;
    Planned::of_rows(session, batch(&plan)?)
}

/// Applies a model.
pub async fn apply(session: &Session, mut arguments: Arguments) -> Result<()> {
    session.principal().require(Office::Security, "apply a model")?;
    let files = unpack(&arguments.required("files")?)?;
    let before =
        arguments.take("before").map(|text| text.parse().map_err(|_| bad(&format!("`before` cannot be `{text}`"))));
    let before = before.transpose()?;
    let weaken = flag(&mut arguments, "weaken")?;
    arguments.check_empty()?;
    contracts::apply(session, &files, before, weaken).await.map(drop)
}

fn flag(arguments: &mut Arguments, name: &str) -> Result<bool> {
    match arguments.take(name).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(bad(&format!("`{name}` cannot be `{other}`")).with_hint("write true or false")),
    }
}

fn batch(plan: &Plan) -> Result<RecordBatch> {
    let text = |value: fn(&Line) -> String| -> ArrayRef {
        Arc::new(plan.lines.iter().map(|line| Some(value(line))).collect::<StringArray>())
    };
    let columns: [(&str, ArrayRef); 6] = [
        ("in_force", Arc::new(Int64Array::from(vec![plan.before; plan.lines.len()]))),
        ("part", text(|line| line.part.as_str().to_owned())),
        ("sign", text(|line| line.sign.to_string())),
        ("thing", text(|line| line.thing.clone())),
        ("english", text(|line| line.english.clone())),
        ("chinese", text(|line| line.chinese.clone())),
    ];
    RecordBatch::try_from_iter(columns).map_err(|e| of_datafusion(e.into()))
}

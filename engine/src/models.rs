//! Models that were fitted from data, as a system table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch};
use huitong_catalog::Result;
use huitong_catalog::state::{FitInput, FitRow, ObjectKind, ObjectRow};

use crate::engine::Engine;
use crate::guard::access::{Access, Right};
use crate::queries::redact;
use crate::system::{batch, numbers, text, time};

pub const MODELS: &str = "models";

/// Each version of the models of which one sees all rows, the newest of a model first: how it was made tells of every row.
pub async fn models(engine: &Engine, access: &Access) -> Result<RecordBatch> {
    let names = engine.names();
    let is_seen = |object: &&ObjectRow| {
        object.kind == ObjectKind::Model && access.sees(object) && matches!(access.right(object), Right::Whole)
    };
    let seen: HashMap<&str, &ObjectRow> =
        names.objects().filter(is_seen).map(|object| (object.definition.as_str(), object)).collect();
    let fits = engine.state().fits().await?;
    let mut rows: Vec<(&ObjectRow, &FitRow)> =
        fits.iter().filter_map(|fit| Some((*seen.get(fit.location.as_str())?, fit))).collect();
    rows.sort_by(|(one, fit), (other, other_fit)| (&one.name, other_fit.version).cmp(&(&other.name, fit.version)));
    let known: HashSet<String> =
        names.objects().filter(|object| access.sees(object)).map(|object| object.name.to_string()).collect();
    let inputs: Vec<String> = rows.iter().map(|(_, fit)| inputs(fit, &known)).collect();
    let shown: Vec<String> = rows.iter().map(|(_, fit)| specification(fit, access)).collect();
    batch(vec![
        ("schema", text(rows.iter().map(|(model, _)| Some(model.name.schema())))),
        ("name", text(rows.iter().map(|(model, _)| Some(model.name.table())))),
        ("version", numbers(rows.iter().map(|(_, fit)| Some(fit.version)))),
        ("kind", text(rows.iter().map(|(_, fit)| Some(&*fit.kind)))),
        ("members", numbers(rows.iter().map(|(_, fit)| Some(fit.members)))),
        ("accuracy", Arc::new(rows.iter().map(|(_, fit)| fit.accuracy).collect::<Float64Array>())),
        ("specification", text(shown.iter().map(|shown| Some(&**shown)))),
        ("inputs", text(inputs.iter().map(|inputs| Some(&**inputs)))),
        ("author", text(rows.iter().map(|(_, fit)| Some(&*fit.made_by)))),
        ("fitted", time(rows.iter().map(|(_, fit)| Some(fit.made_at.ms())))),
    ])
}

/// The tables that it was fitted to, as far as the asker knows of them.
fn inputs(fit: &FitRow, known: &HashSet<String>) -> String {
    let told: Vec<&FitInput> = fit.inputs.iter().filter(|input| known.contains(&input.table)).collect();
    serde_json::json!(told).to_string()
}

/// The statement; of somebody else's an outline without values, but for the data directory's operator.
fn specification(fit: &FitRow, access: &Access) -> String {
    match access.principal().name == fit.made_by || access.principal().is_operator() {
        true => fit.specification.clone(),
        false => redact::outline(&fit.specification),
    }
}

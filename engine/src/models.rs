//! Models that were fitted from data, as a system table.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{BooleanArray, Float64Array, RecordBatch};
use huitong_catalog::Result;
use huitong_catalog::state::{FitRow, ObjectKind, ObjectRow};

use crate::engine::Engine;
use crate::guard::access::{Access, Right};
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
    let is_newest = |at: usize| at == 0 || rows[at - 1].0.name != rows[at].0.name;
    let inputs: Vec<String> = rows.iter().map(|(_, fit)| serde_json::json!(fit.inputs).to_string()).collect();
    batch(vec![
        ("schema", text(rows.iter().map(|(model, _)| Some(model.name.schema())))),
        ("name", text(rows.iter().map(|(model, _)| Some(model.name.table())))),
        ("version", numbers(rows.iter().map(|(_, fit)| Some(fit.version)))),
        ("newest", Arc::new((0..rows.len()).map(|at| Some(is_newest(at))).collect::<BooleanArray>())),
        ("kind", text(rows.iter().map(|(_, fit)| Some(&*fit.kind)))),
        ("members", numbers(rows.iter().map(|(_, fit)| Some(fit.members)))),
        ("accuracy", Arc::new(rows.iter().map(|(_, fit)| fit.accuracy).collect::<Float64Array>())),
        ("specification", text(rows.iter().map(|(_, fit)| Some(&*fit.specification)))),
        ("inputs", text(inputs.iter().map(|inputs| Some(&**inputs)))),
        ("author", text(rows.iter().map(|(_, fit)| Some(&*fit.made_by)))),
        ("fitted", time(rows.iter().map(|(_, fit)| Some(fit.made_at.ms())))),
    ])
}

//! Rows of `fits`: how each version of a model was made.
//!
//! A model is a table of the lake whose rows are what was fitted, one for each series (or whatever the model has many of). Its directory
//! has one row here for each version that a fit has made.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};

use super::columns::{corrupt, get, time};
use super::{State, store_error};
use crate::clock::Timestamp;
use crate::error::Result;

/// One fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitRow {
    /// The directory of the model.
    pub location: String,
    /// The version of its table that the fit made.
    pub version: i64,
    /// Such as `forecast`.
    pub kind: String,
    /// The query that fitted it.
    pub specification: String,
    /// The tables that it was fitted to, with their versions.
    pub inputs: Vec<FitInput>,
    /// Rows that it has.
    pub members: i64,
    /// The mean of what its rows call `accuracy`.
    pub accuracy: Option<f64>,
    pub made_by: String,
    pub made_at: Timestamp,
}

/// A table at the version that was read; no version for what has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FitInput {
    pub table: String,
    pub version: Option<u64>,
}

impl State {
    /// Notes a fit, or what is known of it by now.
    pub async fn note_fit(&self, fit: &FitRow) -> Result<()> {
        let sql = "INSERT INTO fits (location, version, kind, specification, inputs, members, accuracy, made_by, made_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (location, version) DO UPDATE SET \
                   members = excluded.members, accuracy = excluded.accuracy";
        let inputs = serde_json::json!(fit.inputs).to_string();
        let query = sqlx::query(sql).bind(&fit.location).bind(fit.version).bind(&fit.kind).bind(&fit.specification);
        let query = query.bind(inputs).bind(fit.members).bind(fit.accuracy.map(|number| number.to_string()));
        self.change(query.bind(&fit.made_by).bind(fit.made_at.ms())).await.map(drop)
    }

    /// All fits, by directory and version.
    pub async fn fits(&self) -> Result<Vec<FitRow>> {
        let sql = "SELECT location, version, kind, specification, inputs, members, accuracy, made_by, made_at FROM fits \
                   ORDER BY location, version";
        sqlx::query(sql).fetch_all(&self.pool).await.map_err(store_error)?.iter().map(fit).collect()
    }

    /// Whether the directory is that of a model.
    pub async fn is_fitted(&self, location: &str) -> Result<bool> {
        let query = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM fits WHERE location = $1").bind(location);
        query.fetch_one(&self.pool).await.map(|count| count > 0).map_err(store_error)
    }
}

/// Nothing is left of a directory.
pub(super) async fn forget(transaction: &mut Transaction<'_, Any>, location: &str) -> Result<()> {
    let query = sqlx::query("DELETE FROM fits WHERE location = $1").bind(location);
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

fn fit(row: &AnyRow) -> Result<FitRow> {
    let no = |what: &str| corrupt(format!("the state database has {what} of a model that cannot be read"));
    let inputs: String = get(row, "inputs")?;
    let accuracy: Option<String> = get(row, "accuracy")?;
    Ok(FitRow {
        location: get(row, "location")?,
        version: get(row, "version")?,
        kind: get(row, "kind")?,
        specification: get(row, "specification")?,
        inputs: serde_json::from_str(&inputs).map_err(|_| no("the inputs"))?,
        members: get(row, "members")?,
        accuracy: accuracy.map(|text| text.parse().map_err(|_| no("the accuracy"))).transpose()?,
        made_by: get(row, "made_by")?,
        made_at: time(row, "made_at")?,
    })
}

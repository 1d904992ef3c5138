//! The functions huitong adds to SQL.
//!
//! What belongs here: pure models on slices, readers of numbers, and the thin wrappers that make them aggregate or scalar
//! functions. What does not: tables, sessions, plans, policy, clocks, files. The crate knows arrow and the two light
//! expression crates of DataFusion, never its façade, so that its tests build in seconds.
//!
//! Functions hold no state and travel by name: a coordinator and its executors register the same two lists.

pub mod cn_calendar;
pub mod disclosure;
pub mod forecast;
pub mod identity;
pub mod linkage;
pub mod project;
pub mod series;
pub mod similarity;
pub mod text;
pub mod time;
pub mod ts_accuracy;
pub mod ts_backtest;
pub mod ts_changepoints;
pub mod ts_decompose;
pub mod ts_decumulate;
pub mod ts_explain;
pub mod ts_features;
pub mod ts_fill;
pub mod ts_fit;
pub mod ts_forecast;
pub mod ts_predict;
pub mod ts_reconcile;
pub mod ts_revisions;
pub mod ts_score;
pub mod ts_turning_points;
pub mod ts_update;
pub mod zorder;

use std::sync::Arc;

use datafusion_expr::{AggregateUDF, ScalarUDF};

/// Every aggregate function of this crate, ready to be registered.
pub fn all_aggregates() -> Vec<Arc<AggregateUDF>> {
    vec![
        Arc::new(AggregateUDF::from(ts_forecast::TsForecast::new())),
        Arc::new(AggregateUDF::from(ts_backtest::TsBacktest::new())),
        Arc::new(AggregateUDF::from(ts_explain::TsExplain::new())),
        Arc::new(AggregateUDF::from(ts_fit::TsFit::new())),
        Arc::new(AggregateUDF::from(ts_update::TsUpdate::new())),
        Arc::new(AggregateUDF::from(ts_accuracy::TsAccuracy::new())),
        Arc::new(AggregateUDF::from(ts_decompose::TsDecompose::new())),
        Arc::new(AggregateUDF::from(ts_decumulate::TsDecumulate::new())),
        Arc::new(AggregateUDF::from(ts_fill::TsFill::new())),
        Arc::new(AggregateUDF::from(linkage::sql::LinkFit::default())),
        Arc::new(AggregateUDF::from(ts_reconcile::TsReconcile::new())),
        Arc::new(AggregateUDF::from(ts_features::TsFeatures::new())),
        Arc::new(AggregateUDF::from(ts_changepoints::TsChangepoints::new())),
        Arc::new(AggregateUDF::from(ts_turning_points::TsTurningPoints::new())),
        Arc::new(AggregateUDF::from(ts_revisions::TsRevisions::new())),
        Arc::new(AggregateUDF::from(disclosure::protect::SdcProtect::default())),
        Arc::new(AggregateUDF::from(disclosure::k_anonymity::KAnonymity::default())),
        Arc::new(AggregateUDF::from(linkage::assignment::OneToOne::default())),
        Arc::new(AggregateUDF::from(linkage::components::LinkComponents::default())),
        Arc::new(AggregateUDF::from(linkage::clusters::ClusterMetrics::default())),
        Arc::new(AggregateUDF::from(text::sql::IdfBuild::default())),
    ]
}

/// Every scalar function of this crate, ready to be registered.
pub fn all_scalars() -> Vec<Arc<ScalarUDF>> {
    vec![
        Arc::new(ScalarUDF::from(time::now::Now::new())),
        Arc::new(ScalarUDF::from(cn_calendar::CnCalendar::new())),
        Arc::new(ScalarUDF::from(ts_score::TsScore::default())),
        Arc::new(ScalarUDF::from(ts_predict::TsPredict::new())),
        Arc::new(ScalarUDF::from(zorder::Range::new())),
        Arc::new(ScalarUDF::from(zorder::Key::new())),
        Arc::new(ScalarUDF::from(similarity::Texts::jaro())),
        Arc::new(ScalarUDF::from(similarity::Texts::jaro_winkler())),
        Arc::new(ScalarUDF::from(similarity::Texts::damerau_levenshtein())),
        Arc::new(ScalarUDF::from(similarity::Texts::lcs_ratio())),
        Arc::new(ScalarUDF::from(similarity::Jaccard::default())),
        Arc::new(ScalarUDF::from(similarity::Apart::days())),
        Arc::new(ScalarUDF::from(similarity::Apart::months())),
        Arc::new(ScalarUDF::from(similarity::Apart::relative_difference())),
        Arc::new(ScalarUDF::from(linkage::sql::LinkLevels::default())),
        Arc::new(ScalarUDF::from(linkage::sql::LinkScore::default())),
        Arc::new(ScalarUDF::from(linkage::sql::LinkExplain::default())),
        Arc::new(ScalarUDF::from(linkage::sql::LinkImportSplink::default())),
        Arc::new(ScalarUDF::from(identity::Reader::cid_check())),
        Arc::new(ScalarUDF::from(identity::Reader::cid_upgrade())),
        Arc::new(ScalarUDF::from(identity::Reader::uscc_check())),
        Arc::new(ScalarUDF::from(identity::Reader::person_name_key())),
        Arc::new(ScalarUDF::from(identity::Reader::address_parse())),
        Arc::new(ScalarUDF::from(identity::Reader::org_name_parse())),
        Arc::new(ScalarUDF::from(text::sql::Writing::normalize())),
        Arc::new(ScalarUDF::from(text::sql::Writing::simplify())),
        Arc::new(ScalarUDF::from(text::sql::Writing::pinyin())),
        Arc::new(ScalarUDF::from(text::sql::Tokens::new())),
        Arc::new(ScalarUDF::from(text::sql::Pieces::ngrams())),
        Arc::new(ScalarUDF::from(text::sql::Sketch::minhash())),
        Arc::new(ScalarUDF::from(text::sql::Sketch::bands())),
        Arc::new(ScalarUDF::from(text::sql::Sketch::similarity())),
        Arc::new(ScalarUDF::from(text::sql::Sketch::simhash())),
        Arc::new(ScalarUDF::from(text::sql::Score::idf())),
        Arc::new(ScalarUDF::from(text::sql::Score::cosine())),
        Arc::new(ScalarUDF::from(text::sql::Score::bm25())),
        Arc::new(ScalarUDF::from(text::sql::Score::rare())),
        Arc::new(ScalarUDF::from(text::sql::Pieces::quantities())),
        Arc::new(ScalarUDF::from(project::sql::ProjectFeatures::default())),
        Arc::new(ScalarUDF::from(project::sql::ProjectRelation::default())),
        Arc::new(ScalarUDF::from(disclosure::Part::keep())),
        Arc::new(ScalarUDF::from(disclosure::Part::region())),
        Arc::new(ScalarUDF::from(disclosure::Period::default())),
        Arc::new(ScalarUDF::from(disclosure::Hash::default())),
        Arc::new(ScalarUDF::from(disclosure::record_key::RecordKey::default())),
        Arc::new(ScalarUDF::from(linkage::components::rank::Rank::of_vertex())),
        Arc::new(ScalarUDF::from(linkage::components::rank::Rank::vertex())),
    ]
}

/// Names of functions of this crate that stand in for DataFusion's of the same name.
pub const STAND_INS: [&str; 1] = ["now"];

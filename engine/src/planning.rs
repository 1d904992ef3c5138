//! How statements are planned: one set of functions, rules and codecs for coordinator and executors.
//!
//! Both sides build their state here, so they cannot drift. A plan for the cluster differs from a local one only in
//! settings: what cannot cross a stage border (filters that are filled while running, scalar subqueries in shared
//! memory) is off.

use std::sync::Arc;

use ballista_core::extension::SessionConfigExt;
use ballista_core::optimizer::ballista_default_optimizer_rules;
use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::catalog::{CatalogProviderList, MemoryCatalogProviderList};
use datafusion::error::Result;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{Analyzer, AnalyzerRule};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::physical_plan::{ComposedPhysicalExtensionCodec, PhysicalExtensionCodec};

use crate::carried::Codec;
use crate::functions::items::Joined;
use crate::guard::governed::barrier::Barrier;
use crate::guard::governed::in_groups::InGroups;
use crate::planner::Planner;
use crate::rules::doubles::{self, Doubles};
use crate::rules::literals::Literals;
use crate::rules::multiplied::{ForgetKeys, ForgetKeysOfRelations};
use crate::rules::scalar_subqueries::OneRow;
use crate::types::Types;
use crate::write::exec::WriteExec;

/// The catalogue that every table of the city is in.
pub const CATALOG: &str = "city";
/// The schema that unqualified names resolve to until `USE` or `SET search_path`.
pub const DEFAULT_SCHEMA: &str = "public";
/// Largest message between coordinator and executors. Plans carry file lists and statistics, and the library's
/// default of 16 MiB is its most frequent failure at scale.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Which engine a plan is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// This process.
    Local,
    /// Stages on the cluster.
    Staged,
}

/// Settings of a new session; `partitions` is how many tasks a stage is cut into.
pub fn config(target: Target, partitions: usize) -> SessionConfig {
    let config = match target {
        Target::Local => SessionConfig::new(),
        Target::Staged => staged_config(),
    };
    config
        .with_target_partitions(partitions)
        .with_default_catalog_and_schema(CATALOG, DEFAULT_SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .set_bool("datafusion.sql_parser.collect_spans", true)
        .set_bool("datafusion.execution.parquet.pushdown_filters", false)
        // Spark's default timestamps; read as nanoseconds, the years before 1678 and after 2262 would wrap around.
        .set_str("datafusion.execution.parquet.coerce_int96", "us")
        .set_bool("datafusion.execution.parquet.schema_force_view_types", target == Target::Local)
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
        // 0.1 means a tenth; as a floating number it would change sums of money that a column keeps exactly.
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
        // It moves the field of a struct below a projection and takes a column that the projection makes for the one of the same name
        // below it: `SELECT id, s['k'] FROM (SELECT -id AS id, s FROM t WHERE id = 1)` would answer 1 (`tests/sql/types/fields.slt`).
        .set_bool("datafusion.optimizer.enable_leaf_expression_pushdown", false)
        .set_str("datafusion.sql_parser.dialect", "postgresql")
}

fn staged_config() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_grpc_client_max_message_size(MESSAGE_BYTES_MAX)
        // The adaptive planner cannot run a finished stage again after its executor is lost (an open upstream issue),
        // and it rebuilds the optimiser's rules; the static one recovers and keeps them.
        .with_ballista_adaptive_query_planner(false)
        // Several times faster than sort-merge joins where the smaller side fits into memory; where it does not, the query
        // is run again with joins that spill (see `with_spilling_joins`).
        .set_bool(PREFER_HASH_JOIN, true)
        // The planner of stages turns some joins whose small side was collected into partitioned ones, under an aggregate
        // that was planned for one partition: `SELECT count(*)` then answers with several rows. Without these thresholds
        // joins are partitioned from the start; it still broadcasts small sides itself where that is safe.
        .set_usize("datafusion.optimizer.hash_join_single_partition_threshold", 0)
        .set_usize("datafusion.optimizer.hash_join_single_partition_threshold_rows", 0)
}

const PREFER_HASH_JOIN: &str = "datafusion.optimizer.prefer_hash_join";

/// The same session with joins that spill instead of holding one side in memory; none if it has them already.
pub fn with_spilling_joins(context: &SessionContext) -> Option<Arc<SessionContext>> {
    let state = context.state();
    if !state.config_options().optimizer.prefer_hash_join {
        return None;
    }
    let config = state
        .config()
        .clone()
        .set_bool(PREFER_HASH_JOIN, false)
        // Each sort sets this much aside for its last merge before it begins; the library's 10 MiB for each input of each
        // part would be most of a small executor.
        .set_usize("datafusion.execution.sort_spill_reservation_bytes", 4 * 1024 * 1024);
    let state = SessionStateBuilder::new_from_existing(state).with_config(config).build();
    Some(Arc::new(SessionContext::new_with_state(state)))
}

/// A session's state with everything the engine adds; tables come from `catalogs`.
pub fn state(config: SessionConfig, runtime: Arc<RuntimeEnv>, catalogs: Arc<dyn CatalogProviderList>) -> SessionState {
    let target = match config.options().extensions.get::<ballista_core::config::BallistaConfig>() {
        Some(_) => Target::Staged,
        None => Target::Local,
    };
    let builder = SessionStateBuilder::new()
        // Asked before the library's, which are added here.
        .with_expr_planners(vec![Arc::new(Joined)])
        .with_default_features()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_catalog_list(catalogs)
        .with_query_planner(Arc::new(Planner::new(target)))
        .with_type_planner(Types::new(None))
        .with_analyzer_rules(analyzer_rules(target))
        .with_relation_planners(vec![Arc::new(ForgetKeysOfRelations)]);
    let builder = match target {
        Target::Local => builder,
        Target::Staged => builder.with_optimizer_rules(ballista_default_optimizer_rules()),
    };
    let mut state = builder.build();
    crate::functions::register(&mut state);
    state
}

/// The plan of a statement with the types that its columns will have. As it comes from SQL, a column of a UNION has the type of its
/// first part, and others are not certain either; but a result is announced, and a table made, by these types.
pub fn analyzed(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = doubles::in_statement(plan)?;
    state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})
}

/// The library's own rules among ours. (Adding one rule by itself would replace all of them.)
fn analyzer_rules(target: Target) -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> =
        vec![Arc::new(InGroups), Arc::new(Literals), Arc::new(Doubles)];
    rules.extend(Analyzer::new().rules);
    rules.push(Arc::new(ForgetKeys));
    if target == Target::Staged {
        rules.push(Arc::new(OneRow));
    }
    rules
}

/// A state without tables: what an executor needs to decode and run a stage.
pub fn bare_state(partitions: usize, runtime: Arc<RuntimeEnv>) -> SessionState {
    state(config(Target::Staged, partitions), runtime, Arc::new(MemoryCatalogProviderList::new()))
}

/// How plans travel. The order is the wire format: the library's codec first, ours after it, never reordered.
pub fn codec() -> Arc<dyn PhysicalExtensionCodec> {
    Arc::new(ComposedPhysicalExtensionCodec::new(vec![
        Arc::new(BallistaPhysicalExtensionCodec::default()),
        Arc::new(Codec::<WriteExec>::default()),
        Arc::new(Codec::<Barrier>::default()),
    ]))
}

//! Plans that no planner of ours makes are refused, whatever made them.

use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_plan::ExecutionPlan;
use huitong_catalog::Code;
use huitong_catalog::identity::{Attributes, Principal};

use super::{OPEN, Watch};
use crate::guard::governed::barrier::{Barrier, Seal};
use crate::lineage::tests::city::{City, analyst, operator};
use crate::namespace::Names;
use crate::planning::Target;
use crate::statement::Prepared;

const ROWS: &str = "SELECT id, office FROM population.resident";
const GROUPS: &str = "SELECT office, count(income) FROM population.resident GROUP BY office";
const TWICE: &str = "SELECT id FROM population.resident UNION ALL SELECT id FROM population.resident";

/// As an analyst's query is planned, who sees all columns but one.
async fn planned(city: &City, sql: &str) -> Arc<dyn ExecutionPlan> {
    let Prepared::Query(query) = city.session(&analyst()).prepare(sql).await.unwrap() else { panic!("{sql}") };
    query.context.state(Target::Local).create_physical_plan(&query.plan).await.unwrap()
}

fn watch(city: &City, who: &Principal) -> Watch {
    Watch::new(city.engine.names(), city.session(who).access(), &city.engine)
}

/// The plan with other barriers; without those for which there is no seal.
fn resealed(plan: Arc<dyn ExecutionPlan>, seal: impl Fn(&Seal) -> Option<Seal>) -> Arc<dyn ExecutionPlan> {
    let other = |node: Arc<dyn ExecutionPlan>| {
        let Some(barrier) = (node.as_ref() as &dyn Any).downcast_ref::<Barrier>() else {
            return Ok(Transformed::no(node));
        };
        let below = node.children()[0].clone();
        Ok(Transformed::yes(match seal(barrier.seal()) {
            Some(seal) => Arc::new(Barrier::new(below, seal)) as Arc<dyn ExecutionPlan>,
            None => below,
        }))
    };
    plan.transform_up(other).data().unwrap()
}

fn opened(seal: &Seal) -> Option<Seal> {
    Some(Seal { fingerprint: format!("{}{OPEN}", seal.fingerprint), ..seal.clone() })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reads_beside_its_barrier_is_refused() {
    let city = City::open().await;
    let watch = watch(&city, &analyst());
    let [rows, groups, twice] = [planned(&city, ROWS).await, planned(&city, GROUPS).await, planned(&city, TWICE).await];
    for (what, plan) in [("rows", &rows), ("groups", &groups), ("twice", &twice)] {
        assert!(watch.check(plan).is_ok(), "{what}");
    }
    assert!(watch.check(&resealed(groups.clone(), opened)).is_ok(), "values are open for sums over groups");
    let first = Cell::new(true);
    let another = |seal: &Seal| Some(Seal { fingerprint: "0".repeat(seal.fingerprint.len()), ..seal.clone() });
    let elsewhere = |seal: &Seal| Some(Seal { table: "population.other".to_owned(), ..seal.clone() });
    for (what, plan) in [
        ("a bare scan", resealed(rows.clone(), |_| None)),
        ("a bare scan below an aggregate", resealed(groups, |_| None)),
        ("one bare scan of two", resealed(twice, |seal| (!first.replace(false)).then(|| seal.clone()))),
        ("the seal of another grant", resealed(rows.clone(), another)),
        ("the seal of another table", resealed(rows.clone(), elsewhere)),
        ("values that are open, without an aggregate", resealed(rows, opened)),
    ] {
        let refused = watch.check(&plan).expect_err(what);
        assert_eq!(refused.code, Code::INTERNAL, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_for_whoever_asks_is_refused() {
    let city = City::open().await;
    let rows = planned(&city, ROWS).await;
    let nobody = Principal { standing: Attributes::default(), ..analyst() };
    assert_eq!(watch(&city, &nobody).check(&rows).unwrap_err().code, Code::INTERNAL);
    // Files that no table has, though there is a barrier above them.
    let access = city.session(&analyst()).access();
    let unknown = Watch::new(Arc::new(Names::default()), access, &city.engine);
    assert_eq!(unknown.check(&rows).unwrap_err().code, Code::INTERNAL);
    // Nothing is kept from whoever holds the files.
    assert!(watch(&city, &operator()).check(&resealed(rows, |_| None)).is_ok());
}

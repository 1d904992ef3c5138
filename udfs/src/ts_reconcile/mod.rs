//! `ts_reconcile(node_path, ts, yhat [, errors [, method]])`: forecasts of a hierarchy that add up.

mod nodes;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use self::nodes::{Errors, Nodes};
use crate::forecast::Error;
use crate::forecast::interval::Z;
use crate::forecast::reconcile::choose::choose;
use crate::forecast::reconcile::{Covariance, Hierarchy, Method, Reconciler};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsReconcile = Aggregate<Reconcile>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Reconcile;

impl Kind for Reconcile {
    const NAME: &'static str = "ts_reconcile";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("node_path", Role::Path),
        Parameter::required("ts", Role::Time),
        Parameter::required("yhat", Role::Number),
        Parameter::optional("errors", Role::Numbers),
        Parameter::optional("method", Role::Constant),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[
        ("node_path", Of::Path),
        ("ts", Of::Time),
        ("yhat", Of::Number),
        ("lo", Of::Number),
        ("hi", Of::Number),
        ("base", Of::Number),
        ("method", Of::Text),
    ];

    fn check(_constant: usize, text: &str) -> Result<(), String> {
        method(text).map(|_| ())
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let asked = rows.constant(0, "method")?.map_or(Ok(None), method).map_err(Error::Option)?;
        let nodes = Nodes::of(rows, clock)?;
        let hierarchy = Hierarchy::new(&nodes.paths).map_err(|error| Error::Option(error.to_string()))?;
        let (method, reconciler) = reconciler(&hierarchy, &nodes.errors, asked);
        let mut out = Reconciled::default();
        for (step, base) in nodes.base.iter().enumerate() {
            let mean = reconciler.apply(base);
            let variances = match &nodes.errors {
                Errors::Variances(all) if hierarchy.nodes() <= NODES_WITH_INTERVALS => reconciler.variances(&all[step]),
                _ => vec![f64::NAN; base.len()],
            };
            out.lo.extend(mean.iter().zip(&variances).map(|(mean, variance)| mean - Z * variance.sqrt()));
            out.hi.extend(mean.iter().zip(&variances).map(|(mean, variance)| mean + Z * variance.sqrt()));
            out.mean.extend(mean);
            out.base.extend_from_slice(base);
            out.paths.extend(nodes.paths.iter().cloned());
            out.times.extend(std::iter::repeat_n(Some(nodes.times[step]), base.len()));
        }
        let rows = out.mean.len();
        let numbers = [out.mean, out.lo, out.hi, out.base].map(Out::Number);
        let first = [Out::Path(out.paths), Out::Time(out.times)];
        Ok(first.into_iter().chain(numbers).chain([Out::text(method.name(), rows)]).collect())
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// The work of variances grows with the third power.
const NODES_WITH_INTERVALS: usize = 1000;

#[derive(Default)]
struct Reconciled {
    paths: Vec<Vec<String>>,
    times: Vec<Option<i64>>,
    mean: Vec<f64>,
    lo: Vec<f64>,
    hi: Vec<f64>,
    base: Vec<f64>,
}

/// The method asked for; `auto`, which is `None`, is chosen by a backtest on the residuals.
fn reconciler<'a>(hierarchy: &'a Hierarchy, errors: &Errors, asked: Option<Method>) -> (Method, Reconciler<'a>) {
    match errors {
        Errors::Residuals(all) => {
            let residuals: Vec<&[f64]> = all.iter().map(Vec::as_slice).collect();
            let method = asked.unwrap_or_else(|| choose(hierarchy, &residuals).0);
            (method, Reconciler::new(hierarchy, method, &residuals))
        }
        Errors::Variances(steps) => match asked.unwrap_or(Method::Wls) {
            method @ (Method::BottomUp | Method::Ols) => (method, Reconciler::new(hierarchy, method, &[])),
            // Without residuals there are no correlations to use.
            _ => (Method::Wls, Reconciler::with(hierarchy, &Covariance::Diagonal(mean(steps)))),
        },
        Errors::None => {
            let method = asked.filter(|method| *method == Method::BottomUp).unwrap_or(Method::Ols);
            (method, Reconciler::new(hierarchy, method, &[]))
        }
    }
}

/// Per node, over the steps.
fn mean(steps: &[Vec<f64>]) -> Vec<f64> {
    let nodes = steps.first().map_or(0, Vec::len);
    (0..nodes).map(|node| steps.iter().map(|step| step[node]).sum::<f64>() / steps.len() as f64).collect()
}

fn method(text: &str) -> Result<Option<Method>, String> {
    let name = text.trim().to_lowercase();
    match Method::ALL.into_iter().find(|method| method.name() == name) {
        Some(method) => Ok(Some(method)),
        None if name == "auto" => Ok(None),
        None => Err(format!("unknown method `{text}`; known are `auto`, `bu`, `ols`, `wls`, `mint`")),
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Makes the forecasts of all nodes of a hierarchy add up at each time. A node is the sum of those whose path agrees with \
         its own where it names something: a shorter path, and `*`, contain all. Returns one element per node and time with the \
         reconciled `yhat`, the forecast given (`base`), the `method` used, and, where `errors` are variances, a 95 % interval.",
        "ts_reconcile(node_path, ts, yhat [, errors [, method]])",
    )
    .with_sql_example("```sql\nSELECT unnest(ts_reconcile([district, sector], month, yhat, residuals, 'auto')) FROM forecasts;\n```")
    .with_argument("node_path", "List of names from the whole to the part.")
    .with_argument("ts", "DATE or TIMESTAMP of the forecast.")
    .with_argument("yhat", "Base forecast.")
    .with_argument(
        "errors",
        "The variance of the forecast's error, or the list of the node's past one-step errors, oldest first, the same times for \
         all nodes (the end counts).",
    )
    .with_argument(
        "method",
        "`auto` (default: the best on the past errors), `bu` (bottom-up), `ols`, `wls` (variances), `mint` (covariance with \
         shrinkage).",
    )
    .build()
});

//! Table functions that find projects which were filed before: `duplicate_pairs` and `duplicate_groups`.

mod candidates;
mod groups;
mod judged;

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, Query, Value};
use huitong_catalog::Result;

use super::call::{Call, Key};
use super::linkage::specification;
use super::template::{Parts, quoted};
use candidates::{Candidates, MOST, NEW, REGISTER};
pub use groups::groups;

const FORM: &str = "duplicate_pairs(TABLE new[, against => TABLE register[, index => TABLE keys]], id => column, features => column | \
                    title => …, abstract => …, project_code => …, credit_code => …, applicant => …, industry => …, park => …, \
                    parcel => …, investment => …, phase => …[, spec => 'cn_project' | '{…}'][, accept => 0.99][, review => 0.5]\
                    [, max_block => 20])";
/// What `project_features` takes, in its order.
const PARTS: [&str; 10] = [
    "project_code",
    "title",
    "abstract",
    "credit_code",
    "applicant",
    "industry",
    "park",
    "parcel",
    "investment",
    "phase",
];
const OTHERS: [&str; 8] = ["against", "index", "id", "features", "spec", "accept", "review", "max_block"];

/// `duplicate_pairs(TABLE new, against => TABLE register, …)`: of each filing the earlier ones that it repeats, continues or resembles;
/// without a register, of all pairs of a table.
pub fn pairs(given: &[FunctionArg]) -> Result<Query> {
    let known = [&OTHERS[..], &PARTS].concat();
    let mut call = Call::read("duplicate_pairs", FORM.to_owned(), 1..=1, &known, given)?;
    let new = call.relations.pop().ok_or_else(|| call.missing("the relation"))?;
    let (register, index) = (relation(&mut call, "against")?, relation(&mut call, "index")?);
    if index.is_some() && register.is_none() {
        return Err(call.bad("`index` has the keys of a register, and there is no `against`"));
    }
    let id = id(&mut call)?;
    let model = specification(&mut call, "spec", Some("cn_project"))?;
    let Written { features, mut expressions } = Written::of(&mut call)?;
    for (name, placeholder, usual) in
        [("accept", judged::ACCEPT, "0.99"), ("review", judged::REVIEW, "0.5"), ("max_block", MOST, "20")]
    {
        let given = call.number(name)?.unwrap_or_else(|| Expr::value(Value::Number(usual.to_owned(), false)));
        expressions.push((placeholder.to_owned(), given));
    }
    let candidates = Candidates { is_within: register.is_none(), is_indexed: index.is_some(), features: &features };
    let text = judged::text(&model, &candidates);
    let parts = Parts::default().relation(NEW, new).expression(candidates::ID, id.expression);
    let others = [(REGISTER, register), (candidates::INDEX, index)];
    let put = |parts: Parts, (name, query): (&str, Option<Query>)| match query {
        Some(query) => parts.relation(name, query),
        None => parts,
    };
    let parts = others.into_iter().fold(parts, put);
    expressions.into_iter().fold(parts, |parts, (name, expression)| parts.expression(name, expression)).put_into(&text)
}

fn relation(call: &mut Call, argument: &str) -> Result<Option<Query>> {
    match call.take(argument) {
        None => Ok(None),
        Some(Expr::Subquery(relation)) => Ok(Some(*relation)),
        Some(other) => Err(call.bad(&format!("`{argument}` takes a relation, not `{other}`"))),
    }
}

fn id(call: &mut Call) -> Result<Key> {
    let given = call.keys("id")?.ok_or_else(|| call.missing("`id`"))?;
    match <[Key; 1]>::try_from(given) {
        Ok([id]) => Ok(id),
        Err(_) => Err(call.bad("`id` takes the column that tells a filing, which both relations have")),
    }
}

/// What is written of a filing.
struct Written {
    /// Text of an expression over a row.
    features: String,
    /// What takes the place of names in it.
    expressions: Vec<(String, Expr)>,
}

impl Written {
    /// Features that are there, or what they are made of; what is not given is not known.
    fn of(call: &mut Call) -> Result<Self> {
        let mut expressions = Vec::new();
        let mut put = |call: &mut Call, name: &str| {
            let placeholder = format!("given {name}");
            let text = quoted(&placeholder);
            call.take(name).map(|expression| {
                expressions.push((placeholder, expression));
                text
            })
        };
        let ready = put(call, "features");
        let parts: Vec<Option<String>> = PARTS.iter().map(|name| put(call, name)).collect();
        let are_parts_given = parts.iter().any(Option::is_some);
        let features = match (ready, are_parts_given) {
            (Some(_), true) => {
                return Err(call.bad("`features` stands for what they are made of: give it or the parts"));
            }
            (None, false) => return Err(call.missing("`features`, or `title` and other parts of a filing,")),
            (Some(ready), false) => ready,
            (None, true) => {
                let parts: Vec<String> =
                    parts.into_iter().map(|part| part.unwrap_or_else(|| "NULL".to_owned())).collect();
                format!("project_features({})", parts.join(", "))
            }
        };
        Ok(Self { features, expressions })
    }
}

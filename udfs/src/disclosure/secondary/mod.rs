//! Which other cells have to be suppressed, so that no primary cell can be computed from what is published.
//!
//! The attack: whoever knows all published cells and that none is below 0 deduces an interval for each suppressed one, at best that of
//! all tables which agree with what is published. A cell is protected if that interval reaches far enough both ways.
//!
//! The defence carries its proof. For each primary cell and each way it constructs a **witness**: a table with the same published
//! cells, the same sums, nothing below 0, in which the cell is as far from its value as asked. In tables of counts all its cells are
//! whole numbers, so that it also stands against a reader who uses that; linear programming, which does not, deduces less. Cells that
//! a witness changes become suppressed; more suppressed cells leave all witnesses valid, so that one pass is enough. Witnesses are
//! looked for as the cheapest change that keeps all sums:
//! - in two dimensions, a cheapest cycle in the network of rows and columns (Cox, *Network models for complementary cell
//!   suppression*, JASA 90, 1995),
//! - in more, such a cycle times a pair of codes of each other dimension; two codes in all dimensions give the hypercube of
//!   Giessing and Repsilber (Hundepohl et al., *Statistical Disclosure Control*, Wiley 2012, §4.4).
//!
//! An integer program (Fischetti and Salazar, *Models and algorithms for optimizing cell suppression in tabular data with linear
//! constraints*, JASA 95, 2000) finds patterns that cost less; it takes a solver that we do not have. What is suppressed without need
//! is partly taken back at the end. Last, [`audit`] checks every witness against the definition.
//!
//! Why a cell is suppressed must not be published with it: who can tell small cells from the others knows that they are below the
//! threshold and that the others are not, and no interval above speaks of that.

pub mod audit;
mod groups;
mod pattern;
mod search;
mod spare;

#[cfg(test)]
mod attack;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::pattern::Pattern;
use super::primary::{Primary, Reason, Zeros};
use super::table::{Error, Table};

/// By how much which cells differ from the table.
pub type Witness = BTreeMap<usize, f64>;

/// A primary cell and two witnesses that it is protected: below and above its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    pub primary: Primary,
    pub witnesses: [Witness; 2],
}

#[derive(Debug, Clone, PartialEq)]
pub struct Suppression {
    /// Per cell; `None` is published.
    pub reasons: Vec<Option<Reason>>,
    pub certificates: Vec<Certificate>,
}

/// How a table is to be protected.
#[derive(Debug, Clone, Default)]
pub struct Case {
    pub zeros: Zeros,
    /// How far an empty cell has to be uncertain where all of a line would be of one kind.
    pub group: f64,
    /// Whether all values are whole numbers, of which a reader knows.
    pub is_counts: bool,
    /// Cells of amounts with one contributor, who knows the cell: they protect no other one, where others can. Empty for none.
    pub singletons: Vec<bool>,
}

/// Suppresses the primary cells of a table and as many others as protect them.
///
/// # Errors
/// [`Error::Unprotected`] if a cell cannot be protected, or if the audit found that one is not.
pub fn suppress(table: &Table, primaries: &[Primary], case: &Case) -> Result<Suppression, Error> {
    let mut pattern = Pattern::new(table, case);
    primaries.iter().for_each(|primary| pattern.suppressed[primary.cell] = true);
    let mut order: Vec<&Primary> = primaries.iter().collect();
    // Those that need most first: what they need often protects the others too.
    order.sort_by(|one, other| {
        (other.below + other.above).total_cmp(&(one.below + one.above)).then(one.cell.cmp(&other.cell))
    });
    let mut certificates = Vec::with_capacity(order.len());
    for primary in order {
        let witnesses = pattern.protect(primary).ok_or(Error::Unprotected)?;
        certificates.push(Certificate { primary: *primary, witnesses });
    }
    if case.zeros == Zeros::Group {
        groups::protect(&mut pattern, case.group, &mut certificates)?;
    }
    spare::publish(&mut pattern, &mut certificates);
    let suppression = Suppression { reasons: reasons(&pattern, &certificates), certificates };
    match audit::holds(table, &suppression, case.is_counts) {
        true => Ok(suppression),
        false => Err(Error::Unprotected),
    }
}

fn reasons(pattern: &Pattern, certificates: &[Certificate]) -> Vec<Option<Reason>> {
    let mut reasons: Vec<Option<Reason>> =
        pattern.suppressed.iter().map(|suppressed| suppressed.then_some(Reason::Secondary)).collect();
    for certificate in certificates {
        reasons[certificate.primary.cell] = Some(certificate.primary.reason);
    }
    reasons
}

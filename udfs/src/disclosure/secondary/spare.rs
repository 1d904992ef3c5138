//! Publishes again what turned out not to be needed: cells suppressed early for one primary cell, when later ones brought others.

use std::collections::BTreeSet;

use super::pattern::Pattern;
use super::{Certificate, Witness};

/// Bounds the work: searches times cells.
const WORK_MAX: usize = 200_000_000;

/// Takes secondary cells back, the most valuable first, as long as all primary cells keep witnesses.
pub fn publish(pattern: &mut Pattern, certificates: &mut [Certificate]) {
    let cells = pattern.suppressed.len();
    let primary: BTreeSet<usize> = certificates.iter().map(|certificate| certificate.primary.cell).collect();
    let mut secondary: Vec<usize> =
        (0..cells).filter(|cell| pattern.suppressed[*cell] && !primary.contains(cell)).collect();
    secondary.sort_by_key(|cell| (std::cmp::Reverse(pattern.costs[*cell]), *cell));
    let mut users: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); cells];
    for (user, certificate) in certificates.iter().enumerate() {
        certificate.witnesses.iter().flat_map(Witness::keys).for_each(|cell| {
            users[*cell].insert(user);
        });
    }
    // Only what is suppressed may be used from here on.
    let usable = std::mem::replace(&mut pattern.usable, vec![false; cells]);
    let mut searches = WORK_MAX / cells;
    for cell in secondary {
        if users[cell].len() > searches {
            continue;
        }
        searches -= users[cell].len();
        pattern.suppressed[cell] = false;
        match without(pattern, certificates, &users[cell]) {
            None => pattern.suppressed[cell] = true,
            Some(found) => {
                for (user, witnesses) in found {
                    witnesses.iter().flat_map(Witness::keys).for_each(|cell| {
                        users[*cell].insert(user);
                    });
                    certificates[user].witnesses = witnesses;
                }
            }
        }
    }
    pattern.usable = usable;
}

/// Witnesses of all users that do without a cell which is not suppressed any more, and as before stand against single contributors.
fn without(
    pattern: &mut Pattern,
    certificates: &[Certificate],
    users: &BTreeSet<usize>,
) -> Option<Vec<(usize, [Witness; 2])>> {
    users.iter().map(|user| Some((*user, pattern.both(&certificates[*user].primary)?))).collect()
}

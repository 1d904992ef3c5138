//! Whose turn it is among the groups.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::book::Id;
use super::limits::Group;
use super::line::Line;

/// How far a group of weight 1 moves with each start.
const STRIDE: u128 = 1 << 32;

/// The groups that wait or run.
#[derive(Debug, Default)]
pub struct Turns {
    groups: BTreeMap<Arc<str>, Turn>,
    /// Where the group stood that started last (start-time fair queueing: Goyal, Vin, Cheng, SIGCOMM 1996).
    reached: u128,
}

#[derive(Debug)]
struct Turn {
    weight: NonZeroU32,
    line: Line,
    /// Starts, divided by the weight. A group that fell behind what is reached has no claim to what it missed.
    position: u128,
}

impl Turns {
    /// The first statements of all users of all groups, in turn. `held` tells what a group holds, in any unit.
    pub fn heads(&self, held: impl Fn(&Arc<str>) -> u128) -> impl Iterator<Item = Id> {
        let waiting = self.groups.iter().filter(|(_, turn)| turn.line.queued() > 0);
        let mut order: Vec<_> = waiting.map(|(name, turn)| (held(name), turn)).collect();
        order.sort_by(|(a_held, a), (b_held, b)| compare((*a_held, a), (*b_held, b)));
        order.into_iter().flat_map(|(_, turn)| turn.line.heads())
    }

    pub fn line(&self, group: &str) -> Option<&Line> {
        self.groups.get(group).map(|turn| &turn.line)
    }

    pub fn enter(&mut self, group: &Group, user: &Arc<str>, id: Id) {
        let new = || Turn { weight: group.weight, line: Line::default(), position: 0 };
        let turn = self.groups.entry(group.name.clone()).or_insert_with(new);
        turn.weight = group.weight;
        turn.line.enter(user, id);
    }

    pub fn start(&mut self, group: &str, user: &str, id: Id) {
        if let Some(turn) = self.groups.get_mut(group) {
            turn.line.start(user, id);
            self.reached = self.reached.max(turn.position);
            turn.position = self.reached + STRIDE / u128::from(turn.weight.get());
        }
    }

    pub fn leave(&mut self, group: &str, user: &str, id: Id) {
        if let Some(turn) = self.groups.get_mut(group) {
            turn.line.leave(user, id);
        }
    }

    /// Forgets groups that neither wait nor, as `runs` tells, run; a group that is ahead of the others stays, or it could lose
    /// its debt by a moment's absence.
    pub fn forget_idle(&mut self, runs: impl Fn(&Arc<str>) -> bool) {
        let reached = self.reached;
        self.groups.retain(|name, turn| turn.line.queued() > 0 || runs(name) || turn.position > reached);
    }
}

/// Who holds less for its weight; then who has started less for it.
fn compare((a_held, a): (u128, &Turn), (b_held, b): (u128, &Turn)) -> Ordering {
    let (a_weight, b_weight) = (u128::from(a.weight.get()), u128::from(b.weight.get()));
    (a_held * b_weight).cmp(&(b_held * a_weight)).then(a.position.cmp(&b.position))
}

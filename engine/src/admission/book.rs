//! The book of who waits and who runs, and who starts next.
//!
//! Whenever the book is at rest, nothing that waits can start. Time is a parameter.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ask::{Ask, Refusal};
use super::limits::{Group, Limits};
use super::pool::{Bound, LEVELS, Pool, Reserved, Scope};
use super::snapshot::{Load, Snapshot, Waiting};
use super::turns::Turns;

/// In the order in which statements came.
pub type Id = u64;

/// Who waits and who runs.
#[derive(Debug)]
pub struct Book {
    limits: Limits,
    statements: BTreeMap<Id, Statement>,
    pools: HashMap<Scope, Pool>,
    turns: Turns,
    started: Vec<Id>,
    next_id: Id,
}

#[derive(Debug)]
struct Statement {
    user: Arc<str>,
    group: Arc<Group>,
    door: &'static str,
    bytes: u64,
    /// What it draws on, from the narrowest to the widest.
    draws: [(Scope, Bound); LEVELS],
    came: Instant,
    started: Option<Instant>,
    /// How often its turn was passed over, and since when.
    passes: u32,
    passed_since: Option<Instant>,
}

impl Book {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            statements: BTreeMap::new(),
            pools: HashMap::new(),
            turns: Turns::default(),
            started: Vec::new(),
            next_id: 0,
        }
    }

    /// Starts a statement or lets it wait. The queue's bounds are for those who wait: a place that is free is given also when
    /// the queue is full of statements that wait for something else.
    pub fn enter(&mut self, ask: Ask, now: Instant) -> Result<Id, Refusal> {
        let id = self.next_id;
        self.next_id += 1;
        let statement = Statement::new(ask, &self.limits, now);
        for (scope, _) in &statement.draws {
            self.pools.entry(scope.clone()).or_default().members += 1;
        }
        self.turns.enter(&statement.group, &statement.user, id);
        self.statements.insert(id, statement);
        self.start_all(now);
        match self.over_bound(id) {
            Some(refusal) => {
                self.leave(id, now);
                Err(refusal)
            }
            None => Ok(id),
        }
    }

    /// Strikes out a statement that waits or runs, and starts what can start without it.
    pub fn leave(&mut self, id: Id, now: Instant) {
        let Some(statement) = self.statements.remove(&id) else { return };
        if statement.started.is_none() {
            self.turns.leave(&statement.group.name, &statement.user, id);
        }
        for (scope, _) in &statement.draws {
            let Some(pool) = self.pools.get_mut(scope) else { continue };
            if statement.started.is_some() {
                pool.give_back(statement.bytes);
            }
            pool.cancel_reservation(id);
            pool.members -= 1;
            if pool.members == 0 {
                self.pools.remove(scope);
            }
        }
        match self.statements.is_empty() {
            true => self.turns = Turns::default(),
            false => self.turns.forget_idle(|group| self.pools.contains_key(&Scope::Group(group.clone()))),
        }
        self.start_all(now);
    }

    /// The statements that started since this was asked last.
    pub fn take_started(&mut self) -> Vec<Id> {
        std::mem::take(&mut self.started)
    }

    /// How long a statement waited that has started; one that has not has waited too long.
    pub fn outcome(&self, id: Id, now: Instant) -> Result<Duration, Refusal> {
        let statement = self.statements.get(&id);
        let waited =
            |until: Instant| statement.map_or(Duration::ZERO, |statement| until.duration_since(statement.came));
        let started = statement.and_then(|statement| statement.started);
        started.map(waited).ok_or_else(|| Refusal::TooLong { waited: waited(now) })
    }

    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let waiting = self.statements.values().filter(|statement| statement.started.is_none());
        let waiting = waiting.map(|statement| Waiting {
            user: statement.user.clone(),
            group: statement.group.name.clone(),
            door: statement.door,
            waited: now.duration_since(statement.came),
            bytes: statement.bytes,
        });
        let groups = self.pools.iter().filter_map(|(scope, pool)| match scope {
            Scope::Group(name) => Some((name, pool)),
            _ => None,
        });
        let groups = groups.map(|(name, pool)| Load {
            group: name.clone(),
            running: pool.running,
            bytes: pool.bytes,
            queued: pool.members - pool.running as usize,
        });
        let mut groups: Vec<_> = groups.collect();
        groups.sort_by(|a, b| a.group.cmp(&b.group));
        Snapshot { waiting: waiting.collect(), groups }
    }

    fn start_all(&mut self, now: Instant) {
        while self.process_has_places()
            && let Some(id) = self.next(now)
        {
            self.start(id, now);
        }
    }

    /// Most often there are none, and nobody's turn need be looked for.
    fn process_has_places(&self) -> bool {
        self.pools.get(&Scope::Process).is_some_and(|pool| pool.running < self.limits.running_max.get())
    }

    /// The first in turn that has room. Whoever it passes over is counted, or has its limit reserved and it looks again.
    fn next(&mut self, now: Instant) -> Option<Id> {
        loop {
            let (id, passed) = self.first_with_room()?;
            match self.to_be_reserved(&passed, now) {
                Some((scope, reserved)) => {
                    if let Some(pool) = self.pools.get_mut(&scope) {
                        pool.reserved = Some(reserved);
                    }
                }
                None => {
                    for id in passed {
                        self.pass_over(id, now);
                    }
                    return Some(id);
                }
            }
        }
    }

    /// The first in turn that has room, with those before it that lack room where it would take some.
    fn first_with_room(&self) -> Option<(Id, Vec<Id>)> {
        let mut without = Vec::new();
        for id in self.turns.heads(|group| self.held(group)) {
            let Some(statement) = self.statements.get(&id) else { continue };
            match self.lacks(id, statement) {
                Some(scope) => without.push((id, scope)),
                None => {
                    let takes = |scope: &Scope| statement.draws.iter().any(|(drawn, _)| drawn == scope);
                    let passed = without.into_iter().filter(|(_, scope)| takes(scope)).map(|(id, _)| id);
                    return Some((id, passed.collect()));
                }
            }
        }
        None
    }

    /// The larger of a group's parts of the places and the memory (dominant resource fairness: Ghodsi et al., NSDI 2011), in
    /// units of one place times one byte of the process.
    fn held(&self, group: &Arc<str>) -> u128 {
        let Some(pool) = self.pools.get(&Scope::Group(group.clone())) else { return 0 };
        let places = u128::from(pool.running) * u128::from(self.limits.bytes_max);
        let memory = u128::from(pool.bytes) * u128::from(self.limits.running_max.get());
        places.max(memory)
    }

    /// The narrowest limit under which a statement has no room.
    fn lacks<'a>(&self, id: Id, statement: &'a Statement) -> Option<&'a Scope> {
        let level = (0..LEVELS).find(|level| !self.has_room(id, statement, *level))?;
        Some(&statement.draws[level].0)
    }

    fn has_room(&self, id: Id, statement: &Statement, level: usize) -> bool {
        let (scope, bound) = &statement.draws[level];
        let Some(pool) = self.pools.get(scope) else { return true };
        let reserved = pool.reserved.filter(|reserved| reserved.id != id && self.holds(reserved.id, level));
        pool.fits(statement.bytes, *bound, reserved)
    }

    /// Whether a reservation counts: only while its statement has room under all narrower limits. The order of the levels also
    /// keeps two reservations from waiting for each other.
    fn holds(&self, id: Id, level: usize) -> bool {
        let statement = self.statements.get(&id);
        statement.is_some_and(|statement| (0..level).all(|narrower| self.has_room(id, statement, narrower)))
    }

    /// Of those about to be passed over, the one that was first passed over among those that were often enough.
    fn to_be_reserved(&self, passed: &[Id], now: Instant) -> Option<(Scope, Reserved)> {
        let Limits { passes_max, patience, .. } = self.limits;
        let due = passed.iter().filter_map(|id| {
            let statement = self.statements.get(id).filter(|statement| statement.is_due(&self.limits, now))?;
            let scope = self.lacks(*id, statement)?;
            let pool = self.pools.get(scope)?;
            let reserved = Reserved { id: *id, bytes: statement.bytes };
            pool.can_be_reserved(passes_max, patience, now).then_some((statement.passed_since, scope, reserved))
        });
        let first = due.min_by_key(|(since, _, reserved)| (*since, reserved.id))?;
        Some((first.1.clone(), first.2))
    }

    fn pass_over(&mut self, id: Id, now: Instant) {
        if let Some(statement) = self.statements.get_mut(&id) {
            statement.passes = statement.passes.saturating_add(1);
            statement.passed_since.get_or_insert(now);
        }
    }

    fn start(&mut self, id: Id, now: Instant) {
        let Some(statement) = self.statements.get_mut(&id) else { return };
        statement.started = Some(now);
        for (scope, _) in &statement.draws {
            if let Some(pool) = self.pools.get_mut(scope) {
                pool.take(id, statement.bytes, now);
            }
        }
        self.turns.start(&statement.group.name, &statement.user, id);
        self.started.push(id);
    }

    /// Why a statement that just came may not wait.
    fn over_bound(&self, id: Id) -> Option<Refusal> {
        let statement = self.statements.get(&id).filter(|statement| statement.started.is_none())?;
        let group = &statement.group;
        let line = self.turns.line(&group.name)?;
        let (others, own) = (line.queued() - 1, line.queued_of(&statement.user) - 1);
        let group_name = || group.name.to_string();
        if others >= group.queued_max {
            return Some(Refusal::Full { group: group_name(), queued: others });
        }
        (own >= group.user_queued_max).then(|| Refusal::UserFull { group: group_name(), queued: own })
    }
}

impl Statement {
    fn new(ask: Ask, limits: &Limits, now: Instant) -> Self {
        let Ask { user, door, group, bytes } = ask;
        let (user, name): (Arc<str>, _) = (user.into(), group.name.clone());
        let places = |running_max: NonZeroU32| Bound { running_max, bytes_max: u64::MAX };
        let door_max = limits.door_running_max.get(door).copied().unwrap_or(NonZeroU32::MAX);
        let draws = [
            (Scope::User(user.clone()), places(limits.user_running_max)),
            (Scope::Member { group: name.clone(), user: user.clone() }, places(group.user_running_max)),
            (Scope::Door(door), places(door_max)),
            (Scope::Group(name), Bound { running_max: group.running_max, bytes_max: group.bytes_max }),
            (Scope::Process, Bound { running_max: limits.running_max, bytes_max: limits.bytes_max }),
        ];
        Self { user, group, door, bytes, draws, came: now, started: None, passes: 0, passed_since: None }
    }

    fn is_due(&self, limits: &Limits, now: Instant) -> bool {
        let impatient = |since| now.duration_since(since) >= limits.patience;
        self.passes >= limits.passes_max || self.passed_since.is_some_and(impatient)
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

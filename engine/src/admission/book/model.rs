//! Random work against rules that are written a second time, as plainly as can be.

use std::collections::HashSet;

use super::tests::{Desk, places};
use super::*;

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What the test knows of a statement.
struct Known {
    user: String,
    group: Arc<Group>,
    door: &'static str,
    bytes: u64,
    runs: bool,
}

/// A desk and the list of its statements as the test has seen them.
struct Model {
    desk: Desk,
    limits: Limits,
    known: BTreeMap<Id, Known>,
}

impl Model {
    fn new(limits: Limits) -> Self {
        Self { desk: Desk::new(limits.clone()), limits, known: BTreeMap::new() }
    }

    fn enter(&mut self, user: String, door: &'static str, group: &Arc<Group>, bytes: u64) {
        let outcome = self.desk.try_enter(&user, door, group, bytes);
        let queued = self.known.values().filter(|known| !known.runs && known.group.name == group.name);
        let (all, own) = queued.fold((0, 0), |(all, own), known| (all + 1, own + usize::from(known.user == user)));
        match outcome {
            Ok(id) => {
                self.known.insert(id, Known { user, group: group.clone(), door, bytes, runs: false });
            }
            Err(Refusal::Full { queued, .. }) => assert!(queued == all && all >= group.queued_max),
            Err(Refusal::UserFull { queued, .. }) => assert!(queued == own && own >= group.user_queued_max),
            Err(Refusal::TooLong { .. }) => panic!("it has not waited"),
        }
        self.see_started();
    }

    fn leave(&mut self, id: Id) {
        self.desk.book.leave(id, self.desk.now);
        self.known.remove(&id);
        self.see_started();
    }

    fn see_started(&mut self) {
        for id in self.desk.book.take_started() {
            assert!(self.heads().contains(&id), "a user's statements start in order");
            self.known.get_mut(&id).unwrap().runs = true;
        }
        self.check();
    }

    /// The first waiting statement of each user in each group.
    fn heads(&self) -> HashSet<Id> {
        let mut first = HashMap::new();
        for (id, known) in self.known.iter().filter(|(_, known)| !known.runs) {
            first.entry((known.group.name.clone(), known.user.clone())).or_insert(*id);
        }
        first.into_values().collect()
    }

    /// Whether there is room for `asked` beside what runs, and beside one more.
    fn fits(&self, asked: &Known, beside: Option<&Known>) -> bool {
        let running = || self.known.values().filter(|known| known.runs).chain(beside);
        let count = |of: &dyn Fn(&Known) -> bool| running().filter(|known| of(known)).count() as u64;
        let bytes =
            |of: &dyn Fn(&Known) -> bool| running().filter(|known| of(known)).map(|known| known.bytes).sum::<u64>();
        let same_user = |known: &Known| known.user == asked.user;
        let same_group = |known: &Known| known.group.name == asked.group.name;
        let places = |held: u64, max: NonZeroU32| held < u64::from(max.get());
        let memory = |held: u64, max: u64| asked.bytes == 0 || held == 0 || held + asked.bytes <= max;
        let door_max = self.limits.door_running_max.get(asked.door).copied().unwrap_or(NonZeroU32::MAX);
        places(count(&|_| true), self.limits.running_max)
            && places(count(&same_user), self.limits.user_running_max)
            && places(count(&|known| known.door == asked.door), door_max)
            && places(count(&same_group), asked.group.running_max)
            && places(count(&|known| same_user(known) && same_group(known)), asked.group.user_running_max)
            && memory(bytes(&|_| true), self.limits.bytes_max)
            && memory(bytes(&same_group), asked.group.bytes_max)
    }

    /// Limits hold; and a statement that would fit waits only for one that has a reservation and would not fit beside it.
    fn check(&self) {
        let running: Vec<_> = self.known.values().filter(|known| known.runs).collect();
        assert!(running.len() <= self.limits.running_max.get() as usize);
        self.check_memory(&running, self.limits.bytes_max);
        for known in &running {
            let count = |of: &dyn Fn(&Known) -> bool| running.iter().filter(|other| of(other)).count() as u32;
            let same_group = |other: &Known| other.group.name == known.group.name;
            assert!(count(&|other| other.user == known.user) <= self.limits.user_running_max.get());
            assert!(count(&same_group) <= known.group.running_max.get());
            assert!(
                count(&|other| same_group(other) && other.user == known.user) <= known.group.user_running_max.get()
            );
            if let Some(max) = self.limits.door_running_max.get(known.door) {
                assert!(count(&|other| other.door == known.door) <= max.get());
            }
            let in_group: Vec<_> = running.iter().copied().filter(|other| same_group(other)).collect();
            self.check_memory(&in_group, known.group.bytes_max);
        }
        let reserved = self.desk.book.pools.values().filter_map(|pool| pool.reserved).map(|reserved| reserved.id);
        let reserved: Vec<_> = reserved.collect();
        for id in self.heads() {
            let known = &self.known[&id];
            let held_back = || {
                let others = reserved.iter().filter(|other| **other != id).map(|other| &self.known[other]);
                others.into_iter().any(|other| !self.fits(known, Some(other)))
            };
            assert!(!self.fits(known, None) || held_back(), "{} could start", known.user);
        }
        assert!(!running.is_empty() || self.known.is_empty(), "everybody waits");
    }

    /// Within the limit, or one alone is above it.
    fn check_memory(&self, running: &[&Known], max: u64) {
        let holding: Vec<_> = running.iter().map(|known| known.bytes).filter(|bytes| *bytes > 0).collect();
        assert!(holding.len() == 1 || holding.iter().sum::<u64>() <= max, "{holding:?} of {max}");
    }

    fn some(&self, dice: &mut Dice, runs: bool) -> Option<Id> {
        let ids: Vec<_> = self.known.iter().filter(|(_, known)| known.runs == runs).map(|(id, _)| *id).collect();
        (!ids.is_empty()).then(|| ids[dice.below(ids.len() as u64) as usize])
    }

    /// Ends what runs until nothing is left.
    fn drain(&mut self, dice: &mut Dice) {
        while let Some(id) = self.some(dice, true) {
            self.leave(id);
        }
        let book = &self.desk.book;
        assert!(self.known.is_empty() && book.statements.is_empty() && book.pools.is_empty(), "something is left");
        assert_eq!(book.snapshot(self.desk.now), Snapshot::default());
    }
}

fn random_limits(dice: &mut Dice) -> Limits {
    let mut upto = |max: u64| places(1 + dice.below(max) as u32);
    Limits {
        running_max: upto(12),
        user_running_max: upto(6),
        door_running_max: HashMap::from([("pgwire", upto(4))]),
        bytes_max: u64::from(upto(40).get()),
        passes_max: upto(6).get() - 1,
        patience: Duration::from_secs(u64::from(upto(30).get())),
    }
}

fn random_group(dice: &mut Dice, name: &str) -> Arc<Group> {
    let mut upto = |max: u64| 1 + dice.below(max) as u32;
    Arc::new(Group {
        weight: places(upto(5)),
        running_max: places(upto(8)),
        bytes_max: u64::from(upto(30)),
        queued_max: upto(30) as usize,
        user_running_max: places(upto(4)),
        user_queued_max: upto(20) as usize,
        ..Group::new(name)
    })
}

#[test]
fn random_work_keeps_the_rules_and_leaves_nothing() {
    for seed in 0..60 {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let mut model = Model::new(random_limits(&mut dice));
        let groups = ["a", "b", "c"].map(|name| random_group(&mut dice, name));
        for _ in 0..400 {
            model.desk.now += Duration::from_millis(dice.below(2_000));
            match dice.below(10) {
                0..5 => {
                    let user = format!("user {}", dice.below(5));
                    let door = ["flight", "pgwire"][dice.below(2) as usize];
                    let group = &groups[dice.below(3) as usize];
                    // Most are small, some are larger than everything there is.
                    let bytes = if dice.below(6) == 0 { dice.below(60) } else { dice.below(4) };
                    model.enter(user, door, group, bytes);
                }
                5..6 => drop(model.some(&mut dice, false).map(|id| model.leave(id))),
                _ => drop(model.some(&mut dice, true).map(|id| model.leave(id))),
            }
        }
        model.drain(&mut dice);
    }
}

/// Without memory and with places for all kinds, turns are exact.
#[test]
fn turns_are_exact_where_everything_fits() {
    for seed in 0..40 {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let running_max = places(1 + dice.below(8) as u32);
        let mut model = Model::new(Limits { running_max, ..Limits::default() });
        let groups = ["a", "b", "c"].map(|name| {
            let weight = places(1 + dice.below(4) as u32);
            Arc::new(Group { weight, ..Group::new(name) })
        });
        // Users of a group in the order in which they last started or came.
        let mut turns: HashMap<Arc<str>, Vec<String>> = HashMap::new();
        for _ in 0..600 {
            let before: HashSet<_> = model.known.iter().filter(|(_, known)| known.runs).map(|(id, _)| *id).collect();
            let held = |name: &str| {
                before.iter().filter(|id| model.known.get(id).is_some_and(|known| &*known.group.name == name)).count()
            };
            let mut held: HashMap<Arc<str>, usize> =
                groups.iter().map(|group| (group.name.clone(), held(&group.name))).collect();
            let waited: HashSet<_> =
                model.known.values().filter(|known| !known.runs).map(|known| known.group.name.clone()).collect();
            if dice.below(2) == 0 {
                let (user, group) = (format!("user {}", dice.below(6)), &groups[dice.below(3) as usize]);
                let line = turns.entry(group.name.clone()).or_default();
                if !line.contains(&user) {
                    line.push(user.clone());
                }
                model.enter(user, "flight", group, 0);
            } else if let Some(id) = model.some(&mut dice, true) {
                *held.get_mut(&model.known[&id].group.name).unwrap() -= 1;
                model.leave(id);
                let started: Vec<_> =
                    model.known.iter().filter(|(id, known)| known.runs && !before.contains(id)).collect();
                assert!(started.len() <= 1);
                for (_, known) in started {
                    let ratio = |name: &Arc<str>| {
                        let weight = groups.iter().find(|group| group.name == *name).unwrap().weight;
                        held[name] as f64 / f64::from(weight.get())
                    };
                    assert!(
                        waited.iter().all(|name| ratio(&known.group.name) <= ratio(name)),
                        "another group held less"
                    );
                }
            }
            see_turns(&model, &before, &mut turns);
        }
        model.drain(&mut dice);
    }
}

/// Whoever started was the first of the users that waited.
fn see_turns(model: &Model, before: &HashSet<Id>, turns: &mut HashMap<Arc<str>, Vec<String>>) {
    let started = model.known.iter().filter(|(id, known)| known.runs && !before.contains(id));
    for (_, known) in started {
        let line = turns.get_mut(&known.group.name).unwrap();
        assert_eq!(line.first(), Some(&known.user), "it was another user's turn");
        let user = line.remove(0);
        let waits =
            |known: &Known, user: &str, group: &str| !known.runs && known.user == user && &*known.group.name == group;
        if model.known.values().any(|other| waits(other, &user, &known.group.name)) {
            line.push(user);
        }
    }
}

use std::collections::VecDeque;

use super::*;

const GB: u64 = 1 << 30;

/// A book with a clock that is set by hand.
pub(super) struct Desk {
    pub book: Book,
    pub now: Instant,
}

impl Desk {
    pub fn new(limits: Limits) -> Self {
        Self { book: Book::new(limits), now: Instant::now() }
    }

    /// The statement's number; panics if it is refused.
    pub fn enter(&mut self, user: &str, group: &Arc<Group>, bytes: u64) -> Id {
        self.try_enter(user, "flight", group, bytes).unwrap()
    }

    pub fn try_enter(&mut self, user: &str, door: &'static str, group: &Arc<Group>, bytes: u64) -> Result<Id, Refusal> {
        self.book.enter(Ask { user: user.to_owned(), door, group: group.clone(), bytes }, self.now)
    }

    /// Ends a statement and tells which ones started by it.
    pub fn end(&mut self, id: Id) -> Vec<Id> {
        self.book.take_started();
        self.book.leave(id, self.now);
        self.book.take_started()
    }

    pub fn runs(&self, id: Id) -> bool {
        self.book.outcome(id, self.now).is_ok()
    }
}

pub(super) fn places(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn group(name: &str) -> Arc<Group> {
    Arc::new(Group::new(name))
}

fn one_place() -> Limits {
    Limits { running_max: places(1), ..Limits::default() }
}

#[test]
fn every_limit_holds() {
    let any = Group::new("any");
    let cases = [
        (Limits { running_max: places(2), ..Limits::default() }, any.clone(), 2),
        (Limits { bytes_max: 3 * GB, ..Limits::default() }, any.clone(), 3),
        (Limits { user_running_max: places(4), ..Limits::default() }, any.clone(), 4),
        (Limits { door_running_max: HashMap::from([("flight", places(5))]), ..Limits::default() }, any.clone(), 5),
        (Limits::default(), Group { running_max: places(6), ..any.clone() }, 6),
        (Limits::default(), Group { bytes_max: 7 * GB + 1, ..any.clone() }, 7),
        (Limits::default(), Group { user_running_max: places(8), ..any }, 8),
    ];
    for (limits, group, expected) in cases {
        let (mut desk, group) = (Desk::new(limits), Arc::new(group));
        let ids: Vec<_> = (0..20).map(|_| desk.enter("li", &group, GB)).collect();
        assert_eq!(desk.book.take_started(), ids[..expected]);
        assert_eq!(desk.end(ids[0]), [ids[expected]]);
    }
}

#[test]
fn a_limit_is_nobody_elses() {
    let limits = Limits {
        user_running_max: places(1),
        door_running_max: HashMap::from([("pgwire", places(1))]),
        ..Limits::default()
    };
    let (mut desk, a) = (Desk::new(limits), group("a"));
    let b = Arc::new(Group { running_max: places(1), ..Group::new("b") });
    let enter = |desk: &mut Desk, user, door, group| {
        let id = desk.try_enter(user, door, group, 0).unwrap();
        desk.runs(id)
    };
    assert!(enter(&mut desk, "li", "pgwire", &a));
    assert!(!enter(&mut desk, "li", "flight", &b), "the user is at work in another group");
    assert!(!enter(&mut desk, "wang", "pgwire", &b), "the door is full");
    assert!(enter(&mut desk, "zhao", "flight", &b));
    assert!(!enter(&mut desk, "qian", "flight", &b), "the group is full");
    assert!(enter(&mut desk, "sun", "flight", &a));
}

#[test]
fn more_memory_than_there_is_runs_alone() {
    let limits = Limits { bytes_max: 10 * GB, ..Limits::default() };
    let (mut desk, wide) = (Desk::new(limits), group("wide"));
    let narrow = Arc::new(Group { bytes_max: 4 * GB, ..Group::new("narrow") });
    let small = desk.enter("li", &narrow, GB);
    let over_group = desk.enter("wang", &narrow, 5 * GB);
    assert!(!desk.runs(over_group));
    assert_eq!(desk.end(small), [over_group]);
    let next = desk.enter("li", &narrow, 1);
    assert!(!desk.runs(next), "beside one that has the whole group");
    let elsewhere = desk.enter("li", &wide, 5 * GB);
    assert!(desk.runs(elsewhere), "another group has its own limit");
    let over_process = desk.enter("zhao", &wide, u64::MAX);
    assert_eq!(desk.end(over_group), [next]);
    assert!(desk.end(elsewhere).is_empty());
    assert_eq!(desk.end(next), [over_process]);
    let weightless = desk.enter("li", &wide, 0);
    assert!(desk.runs(weightless), "what needs no memory does not wait for any");
}

#[test]
fn users_take_turns_and_keep_their_order() {
    let (mut desk, group) = (Desk::new(one_place()), group("g"));
    let flood: Vec<_> = (0..400).map(|_| desk.enter("flood", &group, GB)).collect();
    let single = desk.enter("single", &group, GB);
    let pair = [desk.enter("pair", &group, GB), desk.enter("pair", &group, GB)];
    let mut order = vec![flood[0]];
    while let Some(last) = order.last() {
        let started = desk.end(*last);
        order.extend(started);
        if order.len() == 403 {
            break;
        }
    }
    assert_eq!(order[..6], [flood[0], flood[1], single, pair[0], flood[2], pair[1]]);
    assert_eq!(order[6..], flood[3..]);
}

#[test]
fn groups_hold_places_by_weight() {
    let limits = Limits { running_max: places(10), ..Limits::default() };
    let mut desk = Desk::new(limits);
    let weighted = |name, weight| Arc::new(Group { weight: places(weight), ..Group::new(name) });
    let groups = [weighted("a", 6), weighted("b", 3), weighted("c", 1)];
    // The first one has taken everything before the others came.
    let mut running: Vec<_> = (0..10).map(|_| desk.enter("li", &groups[0], GB)).collect();
    for group in &groups {
        for _ in 0..100 {
            desk.enter("li", group, GB);
        }
    }
    desk.book.take_started();
    for _ in 0..50 {
        let id = running.remove(0);
        running.extend(desk.end(id));
    }
    let held = desk.book.snapshot(desk.now).groups;
    assert_eq!(held.iter().map(|load| load.running).collect::<Vec<_>>(), [6, 3, 1]);
}

#[test]
fn one_place_goes_round_by_weight() {
    let mut desk = Desk::new(one_place());
    let weighted = |name, weight| Arc::new(Group { weight: places(weight), ..Group::new(name) });
    let (light, heavy) = (weighted("a", 1), weighted("b", 3));
    let mut running = desk.enter("li", &light, GB);
    let lights: Vec<_> = (0..100).map(|_| desk.enter("li", &light, GB)).collect();
    for _ in 0..100 {
        desk.enter("li", &heavy, GB);
    }
    let mut light_starts = 0;
    for _ in 0..80 {
        running = desk.end(running)[0];
        light_starts += usize::from(lights.contains(&running));
    }
    assert!((19..=21).contains(&light_starts), "{light_starts} of 80 starts");
}

#[test]
fn a_group_keeps_no_claim_to_what_it_missed() {
    let mut desk = Desk::new(one_place());
    let (idle, busy) = (group("idle"), group("busy"));
    let mut running = desk.enter("li", &busy, GB);
    let mut busy_ids: Vec<_> = (0..200).map(|_| desk.enter("li", &busy, GB)).collect();
    for _ in 0..100 {
        running = desk.end(running)[0];
    }
    for _ in 0..50 {
        desk.enter("wang", &idle, GB);
    }
    busy_ids.retain(|id| *id > running);
    let mut busy_starts = 0;
    for _ in 0..20 {
        running = desk.end(running)[0];
        busy_starts += usize::from(busy_ids.contains(&running));
    }
    assert_eq!(busy_starts, 10);
}

/// It has not started less than the other by being away for a moment.
#[test]
fn a_group_that_asks_one_at_a_time_does_not_escape_its_weight() {
    let mut desk = Desk::new(one_place());
    let weighted = |name, weight| Arc::new(Group { weight: places(weight), ..Group::new(name) });
    let (light, heavy) = (weighted("a", 1), weighted("b", 3));
    let mut running = desk.enter("li", &light, GB);
    let mut light_id = running;
    for _ in 0..100 {
        desk.enter("wang", &heavy, GB);
    }
    let mut light_starts = 0;
    for _ in 0..80 {
        let ended = running;
        running = desk.end(ended)[0];
        light_starts += usize::from(running == light_id);
        if ended == light_id {
            light_id = desk.enter("li", &light, GB);
        }
    }
    assert!((19..=21).contains(&light_starts), "{light_starts} of 80 starts");
}

#[test]
fn memory_counts_as_holding() {
    let limits = Limits { running_max: places(10), bytes_max: 10 * GB, ..Limits::default() };
    let (mut desk, large, small) = (Desk::new(limits), group("large"), group("small"));
    desk.enter("li", &large, 6 * GB);
    let smalls: Vec<_> = (0..4).map(|_| desk.enter("wang", &small, GB)).collect();
    let [next_large, next_small] = [desk.enter("li", &large, GB), desk.enter("wang", &small, GB)];
    assert_eq!(desk.end(smalls[0]), [next_small], "it holds more places, but less memory");
    assert!(!desk.runs(next_large));
}

#[test]
fn who_gives_up_one_statement_keeps_the_turn_for_the_next() {
    let (mut desk, group) = (Desk::new(one_place()), group("g"));
    let running = desk.enter("li", &group, GB);
    let gives_up = desk.enter("wang", &group, GB);
    let next = desk.enter("wang", &group, GB);
    desk.enter("zhao", &group, GB);
    desk.end(gives_up);
    assert_eq!(desk.end(running), [next]);
}

/// A large statement waits; small ones come and go beside it. How many of them start before it does?
fn overtakers(desk: &mut Desk, step: Duration) -> usize {
    let group = group("g");
    let mut small: Vec<_> = (0..4).map(|_| desk.enter("small", &group, GB)).collect();
    let large = desk.enter("large", &group, 4 * GB);
    let mut overtakers = 0;
    while !desk.runs(large) {
        desk.now += step;
        let waits = desk.enter("small", &group, GB);
        overtakers += usize::from(desk.runs(waits));
        if !small.is_empty() {
            let started = desk.end(small.remove(0));
            overtakers += started.iter().filter(|id| **id != large).count();
            small.extend(started);
        }
        assert!(overtakers < 1_000, "the large statement starves");
    }
    overtakers
}

fn tight() -> Limits {
    Limits { bytes_max: 4 * GB, passes_max: 7, patience: Duration::from_secs(60), ..Limits::default() }
}

#[test]
fn a_large_statement_is_passed_over_so_many_times_and_no_more() {
    assert_eq!(overtakers(&mut Desk::new(tight()), Duration::ZERO), 7);
}

#[test]
fn a_large_statement_is_passed_over_for_so_long_and_no_longer() {
    assert_eq!(overtakers(&mut Desk::new(tight()), Duration::from_secs(20)), 3);
}

/// Only those are counted that take what the large one lacks.
#[test]
fn starts_under_other_limits_do_not_pass_over() {
    let mut desk = Desk::new(Limits { passes_max: 2, ..Limits::default() });
    let narrow = Arc::new(Group { bytes_max: 4 * GB, ..Group::new("narrow") });
    let small = desk.enter("small", &narrow, GB);
    let large = desk.enter("large", &narrow, 4 * GB);
    for _ in 0..10 {
        desk.enter("small", &group("a wide one"), GB);
    }
    let overtakers: Vec<_> = (0..3).map(|_| desk.enter("small", &narrow, GB)).collect();
    assert_eq!(overtakers.iter().map(|id| desk.runs(*id)).collect::<Vec<_>>(), [true, true, false]);
    desk.end(small);
    desk.end(overtakers[0]);
    assert_eq!(desk.end(overtakers[1]), [large]);
}

#[test]
fn whoever_was_passed_over_first_is_reserved_for_first() {
    let (mut desk, group) = (Desk::new(Limits { passes_max: 100, ..tight() }), group("g"));
    let running = desk.enter("small", &group, GB);
    let first = desk.enter("large", &group, 4 * GB);
    desk.now += Duration::from_secs(1);
    let passes = desk.enter("small", &group, GB);
    let second = desk.enter("larger", &group, 5 * GB);
    desk.now += Duration::from_secs(1);
    let passes_both = desk.enter("small", &group, GB);
    desk.now += Duration::from_secs(60);
    let waits = desk.enter("small", &group, GB);
    assert!(desk.runs(passes) && desk.runs(passes_both) && !desk.runs(waits));
    desk.end(running);
    desk.end(passes);
    assert_eq!(desk.end(passes_both), [first]);
    assert_eq!(desk.end(first), [second], "its turn is before that of small ones");
}

/// Each of the large ones has been passed over often enough long before its turn comes.
#[test]
fn many_large_statements_do_not_keep_out_small_ones() {
    let (mut desk, group, other) = (Desk::new(tight()), group("g"), group("other"));
    let mut running: VecDeque<_> = (0..4).map(|_| desk.enter("small", &group, GB)).collect();
    let large: Vec<_> = (0..20).map(|at| desk.enter(&format!("large {at}"), &other, 4 * GB)).collect();
    for _ in 0..300 {
        desk.enter("small", &group, GB);
    }
    let mut is_large = Vec::new();
    while let Some(id) = running.pop_front() {
        let started = desk.end(id);
        is_large.extend(started.iter().map(|id| large.contains(id)));
        running.extend(started);
    }
    let small: Vec<_> = is_large.split(|is_large| *is_large).map(<[bool]>::len).collect();
    assert!(small[..20].iter().all(|count| *count == 7), "small ones between large ones: {small:?}");
}

#[test]
fn nothing_is_reserved_for_one_that_waits_for_its_own_user() {
    let limits = Limits { user_running_max: places(1), passes_max: 0, ..tight() };
    let (mut desk, a, b) = (Desk::new(limits), group("a"), group("b"));
    let mut running: Vec<_> = (0..3).map(|at| desk.enter(&format!("small {at}"), &a, GB)).collect();
    let large = desk.enter("li", &a, 4 * GB);
    // The user's other statement, of a group whose turn it is, takes the user's only place, and keeps it.
    let own = desk.enter("li", &b, GB);
    assert!(desk.runs(own) && !desk.runs(large));
    for at in 3..100 {
        running.push(desk.enter(&format!("small {at}"), &a, GB));
        desk.end(running.remove(0));
        assert!(desk.runs(running[2]), "small statement {at} waits for a user that is not its own");
    }
    // Then it is reserved for, and what came after waits.
    assert!(desk.end(own).is_empty());
    for id in [running[0], running[1]] {
        desk.enter("late", &a, GB);
        assert!(desk.end(id).is_empty());
    }
    assert_eq!(desk.end(running[2]), [large]);
}

#[test]
fn a_reservation_ends_with_its_statement() {
    let (mut desk, group) = (Desk::new(Limits { passes_max: 0, ..tight() }), group("g"));
    let small = desk.enter("small", &group, GB);
    let large = desk.enter("large", &group, 4 * GB);
    let waits = desk.enter("small", &group, GB);
    assert!(!desk.runs(waits));
    assert_eq!(desk.end(large), [waits]);
    assert!(desk.end(small).is_empty());
}

#[test]
fn reservations_do_not_wait_for_each_other() {
    let limits = Limits { bytes_max: 10 * GB, passes_max: 0, ..Limits::default() };
    let mut desk = Desk::new(limits);
    let narrow = Arc::new(Group { bytes_max: 6 * GB, ..Group::new("narrow") });
    let wide = group("wide");
    let running = [desk.enter("li", &narrow, 3 * GB), desk.enter("li", &wide, 3 * GB)];
    let over_group = desk.enter("wang", &narrow, 5 * GB);
    let over_process = desk.enter("zhao", &wide, 8 * GB);
    let small = [desk.enter("sun", &narrow, GB), desk.enter("sun", &wide, GB)];
    assert!([over_group, over_process, small[0], small[1]].iter().all(|id| !desk.runs(*id)));
    assert_eq!(desk.book.pools.values().filter(|pool| pool.reserved.is_some()).count(), 2);
    let mut order = desk.end(running[0]);
    order.extend(desk.end(running[1]));
    let mut at = 0;
    while at < order.len() {
        let started = desk.end(order[at]);
        order.extend(started);
        at += 1;
    }
    order.sort_unstable();
    assert_eq!(order, [over_group, over_process, small[0], small[1]]);
}

#[test]
fn queues_are_bounded() {
    let full = Arc::new(Group { queued_max: 5, user_queued_max: 3, ..Group::new("g") });
    let closed = Arc::new(Group { queued_max: 0, ..Group::new("h") });
    let limits = Limits { user_running_max: places(1), running_max: places(2), ..Limits::default() };
    let mut desk = Desk::new(limits);
    let of_user = |queued| Err(Refusal::UserFull { group: "g".into(), queued });
    let of_group = |group: &str, queued| Err(Refusal::Full { group: group.into(), queued });
    for _ in 0..4 {
        desk.enter("li", &full, GB);
    }
    assert_eq!(desk.try_enter("li", "flight", &full, GB), of_user(3));
    let runs = desk.try_enter("wang", "flight", &closed, GB).unwrap();
    assert_eq!(desk.try_enter("zhao", "flight", &closed, GB), of_group("h", 0));
    desk.end(runs);
    desk.enter("wang", &full, GB);
    desk.enter("wang", &full, GB);
    desk.enter("wang", &full, GB);
    assert_eq!(desk.try_enter("zhao", "flight", &full, GB), of_group("g", 5));
    assert_eq!(desk.book.snapshot(desk.now).groups[0].queued, 5, "who was refused left nothing behind");
}

/// Li's statements wait for Li's own place; that fills the queue, and a place for others is still given.
#[test]
fn a_full_queue_does_not_keep_a_free_place() {
    let group = Arc::new(Group { queued_max: 2, ..Group::new("g") });
    let mut desk = Desk::new(Limits { user_running_max: places(1), ..Limits::default() });
    for _ in 0..3 {
        desk.enter("li", &group, GB);
    }
    let other = desk.enter("wang", &group, GB);
    assert!(desk.runs(other));
}

#[test]
fn people_see_who_waits() {
    let (mut desk, group) = (Desk::new(one_place()), group("g"));
    desk.enter("li", &group, GB);
    desk.enter("wang", &group, 2 * GB);
    desk.now += Duration::from_secs(3);
    desk.try_enter("li", "pgwire", &group, 0).unwrap();
    let waiting = |user: &str, door, seconds, bytes| Waiting {
        user: user.into(),
        group: "g".into(),
        door,
        waited: Duration::from_secs(seconds),
        bytes,
    };
    let expected = Snapshot {
        waiting: vec![waiting("wang", "flight", 3, 2 * GB), waiting("li", "pgwire", 0, 0)],
        groups: vec![Load { group: "g".into(), running: 1, bytes: GB, queued: 2 }],
    };
    assert_eq!(desk.book.snapshot(desk.now), expected);
}

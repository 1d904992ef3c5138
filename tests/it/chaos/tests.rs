use super::*;

/// Rows as a store holds them, which may hold an id twice.
#[derive(Clone, Default)]
struct Store(Vec<(i64, i64)>);

impl Store {
    /// Applies an operation to those rows only that `seen` lets through.
    fn apply(&mut self, operation: &Operation, seen: impl Fn(i64) -> bool) {
        let rows = &mut self.0;
        match operation {
            Operation::Insert(ids) => rows.extend(ids.clone().filter(|id| seen(*id)).map(|id| (id, id))),
            Operation::Delete(part) => rows.retain(|(id, _)| !(part.has(*id) && seen(*id))),
            Operation::Update(part) => {
                rows.iter_mut().filter(|(id, _)| part.has(*id) && seen(*id)).for_each(|(_, v)| *v += 1);
            }
            Operation::Merge(ids) => {
                for id in ids.clone().filter(|id| seen(*id)) {
                    match rows.iter_mut().find(|(there, _)| *there == id) {
                        Some((_, v)) => *v += 1,
                        None => rows.push((id, id)),
                    }
                }
            }
            Operation::Optimise | Operation::Read | Operation::Regroup => {}
        }
    }

    fn read(&self) -> Read {
        self.0.iter().fold(Read::default(), |read, (id, v)| read.and(*id, *v))
    }

    /// The number of rows that an operation changes.
    fn touches(&self, operation: &Operation) -> usize {
        match operation {
            Operation::Insert(ids) | Operation::Merge(ids) => ids.clone().count(),
            Operation::Delete(part) | Operation::Update(part) => self.0.iter().filter(|(id, _)| part.has(*id)).count(),
            Operation::Optimise | Operation::Read | Operation::Regroup => 0,
        }
    }
}

/// A store that does what it says, seen through ends that are drawn from the seed.
fn honest(seed: u64, count: usize) -> (Store, Model, Operations) {
    let (mut store, mut model) = (Store::default(), Model::default());
    let mut operations = Operations::new(seed, 20);
    let mut dice = Dice::new(!seed);
    for operation in operations.by_ref().take(count) {
        if operation.is_read() || model.must_read() {
            model.check(store.read()).unwrap_or_else(|mismatch| panic!("seed {seed}: {mismatch}"));
            assert!(model.worlds() == 1, "seed {seed}: a read settles everything");
        }
        let (outcome, happens) = match dice.below(6) {
            0 => (Outcome::Failed, false),
            1 => (Outcome::Unknown, false),
            2 => (Outcome::Unknown, true),
            _ => (Outcome::Done, true),
        };
        if happens {
            store.apply(&operation, |_| true);
        }
        model.after(&operation, outcome);
    }
    model.check(store.read()).unwrap();
    (store, model, operations)
}

#[test]
fn an_honest_store_is_believed() {
    let rows: usize = (0..40).map(|seed| honest(seed, 200).0.0.len()).sum();
    assert!(rows > 40 * 20, "{rows} rows are too few to prove anything");
}

/// An operation on a settled table with which `wrong` goes wrong; the next read must show it.
fn is_caught(wrong: impl Fn(&mut Store, &Operation) -> Outcome) {
    for seed in 0..80 {
        let (mut store, mut model, mut operations) = honest(seed, 40);
        let operation = operations.find(|operation| store.touches(operation) > 1).unwrap();
        let outcome = wrong(&mut store, &operation);
        model.after(&operation, outcome);
        assert!(model.check(store.read()).is_err(), "seed {seed}: {operation:?} went wrong and nobody saw it");
    }
}

#[test]
fn a_lost_write_is_caught() {
    is_caught(|_, _| Outcome::Done);
}

#[test]
fn a_write_that_should_have_failed_is_caught() {
    is_caught(|store, operation| {
        store.apply(operation, |_| true);
        Outcome::Failed
    });
}

/// A second deletion changes nothing, and is no fault.
#[test]
fn a_doubled_write_is_caught() {
    is_caught(|store, operation| match operation {
        Operation::Delete(_) => Outcome::Done,
        _ => {
            store.apply(operation, |_| true);
            store.apply(operation, |_| true);
            Outcome::Unknown
        }
    });
}

#[test]
fn a_write_that_is_half_seen_is_caught_however_it_ended() {
    for outcome in [Outcome::Done, Outcome::Failed, Outcome::Unknown] {
        is_caught(|store, operation| {
            let hit: Vec<_> = match operation {
                Operation::Insert(ids) | Operation::Merge(ids) => ids.clone().collect(),
                Operation::Delete(part) | Operation::Update(part) => {
                    store.0.iter().map(|(id, _)| *id).filter(|id| part.has(*id)).collect()
                }
                Operation::Optimise | Operation::Read | Operation::Regroup => Vec::new(),
            };
            let half = &hit[hit.len() / 2..];
            store.apply(operation, |id| half.contains(&id));
            outcome
        });
    }
}

/// Count and sums of both columns are right; only the products are not.
#[test]
fn an_update_of_the_wrong_rows_is_caught() {
    let mut model = Model::default();
    model.after(&Operation::Insert(1..5), Outcome::Done);
    model.after(&Operation::Update(Part { divisor: 2, remainder: 0 }), Outcome::Done);
    let read = |rows: [(i64, i64); 4]| rows.into_iter().fold(Read::default(), |read, (id, v)| read.and(id, v));
    assert!(model.check(read([(1, 2), (2, 2), (3, 4), (4, 4)])).is_err());
    assert_eq!(model.check(read([(1, 1), (2, 3), (3, 3), (4, 5)])), Ok(()));
}

#[test]
fn a_read_settles_what_was_unknown() {
    let mut model = Model::default();
    let (insert, part) = (Operation::Insert(0..10), Part { divisor: 5, remainder: 4 });
    model.after(&insert, Outcome::Unknown);
    model.after(&Operation::Delete(part), Outcome::Unknown);
    assert_eq!(model.worlds(), 3, "without rows there was nothing to delete");
    let read = |ids: &[i64]| ids.iter().fold(Read::default(), |read, id| read.and(*id, *id));
    let mismatch = model.clone().check(read(&[4, 9])).unwrap_err();
    assert_eq!(mismatch.possible.len(), 3);
    assert_eq!(model.check(read(&[0, 1, 2, 3, 5, 6, 7, 8])), Ok(()));
    assert_eq!(model.worlds(), 1);
    assert!(model.check(read(&[])).is_err(), "what was seen stays");
}

#[test]
fn too_many_worlds_ask_for_a_read() {
    let mut model = Model::default();
    for at in 0..5 {
        assert!(!model.must_read());
        model.after(&Operation::Insert(at..at + 1), Outcome::Unknown);
    }
    assert!(model.must_read());
    model.check(Read::default()).unwrap();
    assert!(!model.must_read());
}

#[test]
fn a_seed_repeats_its_operations() {
    let some = |seed| Operations::new(seed, 1_000).take(500).collect::<Vec<_>>();
    assert_eq!(some(7), some(7));
    assert_ne!(some(7), some(8));
    let mut next = 0;
    for operation in some(7) {
        match operation {
            Operation::Insert(ids) => {
                assert!(ids.start == next && ids.end > next && ids.end <= next + 1_000, "ids are unique");
                next = ids.end;
            }
            Operation::Merge(ids) => {
                assert!(ids.start <= next && ids.end > next && ids.end - ids.start <= 2_000, "some are there already");
                next = ids.end;
            }
            _ => {}
        }
    }
}

#[test]
fn operations_are_sql() {
    let part = Part { divisor: 7, remainder: 3 };
    let cases = [
        (Operation::Insert(5..8), "INSERT INTO t SELECT 2 AS who, v AS id, v FROM unnest(range(5, 8)) AS r(v)"),
        (Operation::Delete(part), "DELETE FROM t WHERE who = 2 AND id % 7 = 3"),
        (Operation::Update(part), "UPDATE t SET v = v + 1 WHERE who = 2 AND id % 7 = 3"),
        (Operation::Optimise, "OPTIMIZE t"),
    ];
    for (operation, sql) in cases {
        assert_eq!(operation.sql(&Share { table: "t".to_owned(), who: 2 }), sql);
    }
}

use super::*;

const MINUTE: i64 = 60_000;

#[test]
fn the_rule_says_which_missed_ticks_run() {
    let ticks = |catch_up, now_ms| {
        let due = decide(catch_up, 5 * MINUTE, now_ms);
        (due.ticks.iter().map(|tick| tick.ms() / MINUTE).collect::<Vec<_>>(), due.next.ms() / MINUTE)
    };
    // (now, all, last, none), with a tick every fifth minute.
    let cases: [(i64, [&[i64]; 3]); 6] = [
        (5 * MINUTE - 1, [&[], &[], &[]]),
        (5 * MINUTE, [&[5], &[5], &[5]]),
        (6 * MINUTE - 1, [&[5], &[5], &[5]]),
        (6 * MINUTE, [&[5], &[5], &[]]),
        (15 * MINUTE, [&[5, 10, 15], &[15], &[15]]),
        (19 * MINUTE, [&[5, 10, 15], &[15], &[]]),
    ];
    for (now_ms, [all, last, none]) in cases {
        let next = if now_ms < 5 * MINUTE { 5 } else { now_ms / (5 * MINUTE) * 5 + 5 };
        for (catch_up, expected) in [(CatchUp::All, all), (CatchUp::Last, last), (CatchUp::None, none)] {
            assert_eq!(ticks(catch_up, now_ms), (expected.to_vec(), next), "{catch_up:?} at {now_ms}");
        }
    }
}

#[test]
fn a_long_absence_is_decided_in_parts() {
    let now_ms = 5 * MINUTE * (2 * TICKS_MAX as i64 + 1);
    let mut from_ms = 5 * MINUTE;
    for catch_up in [CatchUp::All, CatchUp::Last, CatchUp::None] {
        let mut found = Vec::new();
        let mut rounds = 0;
        while from_ms <= now_ms {
            let due = decide(catch_up, from_ms, now_ms);
            found.extend(due.ticks);
            (from_ms, rounds) = (due.next.ms(), rounds + 1);
        }
        let expected = if catch_up == CatchUp::All { 2 * TICKS_MAX + 1 } else { 1 };
        assert_eq!((found.len(), found.last().map(|tick| tick.ms()), rounds), (expected, Some(now_ms), 3));
        from_ms = 5 * MINUTE;
    }
}

fn decide(catch_up: CatchUp, from_ms: i64, now_ms: i64) -> Due {
    let schedule = Schedule::parse("*/5 * * * *", "UTC").unwrap();
    due(&schedule, catch_up, Timestamp::from_ms(from_ms), Timestamp::from_ms(now_ms)).unwrap()
}

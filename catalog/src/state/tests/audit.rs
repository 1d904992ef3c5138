//! Audit records between their statement and their segment.

use std::time::Duration;

use super::*;
use crate::audit::{Digest, Event, Line, Position, Sealed, SigningKey, Verifier, Window};
use crate::ids::SeededRandomness;

on_every_database! {
    lines_are_there_after_reopening_and_go_with_their_segment
    a_group_is_written_as_a_whole_or_not_at_all
    no_two_records_follow_the_same_one
    a_former_coordinator_adds_nothing
    a_large_group_fits
    a_window_leaves_out_what_it_is_not_open_for
    many_hands_write_one_chain
}

fn lines(head: &AuditHead, count: u64) -> Vec<Line> {
    let mut head = *head;
    let mut next = |_| {
        let statement = Some("SELECT '人口' -- \u{0} '' \\".to_owned());
        let line = Line::new(head.hash, head.seq + 1, &Event { statement, ..Event::default() }).unwrap();
        head = AuditHead { seq: line.seq, hash: line.hash };
        line
    };
    (0..count).map(&mut next).collect()
}

async fn lines_are_there_after_reopening_and_go_with_their_segment(database: &Database) {
    let state = database.open().await;
    assert_eq!(state.audit_head().await.unwrap(), AuditHead { seq: 0, hash: Digest::ZERO });
    assert_eq!(state.audit_sealed().await.unwrap(), Position::default());
    let all = lines(&AuditHead::default(), 5);
    let head = state.append_audit(&AuditHead::default(), &all[..2]).await.unwrap();
    state.append_audit(&head, &all[2..]).await.unwrap();
    state.close().await;

    let state = database.open().await;
    assert_eq!(state.audit_tail(100).await.unwrap(), all);
    assert_eq!(state.audit_tail(2).await.unwrap(), all[..2]);
    assert_eq!(state.audit_tail_below(u64::MAX, &Window::ALL).await.unwrap()[..1], all[4..]);
    assert_eq!(state.audit_tail_size().await.unwrap().0, 5);
    assert!(state.audit_tail_size().await.unwrap().1 > 500);
    let key = SigningKey::from_secret(&SigningKey::fresh_secret(&SeededRandomness::new(1)).unwrap()).unwrap();
    let sealed = Sealed::new(&Position::default(), 1, &all[..3], &key).unwrap();
    let now = Timestamp::from_ms(7);
    assert!(state.seal_audit(&sealed.end, sealed.times().unwrap(), now).await.unwrap());
    assert!(!state.seal_audit(&sealed.end, sealed.times().unwrap(), now).await.unwrap(), "once");
    assert_eq!(state.audit_sealed().await.unwrap(), sealed.end);
    let (head, tail) = (state.audit_head().await.unwrap(), state.audit_tail(100).await.unwrap());
    assert_eq!(tail, all[3..]);
    let mut verifier = Verifier::new(vec![key.public()]);
    verifier.expect_head(head.seq, head.hash);
    verifier.segment(&sealed.bytes).unwrap();
    verifier.tail(tail.iter().map(|line| (line.seq, line.text.as_str()))).unwrap();
    assert_eq!(verifier.finish().unwrap().records, 5);
}

async fn a_group_is_written_as_a_whole_or_not_at_all(database: &Database) {
    let state = database.open().await;
    let all = lines(&AuditHead::default(), 3);
    let head = state.append_audit(&AuditHead::default(), &all[..1]).await.unwrap();
    // The second line of the group is there already.
    let double = [all[1].clone(), all[0].clone()];
    assert!(state.append_audit(&head, &double).await.is_err());
    assert_eq!(state.audit_head().await.unwrap(), head);
    assert_eq!(state.audit_tail(10).await.unwrap(), all[..1]);
    state.append_audit(&head, &all[1..]).await.unwrap();
    assert_eq!(state.append_audit(&head, &[]).await.unwrap(), head, "nothing changes nothing");
}

async fn no_two_records_follow_the_same_one(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    let first = lines(&AuditHead::default(), 2);
    let head = AuditHead::default();
    let (left, right) = tokio::join!(one.append_audit(&head, &first[..1]), two.append_audit(&head, &first));
    assert!(left.is_ok() ^ right.is_ok(), "{left:?} {right:?}");
    let refused = left.err().or(right.err()).unwrap();
    assert_eq!(refused.code, Code::CORRUPT_FILE, "{refused:?}");
    let head = one.audit_head().await.unwrap();
    assert_eq!(one.audit_tail(10).await.unwrap(), first[..usize::try_from(head.seq).unwrap()]);
    let other = AuditHead { hash: Digest::ZERO, ..head };
    assert!(one.append_audit(&other, &lines(&other, 1)).await.is_err(), "the right number is not enough");
}

async fn a_former_coordinator_adds_nothing(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    let first = one.take_lease(COORDINATOR, "a", Duration::ZERO).await.unwrap().unwrap();
    let former = one.fenced(first.epoch);
    let all = lines(&AuditHead::default(), 2);
    let head = former.append_audit(&AuditHead::default(), &all[..1]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    two.take_lease(COORDINATOR, "b", Duration::from_secs(60)).await.unwrap().unwrap();
    let told = former.append_audit(&head, &all[1..]).await.unwrap_err();
    assert_eq!(told.code, Code::TAKEN_OVER);
    let end = Position { segment: 1, seq: 1, ..Position::default() };
    assert_eq!(former.seal_audit(&end, 0..=1, Timestamp::from_ms(1)).await.unwrap_err().code, Code::TAKEN_OVER);
    assert_eq!(two.audit_tail(10).await.unwrap(), all[..1]);
}

async fn a_large_group_fits(database: &Database) {
    let state = database.open().await;
    let all = lines(&AuditHead::default(), 1_234);
    let head = state.append_audit(&AuditHead::default(), &all).await.unwrap();
    assert_eq!(head, AuditHead { seq: 1_234, hash: all[1_233].hash });
    assert_eq!(state.audit_tail(usize::MAX).await.unwrap(), all);
}

async fn a_window_leaves_out_what_it_is_not_open_for(database: &Database) {
    let state = database.open().await;
    let all = lines(&AuditHead::default(), 9);
    state.append_audit(&AuditHead::default(), &all).await.unwrap();
    let end = |segment: u64, seq: u64| Position { segment, seq, ..Position::default() };
    for (segment, seq, times) in [(1, 2, 10..=20), (2, 4, 5..=30), (3, 6, 40..=50)] {
        assert!(state.seal_audit(&end(segment, seq), times, Timestamp::from_ms(99)).await.unwrap());
    }
    // One of a database that did not know times.
    let forget = "UPDATE audit_segments SET oldest = NULL, newest = NULL WHERE number = 1";
    sqlx::query(forget).execute(&state.pool).await.unwrap();
    let segments = async |below: u64, window: &Window| {
        let listed = state.audit_segments_below(below, window).await.unwrap();
        listed.into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    let of_numbers = |first, last| Window { first, last, ..Window::ALL };
    let of_times = |from, until| Window { from, until, ..Window::ALL };
    assert_eq!(segments(u64::MAX, &Window::ALL).await, [3, 2, 1]);
    assert_eq!(segments(3, &Window::ALL).await, [2, 1]);
    assert_eq!(segments(u64::MAX, &of_numbers(4, 5)).await, [3, 2]);
    assert_eq!(segments(u64::MAX, &of_numbers(3, 4)).await, [2]);
    assert_eq!(segments(u64::MAX, &of_numbers(i64::MIN, 1)).await, [1]);
    assert!(segments(u64::MAX, &of_numbers(7, i64::MAX)).await.is_empty());
    assert_eq!(segments(u64::MAX, &of_times(30, 39)).await, [2, 1]);
    assert_eq!(segments(u64::MAX, &of_times(60, i64::MAX)).await, [1]);
    let tail = async |below: u64, window: &Window| {
        let lines = state.audit_tail_below(below, window).await.unwrap();
        lines.iter().map(|line| line.seq).collect::<Vec<_>>()
    };
    assert_eq!(tail(u64::MAX, &Window::ALL).await, [9, 8, 7]);
    assert_eq!(tail(9, &of_numbers(8, 9)).await, [8]);
    assert!(tail(7, &Window::ALL).await.is_empty());
    assert!(tail(u64::MAX, &of_numbers(9, 8)).await.is_empty());
}

async fn many_hands_write_one_chain(database: &Database) {
    let state = database.open().await;
    let event = |text: &str| Event { statement: Some(text.to_owned()), ..Event::default() };
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (state, event) = (state.clone(), event(if number % 2 == 0 { "一" } else { "二" }));
        writes.spawn(async move { state.append_audit_event(&event).await.unwrap() });
    }
    let mut numbers = writes.join_all().await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    let (head, tail) = (state.audit_head().await.unwrap(), state.audit_tail(100).await.unwrap());
    let mut verifier = Verifier::new(Vec::new());
    verifier.expect_head(head.seq, head.hash);
    verifier.tail(tail.iter().map(|line| (line.seq, line.text.as_str()))).unwrap();
    assert_eq!(verifier.finish().unwrap().records, 20);
}

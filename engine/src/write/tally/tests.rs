use super::*;

#[test]
fn rows_count_while_a_statement_waits_for_them() {
    add("tally.a", 5);
    assert_eq!(rows("tally.a"), None);
    let first = Tally::begin("tally.a".into());
    let second = Tally::begin("tally.a".into());
    add("tally.a", 2);
    add("tally.b", 7);
    assert_eq!((rows("tally.a"), rows("tally.b")), (Some(2), None));
    drop(first);
    add("tally.a", 3);
    assert_eq!(rows("tally.a"), Some(5));
    drop(second);
    assert_eq!(rows("tally.a"), None);
}

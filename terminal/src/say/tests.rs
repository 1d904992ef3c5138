use std::time::Duration;

use super::*;

#[test]
fn an_error_keeps_its_excerpt_and_gives_its_hint() {
    let error = ClientError {
        code: Some("HT0101".into()),
        message: "no column `nmae`\nLINE 1: select nmae\n               ^".into(),
        hint: Some("did you mean `name`?".into()),
        query: Some("0198-a".into()),
    };
    let expected = "error[HT0101]: no column `nmae`\nLINE 1: select nmae\n               ^\n  hint: did you mean `name`?\n  query: 0198-a\n";
    assert_eq!(error_text(&error), expected);
    assert_eq!(error.to_string(), "HT0101: no column `nmae`");
}

#[test]
fn an_error_that_quotes_data_cannot_reach_the_terminal() {
    let text = error_text(&ClientError::new("cannot cast `\x1b[2J\u{202e}x`\r"));
    assert_eq!(text, "error: cannot cast `\\x1b[2J\\u{202e}x`\n");
}

#[test]
fn times_and_counts_read_well() {
    assert_eq!(time(Duration::from_millis(12)), "0.012 s");
    assert_eq!(time(Duration::from_millis(12_340)), "12.3 s");
    assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
    assert_eq!(time(Duration::from_secs(3 * 3600 + 125)), "3 h 02 min");
    assert_eq!(rows(1), "1 row");
    assert_eq!(rows(1_234_567), "1,234,567 rows");
}

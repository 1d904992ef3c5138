use super::Ambiguous::{Narrow, Wide};
use super::*;

#[test]
fn widths_are_columns() {
    for (text, columns) in [
        ("abc", 3),
        ("中文", 4),
        ("ＡＢ", 4),
        ("ｱ", 1),
        ("e\u{301}", 1),
        ("😀", 2),
        ("👨\u{200d}👩\u{200d}👧", 2),
        ("“①”", 3),
    ] {
        assert_eq!(width(text, Narrow), columns, "{text}");
    }
    assert_eq!(width("“①”", Wide), 6);
}

#[test]
fn cutting_never_exceeds_the_room_nor_splits_a_cluster() {
    assert_eq!(truncate("汇通平台", 8, Narrow), "汇通平台");
    assert_eq!(truncate("汇通平台", 7, Narrow), "汇通平…");
    assert_eq!(truncate("汇通平台", 6, Narrow), "汇通…");
    assert_eq!(truncate("汇通平台", 6, Wide), "汇通…");
    assert_eq!(truncate("汇通平台", 5, Wide), "汇…");
    assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2, Narrow), "e\u{301}…");
    assert_eq!(truncate("👨\u{200d}👩\u{200d}👧家庭", 4, Narrow), "👨\u{200d}👩\u{200d}👧…");
    assert_eq!(truncate("abc", 1, Wide), ".");
    assert_eq!(truncate("abc", 0, Narrow), "");
    let text = "a中“e\u{301}😀①ｱ🏳️‍🌈";
    for ambiguous in [Narrow, Wide] {
        for max in 0..30 {
            let cut = truncate(text, max, ambiguous);
            assert!(width(&cut, ambiguous) <= max, "{cut} in {max}");
        }
    }
}

#[test]
fn nothing_shown_can_move_the_cursor() {
    assert_eq!(
        visible("a\tb\r\nc\x1b[31m\x7f\u{9b}\u{202e}\u{2028}\u{feff}"),
        r"a\tb\r\nc\x1b[31m\x7f\x9b\u{202e}\u{2028}\u{feff}"
    );
    assert!(matches!(visible("中文 👨\u{200d}👩\u{200d}👧 e\u{301}"), Cow::Borrowed(_)));
    let all: String = (0..=0x10ffff).filter_map(char::from_u32).collect();
    assert!(!visible(&all).chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)));
}

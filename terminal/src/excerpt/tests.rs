use super::*;

/// The text above the caret's column to the end of the line, and the whole line.
fn pointed(drawn: &str) -> (String, String) {
    let (line, caret) = drawn.split_once('\n').unwrap();
    let column = caret.len() - 1;
    let mut used = 0;
    let rest = line.graphemes(true).skip_while(|cluster| {
        let before = used < column;
        used += columns_of(cluster);
        before
    });
    (rest.collect(), line.to_owned())
}

#[test]
fn a_short_line_is_whole() {
    assert_eq!(excerpt("SELECT 1,\n  nmae", 2, 3, 80).unwrap(), "LINE 2:   nmae\n          ^");
    assert_eq!(excerpt("SELECT '王', nmae", 1, 13, 80).unwrap(), "LINE 1: SELECT '王', nmae\n                     ^");
    assert_eq!(excerpt("a\tb\x1b[2J?", 1, 8, 80).unwrap(), "LINE 1: a b\\x1b[2J?\n                  ^");
    assert_eq!(excerpt("SELECT", 1, 7, 80).unwrap(), "LINE 1: SELECT\n              ^");
    assert_eq!(excerpt("SELECT", 1, 99, 80).unwrap(), "LINE 1: SELECT\n              ^");
    assert_eq!(excerpt("SELECT", 2, 1, 80), None);
    assert_eq!(excerpt("SELECT", 0, 0, 80), None);
}

#[test]
fn a_long_line_is_a_window_around_the_place() {
    let filler = "'王芳', e\u{301}, 👨\u{200d}👩\u{200d}👧, 中文字段, ".repeat(100);
    for sql in [
        format!("SELECT {filler}nmae, {filler}1"),
        format!("SELECT nmae, {filler}1"),
        format!("SELECT {filler}nmae"),
        format!("SELECT {}nmae, {}1", "x, ".repeat(1_000), "y, ".repeat(1_000)),
    ] {
        let column = sql.chars().count() - sql[sql.find("nmae").unwrap()..].chars().count() + 1;
        for columns in [40, 79, 80, 120, 121, 200] {
            let drawn = excerpt(&sql, 1, column, columns).unwrap();
            let (rest, line) = pointed(&drawn);
            assert!(rest.starts_with("nmae"), "{drawn}");
            assert!(columns_of(&line) < columns && columns_of(&line) + 4 > columns, "{columns}\n{drawn}");
            let (start, end) = (sql.starts_with("SELECT nmae"), sql.ends_with("nmae"));
            assert_eq!((line.starts_with("LINE 1: …"), line.ends_with('…')), (!start, !end), "{drawn}");
        }
        // However narrow the window, the place is shown.
        assert!(pointed(&excerpt(&sql, 1, column, 0).unwrap()).0.starts_with("nmae"));
    }
}

use super::*;

fn texts(script: &str) -> Vec<&str> {
    split(script).unwrap().into_iter().map(|piece| piece.text).collect()
}

#[test]
fn a_semicolon_ends_a_statement_only_outside_quotes_and_comments() {
    for quoted in [
        "'a;b'",
        "'it''s;'",
        r"'a\'",
        r"E'it\'s;'",
        r"e'\\;'",
        "\"a;b\"",
        "\"a\"\";b\"",
        "`a;b`",
        "$$a;b$$",
        "$tag$ ; $$ ; $other$ ; $tag$",
        "$标签$；;$标签$",
        "a$b$c",
        "$1",
        "$1$",
        "-- x;\n1",
        "/* ; */1",
        "/* a /* ; */ ; */1",
        "/**/1",
        "1 /***/ - 1",
        "1 - -1",
        "4 / 2",
        "'--;'",
        "'/*;'",
        "'；'",
        "名称",
    ] {
        let script = format!("select {quoted};select 2");
        assert_eq!(texts(&script), [&format!("select {quoted}"), "select 2"], "{script}");
    }
}

#[test]
fn a_name_ending_in_e_does_not_start_an_escape_string() {
    assert_eq!(texts(r"select date'\'; select 2"), [r"select date'\'", "select 2"]);
    assert_eq!(texts(r"select 'e'';'; select 2"), ["select 'e'';'", "select 2"]);
}

#[test]
fn empty_statements_and_comments_vanish_and_positions_stay() {
    let script = "\u{feff}-- 文件头;\n;;\n /* x */ select 1 -- one\n ;\nselect\n 2；\n\nselect 3";
    let pieces = split(script).unwrap();
    let found: Vec<_> = pieces.iter().map(|piece| (piece.text, piece.line)).collect();
    assert_eq!(found, [("select 1", 3), ("select\n 2", 5), ("select 3", 8)]);
    for piece in pieces {
        assert!(script[piece.offset..].starts_with(piece.text));
    }
    assert_eq!(split("").unwrap(), []);
    assert_eq!(split(" ; -- x").unwrap(), []);
}

#[test]
fn what_is_unclosed_is_named_with_its_line() {
    for (script, what) in [
        ("select 1;\nselect 'a", "quoted string"),
        ("select 1;\nselect 'a''", "quoted string"),
        ("select 1;\nselect E'a\\'", "quoted string"),
        ("select 1;\nselect E'a\\", "quoted string"),
        ("select 1;\nselect \"a;\n\n", "quoted identifier"),
        ("select 1;\nselect $a$ x $b$", "dollar-quoted string"),
        ("select 1;\nselect 1 /* /* */", "comment"),
        ("select 1;\n/*", "comment"),
        ("select 1;\n/*/", "comment"),
    ] {
        assert_eq!(split(script).unwrap_err(), Unclosed { what, line: 2 }, "{script}");
    }
    assert_eq!(split("select '").unwrap_err().to_string(), "the quoted string that starts on line 1 is never closed");
}

#[test]
fn typing_is_over_at_the_terminator() {
    for (input, expected) in [
        ("", Ending::Empty),
        ("  -- nothing\n", Ending::Empty),
        (";", Ending::Empty),
        ("select 1", Ending::Open),
        ("select 1; select 2", Ending::Open),
        ("select 1;", Ending::Complete),
        ("select 1； ", Ending::Complete),
        ("select 1; -- done", Ending::Complete),
        ("select ';", Ending::Unclosed(Unclosed { what: "quoted string", line: 1 })),
    ] {
        assert_eq!(ending(input), expected, "{input}");
    }
}

/// A splitmix64 generator (Steele, Lea, Flood 2014): the seed makes a failure repeatable.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 33) as usize
}

#[test]
fn joining_whole_statements_and_splitting_gives_them_back() {
    let words = [
        "select",
        "'a;''b'",
        "\"x;\"\"\"",
        "$$;'$$",
        "$t$ $$;\" $t$",
        "名",
        "1",
        ",",
        "E'\\';'",
        "-",
        "/ 2",
        "`;`",
        "😀",
    ];
    let between = [" ", "\n", " /* ;/* ' */ */ ", " -- it's;\n", "\t"];
    for seed in 0..500 {
        let mut state = seed;
        let statements: Vec<String> = (0..next(&mut state) % 6)
            .map(|_| {
                let mut text = String::from("x");
                for _ in 0..next(&mut state) % 8 {
                    text += between[next(&mut state) % between.len()];
                    text += words[next(&mut state) % words.len()];
                }
                text
            })
            .collect();
        let script: String = statements.iter().map(|text| format!("\n{text} ;")).collect();
        assert_eq!(texts(&script), statements, "seed {seed}");
    }
}

#[test]
fn any_text_is_split_without_loss_or_panic() {
    let atoms = [
        "'", "\"", "`", "$", "$a", "$$", "--", "/*", "*/", "\n", ";", "；", "\\", "e", "E'", "中", "😀", " ", "1", "-",
        "/", "*",
    ];
    for seed in 0..5_000 {
        let mut state = seed;
        let script: String = (0..next(&mut state) % 20).map(|_| atoms[next(&mut state) % atoms.len()]).collect();
        let mut end = 0;
        for piece in split(&script).unwrap_or_default() {
            assert!(piece.offset >= end && !piece.text.is_empty(), "seed {seed}: {script}");
            assert_eq!(&script[piece.offset..piece.offset + piece.text.len()], piece.text);
            end = piece.offset + piece.text.len();
        }
        assert_eq!(split(&script).is_err(), matches!(ending(&script), Ending::Unclosed(_)), "seed {seed}");
    }
}

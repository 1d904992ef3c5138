use super::*;

#[test]
fn unknown_keys_are_refused_with_place_and_suggestion() {
    let cases = [
        (
            "[listen]\nfligth = 'x'",
            "unknown configuration key `listen.fligth` in t.toml:2:1",
            "did you mean `listen.flight`?",
        ),
        ("\n[listn]\nflight = 'x'", "unknown configuration key `listn` in t.toml:2:2", "did you mean `[listen]`?"),
        ("root = '/d'", "unknown configuration key `root` in t.toml:1:1", "did you mean `storage.root`?"),
        ("[tls]\n  root = '/d'", "unknown configuration key `tls.root` in t.toml:2:3", "did you mean `storage.root`?"),
        (
            "listen.flihgt = 'x'",
            "unknown configuration key `listen.flihgt` in t.toml:1:8",
            "did you mean `listen.flight`?",
        ),
        (
            "['数据']\na = 1",
            "unknown configuration key `数据` in t.toml:1:2",
            "the configuration reference lists every key with its meaning",
        ),
    ];
    for (text, message, hint) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str(), error.hint.as_deref()),
            (Code::UNKNOWN_KEY, message, Some(hint))
        );
        assert!(error.place.is_some());
    }
}

#[test]
fn a_section_is_not_a_value() {
    let error = parse("\nlisten = 1").unwrap_err();
    assert_eq!((error.code, error.place), (Code::BAD_VALUE, Some(Place { line: 2, column: 1 })));
    assert_eq!(error.message, "`listen` in t.toml:2:1 must be a section, not a value");
}

#[test]
fn broken_toml_is_an_error_with_a_place() {
    for (text, place) in [
        ("[listen\n", (1, 8)),
        ("[listen]\nflight = ", (2, 10)),
        ("a = 1\na = 2", (2, 1)),
        ("[log]\nlevel=1\nlevel=2", (3, 1)),
    ] {
        let error = parse(text).unwrap_err();
        let place = Place { line: place.0, column: place.1 };
        assert_eq!((error.code, error.place), (Code::CONFIG_UNREADABLE, Some(place)), "{text}: {}", error.message);
        assert!(!error.message.contains('\n'));
    }
}

#[test]
fn any_bytes_of_a_file_give_an_answer() {
    let text = "[listen]\nflight = '127.0.0.1:1' # 注\n[storage]\nallowed_paths = ['a', \"b\\u0041\"]\n";
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        parse(&text[..end]).map_err(|error| assert!(!error.message.is_empty())).ok();
    }
    let deep = format!("[log]\nlevel = {}", "[".repeat(100_000));
    assert_eq!(parse(&deep).map_err(|error| error.code).err(), Some(Code::CONFIG_UNREADABLE));
}

#[test]
fn bad_values_name_the_key_the_place_and_what_is_wanted() {
    let document = parse("[executor]\nslots = 'many'\ngrace = 7\n").unwrap();
    let error = document.get("executor.slots", "a whole number", |_| None::<()>).unwrap_err();
    assert_eq!(error.message, "`executor.slots` in t.toml:2:1 must be a whole number, not `many`");
    assert_eq!(error.code, Code::BAD_VALUE);
    let error = document.get("executor.grace", "a duration", |_| None::<()>).unwrap_err();
    assert_eq!(error.message, "`executor.grace` in t.toml:3:1 must be a duration, not `7`");
}

#[test]
fn missing_keys_come_with_an_example() {
    let error = parse("").unwrap().require("storage.root", "a path", |_| Some(())).unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::MISSING_KEY, "the configuration key `storage.root` is missing in t.toml")
    );
    assert_eq!(error.hint.as_deref(), Some("for example, below `[storage]`: root = \"data\""));
}

#[test]
fn the_command_line_goes_over_the_file() {
    let mut document = parse("[log]\nlevel = 'warn'\n[executor]\nslots = 1").unwrap();
    document.set("log.level", "debug").unwrap();
    document.set("executor.slots", "4").unwrap();
    document.set("storage.allowed_paths", "['/a', '/b']").unwrap();
    let value = |key| document.get(key, "", |value| Some(value.clone())).unwrap();
    assert_eq!(value("log.level"), Some(Value::Text("debug".to_owned())));
    assert_eq!(value("executor.slots"), Some(Value::Integer(4)));
    assert_eq!(value("storage.allowed_paths"), Some(Value::List(vec!["/a".to_owned(), "/b".to_owned()])));
    let error = document.set("log.levle", "x").unwrap_err();
    assert_eq!((error.code, error.hint.as_deref()), (Code::UNKNOWN_KEY, Some("did you mean `log.level`?")));
    assert!(document.set("", "x").is_err() && document.set("log", "x").is_err());
}

#[test]
fn files_that_cannot_be_read_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.toml");
    let code = |path: &Path| Document::read(path).map_err(|error| error.code).err();
    assert_eq!(code(&path), Some(Code::CONFIG_UNREADABLE));
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert_eq!(code(&path), Some(Code::CONFIG_UNREADABLE));
    std::fs::write(&path, "#".repeat(usize::try_from(FILE_BYTES_MAX).unwrap() + 1)).unwrap();
    assert_eq!(code(&path), Some(Code::CONFIG_UNREADABLE));
    assert_eq!(code(folder.path()), Some(Code::CONFIG_UNREADABLE));
    std::fs::write(&path, "\u{feff}[log]\r\nlevel = 'info'\r\n").unwrap();
    assert_eq!(code(&path), None, "a byte order mark and Windows line ends are fine");
}

fn parse(text: &str) -> Result<Document> {
    Document::parse("t.toml", Path::new("/etc/huitong"), text)
}

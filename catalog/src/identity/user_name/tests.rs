use super::*;

#[test]
fn spellings_of_one_person_fold_to_one_name() {
    let cases =
        [("Li.Wei", "li.wei"), ("ＬＩ", "li"), ("张伟", "张伟"), ("o_1-x", "o_1-x"), ("ÀB", "àb"), ("a\u{300}", "à")];
    for (text, folded) in cases {
        assert_eq!(UserName::parse(text).as_ref().map(UserName::as_str).ok(), Some(folded), "{text}");
    }
}

#[test]
fn folding_is_stable() {
    for text in ["İstanbul", "ﬁn", "ǅ", "K"] {
        if let Ok(name) = UserName::parse(text) {
            assert_eq!(UserName::parse(name.as_str()).ok().as_ref(), Some(&name), "{text}");
        }
    }
}

#[test]
fn names_that_could_mislead_are_refused() {
    let long = "x".repeat(65);
    let grows = "\u{fdfa}".repeat(64);
    for text in
        ["", " ", "a b", "a\0", "(operator)", "a/b", "-a", ".a", "a\u{202e}b", "a\u{200b}", "a@b", &long, &grows]
    {
        assert_eq!(UserName::parse(text).map_err(|error| error.code), Err(Code::USER_NAME_NOT_ALLOWED), "{text}");
    }
    assert!(UserName::parse(&"人".repeat(64)).is_ok());
}

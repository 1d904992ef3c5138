use super::*;

#[test]
fn the_default_limits_nothing() {
    let all = Scope::default();
    assert!(all.is_all() && all.allows_changes() && all.allows_schema("population") && all.purpose().is_none());
    assert_eq!((all.to_json().unwrap().as_str(), all.to_string().as_str()), ("{}", "all"));
}

#[test]
fn each_limit_limits_what_it_says() {
    let scope = Scope::default().read_only();
    assert!(!scope.allows_changes() && scope.allows_schema("population") && scope.purpose().is_none());
    let scope = Scope::default().for_purpose("census").unwrap();
    assert!(scope.allows_changes() && scope.purpose() == Some("census"));
    let scope = Scope::default().within(["人口".to_owned(), "public".to_owned()]).unwrap();
    assert!(scope.allows_schema("人口") && scope.allows_schema("public") && scope.allows_changes());
    for other in ["", "Public", "huitong", "人"] {
        assert!(!scope.allows_schema(other), "{other}");
    }
}

#[test]
fn what_is_stored_reads_back() {
    let narrow = Scope::default().read_only().for_purpose("人口普查").unwrap().within(["a".to_owned()]).unwrap();
    assert_eq!(narrow.to_json().unwrap(), r#"{"read":true,"purpose":"人口普查","schemas":["a"]}"#);
    assert_eq!(narrow.to_string(), "read; purpose 人口普查; schemas a");
    for scope in [narrow, Scope::default(), Scope::default().read_only()] {
        assert_eq!(Scope::read(&scope.to_json().unwrap()).unwrap(), scope);
    }
}

#[test]
fn what_cannot_be_read_is_never_a_token_without_limits() {
    for json in ["", "[]", "null", r#"{"read":1}"#, r#"{"rows":"few"}"#, r#"{"schemas":"a"}"#, r#"{"read":true"#] {
        assert_eq!(Scope::read(json).map_err(|error| error.code), Err(Code::INTERNAL), "{json}");
    }
}

#[test]
fn limits_that_mean_nothing_are_refused() {
    let long = "x".repeat(129);
    for purpose in ["", "  ", "two\nlines", &long] {
        assert_eq!(
            Scope::default().for_purpose(purpose).map_err(|error| error.code),
            Err(Code::BAD_VALUE),
            "{purpose}"
        );
    }
    assert!(Scope::default().within([]).is_err());
    assert!(Scope::default().within((0..101).map(|number| format!("s{number}"))).is_err());
    for schema in ["", "a.b", "../x", "a\0"] {
        assert!(Scope::default().within([schema.to_owned()]).is_err(), "{schema}");
    }
}

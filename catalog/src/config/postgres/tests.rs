use super::*;

#[test]
fn beyond_this_machine_only_with_tls() {
    let cases = [
        ("postgres://u@127.0.0.1/d", None),
        ("postgres://u@localhost:5433/d?sslmode=disable", None),
        ("postgresql://[::1]/d?sslmode=prefer", None),
        ("postgres://u@%2Fvar%2Frun%2Fpostgresql/d", None),
        ("postgres://u@db.example/d?sslmode=require", None),
        ("postgres://u@db.example/d?sslmode=verify-full&sslrootcert=/etc/ca.pem", None),
        ("postgres://u@db.example/d", Some(Code::TLS_REQUIRED)),
        ("postgres://u@10.0.0.1/d?sslmode=prefer", Some(Code::TLS_REQUIRED)),
        ("postgres://u@localhost.example/d?sslmode=allow", Some(Code::TLS_REQUIRED)),
        ("postgres://u@db.example/d?sslmode=Require", Some(Code::BAD_VALUE)),
    ];
    for (text, refused) in cases {
        assert_eq!(text.parse::<PostgresUrl>().map_err(|error| error.code).err(), refused, "{text}");
    }
}

#[test]
fn a_parameter_cannot_lead_elsewhere() {
    for rest in
        ["host=db.example", "hostaddr=10.0.0.1", "password=x", "sslmode=disable&sslmode=require", "ssl-mode=allow"]
    {
        let error = format!("postgres://u@127.0.0.1/d?{rest}").parse::<PostgresUrl>().unwrap_err();
        assert_eq!(error.code, Code::BAD_VALUE, "{rest}");
    }
    for text in
        ["mysql://u@127.0.0.1/d", "postgres:///d", "postgres://127.0.0.1", "postgres://127.0.0.1/", "huitong.db"]
    {
        assert_eq!(text.parse::<PostgresUrl>().map_err(|error| error.code), Err(Code::BAD_VALUE), "{text}");
    }
    let relative = "postgres://127.0.0.1/d?sslrootcert=ca.pem".parse::<PostgresUrl>();
    assert_eq!(relative.map_err(|error| error.code), Err(Code::BAD_VALUE));
}

#[test]
fn the_password_is_never_shown() {
    let url: PostgresUrl = "postgres://li:geheim@127.0.0.1:5433/huitong".parse().unwrap();
    assert_eq!(
        (format!("{url:?}"), url.to_string().as_str()),
        ("PostgresUrl(127.0.0.1:5433/huitong)".into(), "127.0.0.1:5433/huitong")
    );
    assert!(url.secret().contains("geheim"));
    for wrong in
        ["postgres://li:geheim@db.example/d", "postgres://li:geheim@h:port/d", "postgres://li:geheim@h/d?x=geheim"]
    {
        let error = wrong.parse::<PostgresUrl>().unwrap_err();
        assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
    }
}

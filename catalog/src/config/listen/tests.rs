use super::*;

#[test]
fn listen_addresses_are_numeric_or_localhost() {
    let cases = [
        ("127.0.0.1:50050", Some(true)),
        ("localhost:1", Some(true)),
        ("[::1]:5", Some(true)),
        ("127.9.9.9:0", Some(true)),
        ("[::ffff:127.0.0.1]:5", Some(true)),
        ("0.0.0.0:50050", Some(false)),
        ("[::]:50050", Some(false)),
        ("10.0.0.8:50050", Some(false)),
        ("[::ffff:10.0.0.8]:5", Some(false)),
        ("db.example:50050", None),
        ("127.0.0.1", None),
        ("127.0.0.1:70000", None),
        (":50050", None),
        ("localhost:", None),
        ("", None),
    ];
    for (text, loopback) in cases {
        assert_eq!(parse_listen(text).map(|address| is_loopback(address.ip())), loopback, "{text}");
    }
}

#[test]
fn endpoints_are_bare_http_urls() {
    for (text, loopback) in [
        ("https://scheduler.example:50060", false),
        ("http://127.0.0.1:50060/", true),
        ("http://[::1]:1", true),
        ("http://localhost:50060", true),
        ("http://localhost.example:50060", false),
        ("https://10.0.0.8:1", false),
    ] {
        assert_eq!(parse_endpoint(text).as_ref().map(is_loopback_url), Some(loopback), "{text}");
    }
    for text in
        ["scheduler:50060", "grpc://a:1", "https://", "https://a/b", "https://u:p@a", "https://a?b", "https://a#b", ""]
    {
        assert_eq!(parse_endpoint(text), None, "{text}");
    }
}

#[test]
fn hosts_carry_no_port() {
    for text in ["node1", "node1.example", "10.0.0.8", "::1"] {
        assert_eq!(parse_host(text).as_deref(), Some(text));
    }
    for text in ["", "node1:50", "a b", "a/b", "[::1]:5", "http://a", "*.a"] {
        assert_eq!(parse_host(text), None, "{text}");
    }
}

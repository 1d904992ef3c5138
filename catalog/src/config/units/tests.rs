use super::*;

#[test]
fn sizes() {
    let cases = [
        ("0", Some(0)),
        ("1024", Some(1024)),
        ("512MiB", Some(512 << 20)),
        ("512mib", Some(512 << 20)),
        (" 4 GiB ", Some(4 << 30)),
        ("10GB", Some(10_000_000_000)),
        ("1kb", Some(1000)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("16777216TiB", None),
        ("4G", None),
        ("1.5GiB", None),
        ("-1", None),
        ("+1", None),
        ("", None),
        ("MiB", None),
        ("４GiB", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_size(text), expected, "{text}");
    }
}

#[test]
fn durations() {
    let ms = |ms| Some(Duration::from_millis(ms));
    let cases = [
        ("500ms", ms(500)),
        ("30s", ms(30_000)),
        ("5 m", ms(300_000)),
        ("2h", ms(7_200_000)),
        ("1d", ms(86_400_000)),
        ("0s", ms(0)),
        ("30", None),
        ("30S", None),
        ("1h30m", None),
        ("18446744073709551615d", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_duration(text), expected, "{text}");
    }
}

#[test]
fn memory_is_a_share_or_a_size_and_never_zero() {
    assert_eq!(Memory::parse("70%"), Some(Memory::Percent(70)));
    assert_eq!(Memory::parse("4GiB"), Some(Memory::Bytes(4 << 30)));
    for text in ["0%", "101%", "-1%", "0", "0GiB", "%", "70 percent", ""] {
        assert_eq!(Memory::parse(text), None, "{text}");
    }
    assert_eq!(Memory::Percent(70).resolve(1_000), 700);
    assert_eq!(Memory::Percent(100).resolve(u64::MAX), u64::MAX / 100 * 100);
    assert_eq!(Memory::Percent(1).resolve(0), 1);
    assert_eq!(Memory::Bytes(5).resolve(0), 5);
}

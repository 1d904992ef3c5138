use super::phase;
use crate::text::normalize::normalize;

#[test]
fn phases() {
    for (text, expected) in [
        ("年产300吨项目(二期)", Some((2, "二期"))),
        ("年产300吨项目（２期）", Some((2, "2期"))),
        ("第三期工程", Some((3, "第三期"))),
        ("十二期", Some((12, "十二期"))),
        ("二十一期和三期", Some((21, "二十一期"))),
        ("Project of modules, Phase II", Some((2, "phase ii"))),
        ("Phase 3: modules", Some((3, "phase 3"))),
        ("项目（Ⅱ期）", Some((2, "ii期"))),
        ("III期厂房", Some((3, "iii期"))),
        ("Three-phase motors (Phase II)", Some((2, "phase ii"))),
        ("three-phase 35 kV line", None),
        ("phase 35 kV", None),
        ("wii期", None),
        ("工期12个月,周期短", None),
        ("100期", None),
        ("零期", None),
        ("phases of growth", None),
        ("年产300吨项目", None),
        ("", None),
    ] {
        let text = normalize(text);
        assert_eq!(phase(&text).map(|(number, place)| (number, &text[place])), expected, "{text}");
    }
}

#[test]
fn time_grows_with_the_text() {
    assert_eq!(phase(&"九".repeat(300_000)), None);
    // Each of many words looks back as far as its number goes.
    assert!(phase(&"九期".repeat(300_000)).is_some());
}

use super::{own_phase, phase};
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
        ("十四五期间建设,III期临床,2期限", None),
        ("十四五期间的二期", Some((2, "二期"))),
        ("第二阶段工程", Some((2, "第二阶段"))),
        ("三阶段工艺", None),
        ("年产300吨项目(分两期建设)", None),
        ("分为两期,共三期,共计四期", None),
        ("年产300吨项目", None),
        ("", None),
    ] {
        let text = normalize(text);
        assert_eq!(phase(&text).map(|(number, place)| (number, &text[place])), expected, "{text}");
    }
}

#[test]
fn an_abstract_speaks_of_other_phases_too() {
    for (text, expected) in [
        ("本项目为浦江医药注射器基地二期工程，用地40亩", Some(2)),
        ("浦江医药注射器基地一期已建成，本次建设第三期", Some(3)),
        ("本项目拟建设注射器基地二期工程", Some(2)),
        ("本项目分两期建设，二期预留", None),
        ("本项目依托一期厂房", None),
        ("本项目分为两期建设", None),
        ("本项目共两期，本项目共分为三期", None),
        ("本项目二期预留用地30亩", None),
        ("本项目二期另行备案", None),
        ("本项目一期已建成，本次建设二期", Some(2)),
        ("本项目用地40亩。远期规划二期", None),
        ("二期工程用地40亩", None),
        ("", None),
    ] {
        assert_eq!(own_phase(&normalize(text)), expected, "{text}");
    }
}

#[test]
fn time_grows_with_the_text() {
    assert_eq!(phase(&"九".repeat(300_000)), None);
    // Each of many words looks back as far as its number goes.
    assert!(phase(&"九期".repeat(300_000)).is_some());
    assert_eq!(own_phase(&"九期".repeat(300_000)), None);
}

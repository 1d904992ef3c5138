use super::{Language, reasons};
use crate::project::features::{Features, Filing};
use crate::project::relation::{Common, Side};

fn told(one: &Filing, other: &Filing, language: Language) -> String {
    let (one, other) = (Features::of(one), Features::of(other));
    let (one, other) = (Side::from(&one), Side::from(&other));
    reasons(&one, &other, &Common::of(&one, &other), language)
}

#[test]
fn reasons_in_two_languages() {
    let one = Filing {
        title: Some("年产300万支注射器项目"),
        summary: Some("用地61300平方米"),
        credit_code: Some("91990101MA0123453Q"),
        applicant: Some("浦江医药有限公司"),
        park: Some("临港园区"),
        parcel: Some("7"),
        ..Filing::default()
    };
    let phase = Filing { phase: Some(2), parcel: None, ..one };
    assert_eq!(
        told(&one, &phase, Language::Chinese),
        "期次不同（第 1 期、第 2 期）；申报单位统一社会信用代码相同（91990101MA0123453Q）；产品名称相同（注射器）；\
         2 项数量相同（3000000支、61300平方米）；园区相同（临港园区）"
    );
    let other = Filing {
        credit_code: None,
        applicant: Some("同泰制药"),
        park: Some("东园"),
        summary: None,
        title: Some("50吨茶叶"),
        ..one
    };
    assert_eq!(
        told(&one, &other, Language::English),
        "other applicants (浦江医药, 同泰制药); no amount in common; other parks (临港园区, 东园)"
    );
    assert_eq!(told(&one, &Filing::default(), Language::Chinese), "");
    let name = Filing { applicant: one.applicant, ..Filing::default() };
    let namesake = Filing { credit_code: Some("91990101MA099999X0"), ..name };
    assert_eq!(
        told(&Filing { credit_code: one.credit_code, ..name }, &namesake, Language::Chinese),
        "申报单位名称相同而统一社会信用代码不同（91990101MA0123453Q、91990101MA099999X0）"
    );
    let nameless = Filing { applicant: None, ..namesake };
    let told_of = told(&Filing { credit_code: one.credit_code, ..Filing::default() }, &nameless, Language::Chinese);
    assert!(!told_of.contains("名称相同"), "{told_of}");
    let long = "很长的名称2024".repeat(1000);
    let all = Some(long.as_str());
    let long = Filing { project_code: all, title: all, applicant: all, park: all, parcel: all, ..Filing::default() };
    assert!(told(&long, &long, Language::Chinese).chars().count() < 500);
}

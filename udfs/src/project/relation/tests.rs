use super::{Common, Relation, Side};
use crate::project::features::{Features, Filing};

fn filing() -> Filing<'static> {
    Filing {
        project_code: Some("2404-990101-04-01-123456"),
        title: Some("年产300万支一次性注射器项目"),
        summary: Some("用地61300平方米，定员80人"),
        credit_code: Some("91990101MA0123453Q"),
        applicant: Some("上海浦江医药有限公司"),
        industry: Some("C27"),
        park: Some("临港园区"),
        parcel: Some("LG-01-0007"),
        investment: Some(54_000_000.0),
        phase: None,
    }
}

fn relation(other: Filing, is_match: bool) -> Option<Relation> {
    let (left, right) = (Features::of(&filing()), Features::of(&other));
    let (left, right) = (Side::from(&left), Side::from(&right));
    let told = Common::of(&left, &right).relation(is_match);
    assert_eq!(told, Common::of(&right, &left).relation(is_match), "the other way round");
    told
}

#[test]
fn what_filings_are_to_each_other() {
    let other_amounts =
        Filing { project_code: None, summary: Some("用地200亩，定员81人"), investment: Some(9e7), ..filing() };
    let other_title = Filing { title: Some("年产20万辆自行车项目"), ..other_amounts };
    for (what, other, is_match, expected) in [
        ("again", filing(), true, Some(Relation::SameFiling)),
        (
            "another code and place",
            Filing { project_code: None, park: Some("东园"), ..filing() },
            true,
            Some(Relation::SameProject),
        ),
        (
            "another firm",
            Filing {
                credit_code: Some("91990101MA099999X0"), applicant: Some("联和同泰制药有限公司"), ..filing()
            },
            true,
            Some(Relation::SameProject),
        ),
        (
            "a firm renamed",
            Filing { applicant: Some("同泰制药有限公司"), ..filing() },
            true,
            Some(Relation::SameFiling),
        ),
        (
            "phase two",
            Filing { title: Some("一次性注射器项目二期"), ..other_amounts },
            false,
            Some(Relation::SplitPhase),
        ),
        // A model that does not know phases has no say.
        ("phase two that matches", Filing { phase: Some(2), ..filing() }, true, Some(Relation::SplitPhase)),
        (
            "the same code",
            Filing { project_code: filing().project_code, ..Filing::default() },
            false,
            Some(Relation::SameProject),
        ),
        (
            "two round amounts and another phase",
            Filing {
                title: Some("精酿啤酒厂项目"),
                summary: Some("占用土地61300平方米，员工80人，另建宿舍和食堂"),
                phase: Some(2),
                industry: filing().industry,
                ..Filing::default()
            },
            false,
            None,
        ),
        ("phase two where he has built", Filing { phase: Some(2), ..other_title }, false, Some(Relation::SplitPhase)),
        ("phase two of something else", Filing { phase: Some(2), park: Some("东园"), ..other_title }, false, None),
        (
            "phase two in the park, in an industry of more digits",
            Filing { title: Some("浦江医药二期项目"), parcel: None, industry: Some("2770"), ..other_amounts },
            false,
            Some(Relation::SplitPhase),
        ),
        (
            "phase two by its abstract alone",
            Filing { summary: Some("本项目为浦江医药二期工程，用地200亩"), ..other_amounts },
            true,
            Some(Relation::SplitPhase),
        ),
        (
            "again, without a parcel and a code",
            Filing { project_code: None, parcel: None, ..filing() },
            true,
            Some(Relation::SameFiling),
        ),
        (
            "a mistyped credit code",
            Filing { project_code: None, credit_code: Some("91990101MA01234S3Q"), ..filing() },
            true,
            Some(Relation::SameFiling),
        ),
        (
            "another's",
            Filing { credit_code: Some("91990101MA099999X0"), ..other_amounts },
            false,
            Some(Relation::SimilarLine),
        ),
        ("his own other project for the same product", other_amounts, false, None),
        ("something else", other_title, false, None),
        ("nothing", Filing::default(), false, None),
    ] {
        assert_eq!(relation(other, is_match), expected, "{what}");
    }
}

/// A name decides only where a code is missing.
#[test]
fn firms() {
    let is_same = |code: Option<&str>, name: &str| {
        let other = Features::of(&Filing { credit_code: code, applicant: Some(name), ..Filing::default() });
        Common::of(&Side::from(&Features::of(&filing())), &Side::from(&other)).is_same_firm
    };
    assert!(is_same(Some("91990101MA0123453Q"), "别的公司"));
    assert!(!is_same(Some("91990101MA099999X0"), "上海浦江医药有限公司"));
    assert!(is_same(Some("91990101MA0123453X"), "上海浦江医药有限公司"), "a slip in the code");
    assert!(!is_same(Some("91990101MA0123453X"), "同泰车业有限公司"), "a slip in the code of another");
    assert!(is_same(None, "浦江医药有限责任公司"));
    assert!(is_same(None, "和安镇浦疆医药有限公司"), "a place in no table");
    assert!(is_same(None, "浦疆医药有限公司"), "a homophone");
    assert!(!is_same(None, "长江医药有限公司"));
    assert!(!is_same(None, "医药有限公司"), "a word of the business alone");
    assert!(!is_same(None, "浦疆机械有限公司"), "a homophone in another business");
}

/// Of firms without codes: a word of the business and a branch tell them apart.
#[test]
fn firms_by_name_alone() {
    let is_same = |one, other| {
        let of = |name| Features::of(&Filing { applicant: Some(name), ..Filing::default() });
        let (one, other) = (of(one), of(other));
        Common::of(&Side::from(&one), &Side::from(&other)).is_same_firm
    };
    assert!(!is_same("浦江海洋装备有限公司", "深蓝海洋装备有限公司"));
    assert!(!is_same("浦江建工第一分公司", "浦江建工第二分公司"));
    assert!(is_same("浦江海洋装备有限公司", "浦江海洋装备有限责任公司"));
}

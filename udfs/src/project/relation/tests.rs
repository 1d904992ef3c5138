use super::{Common, Relation, Side};
use crate::project::features::{Features, Filing};

fn filing() -> Filing<'static> {
    Filing {
        project_code: Some("2404-990101-04-01-123456"),
        title: Some("年产300万支一次性注射器项目"),
        summary: Some("用地61300平方米，定员80人"),
        credit_code: Some("91990101MA01234567"),
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
                credit_code: Some("91990101MA09999999"), applicant: Some("联和同泰制药有限公司"), ..filing()
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
        ("phase two of something else", Filing { phase: Some(2), ..other_title }, false, None),
        (
            "another's",
            Filing { credit_code: Some("91990101MA09999999"), ..other_amounts },
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
    assert!(is_same(Some("91990101MA01234567"), "别的公司"));
    assert!(!is_same(Some("91990101MA09999999"), "上海浦江医药有限公司"));
    assert!(is_same(None, "浦江医药有限责任公司"));
    assert!(is_same(None, "浦疆医药有限公司"), "a homophone");
    assert!(!is_same(None, "长江医药有限公司"));
    assert!(!is_same(None, "医药有限公司"), "a word of the business alone");
    assert!(!is_same(None, "浦疆机械有限公司"), "a homophone in another business");
}

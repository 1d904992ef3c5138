use crate::project::features::{Features, Filing};

fn keys(filing: Filing) -> Vec<i64> {
    Features::of(&filing).keys
}

fn share(one: Filing, other: Filing) -> bool {
    let other = keys(other);
    keys(one).iter().any(|key| other.contains(key))
}

const EMPTY: Filing = Filing {
    project_code: None,
    title: None,
    summary: None,
    credit_code: None,
    applicant: None,
    industry: None,
    park: None,
    parcel: None,
    investment: None,
    phase: None,
};

/// Each of these alone makes two filings worth a comparison.
#[test]
fn what_makes_candidates() {
    let a = |filing: fn(Filing<'static>) -> Filing<'static>| filing(EMPTY);
    for (what, one, other) in [
        (
            "code",
            a(|f| Filing { project_code: Some("2404-990101"), ..f }),
            a(|f| Filing { project_code: Some("2404 990101"), ..f }),
        ),
        (
            "credit code",
            a(|f| Filing { credit_code: Some("91990101ma0123453q"), ..f }),
            a(|f| Filing { credit_code: Some("91990101MA0123453Q"), ..f }),
        ),
        (
            "firm",
            a(|f| Filing { applicant: Some("联和市鑫盛电气有限公司"), ..f }),
            a(|f| Filing { applicant: Some("新盛机械有限公司"), ..f }),
        ),
        (
            "parcel",
            a(|f| Filing { park: Some("东园"), parcel: Some("a-1"), ..f }),
            a(|f| Filing { park: Some("东园"), parcel: Some("Ａ-1"), ..f }),
        ),
        (
            "title",
            a(|f| Filing { park: Some("东园"), title: Some("年产30吨茶叶项目"), ..f }),
            a(|f| Filing { park: Some("东园"), title: Some("茶葉生产线"), ..f }),
        ),
        (
            "amounts",
            a(|f| Filing { summary: Some("用地61300平方米，定员80人"), ..f }),
            a(|f| Filing { title: Some("工厂"), summary: Some("共 80 人; 6.13万平方米"), ..f }),
        ),
        (
            "capacity",
            a(|f| Filing { title: Some("年产30吨茶叶项目"), ..f }),
            a(|f| Filing {
                title: Some("茶叶项目"),
                summary: Some("定员80人，产茶三十吨，建设期24个月，车位200个，用地30亩，6000平方米"),
                ..f
            }),
        ),
        (
            "credit code with a slip",
            a(|f| Filing { credit_code: Some("91990101MA0123453X"), ..f }),
            a(|f| Filing { credit_code: Some("91990101ma0123453x"), ..f }),
        ),
        (
            "investment",
            a(|f| Filing { title: Some("年产30吨茶叶项目"), investment: Some(5e7), ..f }),
            a(|f| Filing { title: Some("茶叶项目"), summary: Some("投资5000万元"), ..f }),
        ),
    ] {
        assert!(share(one, other), "{what}");
    }
}

#[test]
fn what_makes_none() {
    let firm =
        Filing { applicant: Some("鑫盛电气有限公司"), industry: Some("C38"), park: Some("东园"), ..EMPTY };
    assert!(share(firm, Filing { industry: None, park: None, ..firm }), "an industry that is not known");
    assert!(!share(firm, Filing { applicant: Some("鑫隆电气有限公司"), ..firm }), "another firm in the park");
    assert!(
        !share(Filing { parcel: Some("A-1"), ..EMPTY }, Filing { parcel: Some("A-1"), ..EMPTY }),
        "a parcel of no park"
    );
    assert!(keys(EMPTY).is_empty());
}

/// Texts of which one part in fifty was changed meet in some band mostly, those with two thirds in common seldom.
#[test]
fn copies_meet() {
    let characters: Vec<char> = ('\u{4e00}'..'\u{4f00}').collect();
    let mut random = crate::text::testing::Random(7);
    let mut met = [0, 0];
    for _ in 0..300 {
        let text = random.text(&characters, 200);
        for (place, changed) in [4, 60].into_iter().enumerate() {
            let other: String =
                text.chars().take(200 - changed).chain(random.text(&characters, changed).chars()).collect();
            let of = |text: &str| Features::of(&Filing { summary: Some(text), ..EMPTY }).keys;
            met[place] += usize::from(of(&text).iter().any(|key| of(&other).contains(key)));
        }
    }
    assert!(met[0] > 270 && met[1] < 15, "{met:?}");
}

/// Where a code is missing, and more firms sound alike than make candidates, phases of one project meet in what the firm makes.
#[test]
fn a_firm_and_what_it_makes_are_a_key_together() {
    let one = Filing {
        applicant: Some("联和市兴卓制药有限公司"),
        title: Some("头孢类冻干粉针产业化项目(年产60万支)(一期)"),
        park: Some("东园"),
        ..EMPTY
    };
    let other = Filing {
        title: Some("年产１２０万支头孢类冻干粉针项目（二期）"), applicant: Some("星卓药业"), ..one
    };
    let shared = |other: Filing| {
        let other = keys(other);
        keys(one).iter().filter(|key| other.contains(key)).count()
    };
    assert_eq!(shared(Filing { title: None, ..other }), 1, "the name alone");
    assert_eq!(shared(Filing { applicant: None, ..other }), 1, "the title in the park alone");
    assert_eq!(shared(other), 3, "both, and both together");
    assert_eq!(shared(Filing { park: Some("西园"), ..other }), 1, "another park");
}

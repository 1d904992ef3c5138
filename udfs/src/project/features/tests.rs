use super::{Features, Filing};

fn filing() -> Filing<'static> {
    Filing {
        project_code: Some("2404-990101-04-01-123456"),
        title: Some("年产300万支一次性注射器项目（二期）"),
        summary: Some(
            "联和鑫盛医药有限公司拟建设年产300万支一次性注射器项目。项目位于临港园区，总用地面积61300平方米。总投资5400万元。",
        ),
        credit_code: Some("91990101ma0123453q"),
        applicant: Some("上海浦江医药有限公司"),
        industry: Some("C27"),
        park: Some("临港园区"),
        parcel: Some("LG-01-0007"),
        investment: Some(54_000_000.0),
        phase: None,
    }
}

#[test]
fn a_filing_in_its_parts() {
    let of = Features::of(&filing());
    assert_eq!(of.project_code.as_deref(), Some("2404990101040 1123456".replace(' ', "").as_str()));
    assert_eq!(of.credit_code.as_deref(), Some("91990101MA0123453Q"));
    assert_eq!(of.firm.as_deref(), Some("浦江医药"));
    assert_eq!(of.firm_sound.as_deref(), Some("pu jiang"));
    assert_eq!(of.title.as_deref(), Some("一次性注射器"));
    assert_eq!(of.title_words.len(), 5);
    assert_eq!(of.amounts, ["54000000元", "3000000支", "61300平方米"]);
    assert_eq!((of.phase, of.parcel.as_deref()), (2, Some("lg-01-0007")));
}

/// What only differs in writing, place or amounts has the same words.
#[test]
fn writing_changes_nothing() {
    let one = Features::of(&filing());
    let other = Features::of(&Filing {
        title: Some("年產３００萬支一次性注射器項目（２期）"),
        applicant: Some("浦江醫藥（上海）有限責任公司"),
        phase: Some(2),
        ..filing()
    });
    assert_eq!(one, Features { keys: one.keys.clone(), ..other });
}

#[test]
fn nothing_is_told_by_words_for_nothing() {
    let written = Filing {
        project_code: Some("无"),
        title: Some("　"),
        summary: Some(""),
        credit_code: Some("000000000000000000"),
        applicant: Some("\u{200b}"),
        investment: Some(f64::NAN),
        phase: Some(-3),
        ..Filing::default()
    };
    assert_eq!(Features::of(&written), Features { phase: 1, ..Features::default() });
    assert_eq!(Features::of(&Filing::default()), Features { phase: 1, ..Features::default() });
}

/// What stands for something else in the place of a code, a parcel, an amount.
#[test]
fn words_for_nothing_are_no_codes() {
    for nothing in
        ["尚未取得项目代码", "无统一社会信用代码", "待定", "待定2024", "2024年待赋码", "-", "／", "N/A", "000000", "无"]
    {
        let said = Some(nothing);
        let of = Features::of(&Filing { project_code: said, credit_code: said, ..Filing::default() });
        assert_eq!((of.project_code, of.credit_code, of.keys), (None, None, vec![]), "{nothing}");
    }
    for nothing in ["待定", "-", "／", "N/A", "无", "暂无"] {
        let said = Some(nothing);
        let of =
            Features::of(&Filing { park: said, parcel: said, industry: said, applicant: said, ..Filing::default() });
        assert_eq!(of, Features { phase: 1, ..Features::default() }, "{nothing}");
    }
    let of = |summary| Features::of(&Filing { summary: Some(summary), ..Filing::default() }).amounts;
    assert_eq!(of("0元,3条生产线,2座厂房,40座桥,3台锅炉,建设期24个月"), ["40座", "3台"]);
}

/// A slip in a code is no other firm, nor is a number from before there were such codes.
#[test]
fn codes_with_a_slip_are_looked_up_and_not_compared() {
    let of = |code| Features::of(&Filing { credit_code: Some(code), ..Filing::default() });
    let slip = of("91990101MA0123453X");
    assert_eq!(slip.credit_code, None);
    assert_eq!(slip.keys.len(), 1);
    assert_eq!(of("9199 0101-MA0123453Q").credit_code.as_deref(), Some("91990101MA0123453Q"));
    for other in ["310115000123456", "91990101MA012343Q", "91990101MAA0123453Q"] {
        assert_eq!((of(other).credit_code, of(other).keys.len()), (None, 1), "{other}");
    }
}

#[test]
fn industries_in_any_detail() {
    for (text, expected) in [
        ("C27", Some("27")),
        ("2770", Some("27")),
        ("Ｃ277", Some("27")),
        ("医药制造业", Some("医药制造业")),
        ("C27 医药制造业", Some("27")),
        ("C", None),
        ("27701", Some("27701")),
    ] {
        let of = Features::of(&Filing { industry: Some(text), ..Filing::default() });
        assert_eq!(of.industry.as_deref(), expected, "{text}");
    }
}

#[test]
fn a_title_without_the_firm() {
    let of = |title| {
        Features::of(&Filing {
            title: Some(title), applicant: Some("上海浦江医药有限公司"), ..Filing::default()
        })
    };
    let of_firm = of("浦江医药注射器项目(二期)");
    assert_eq!((of_firm.title.as_deref(), of_firm.phase), (Some("注射器"), 2));
    assert_eq!(of("浦江医药二期项目").title.as_deref(), Some("浦江医药二期项目"));
}

/// A title of words that every title has is told by them.
#[test]
fn titles_of_nothing_else() {
    let of = |title| Features::of(&Filing { title: Some(title), ..Filing::default() }).title;
    assert_eq!(of("新建项目").as_deref(), Some("新建项目"));
    assert_eq!(of("锅").as_deref(), Some("锅"));
    assert_eq!(of("𠮷野家生产线建设项目").as_deref(), Some("𠮷野家"));
    assert_eq!(of("工程塑料建设工程项目").as_deref(), Some("工程塑料"));
    assert_eq!(of("三元锂电池基地(二期)").as_deref(), Some("三元锂电池"));
    assert_eq!(of("Project of wheels (50 per year), phase II").as_deref(), Some("wheels50"));
}

#[test]
fn long_and_odd_texts_end() {
    for text in ["年产300万支", "(", "期", "😀", "\u{20000}", "a b ", "有限公司", "1,", "0万", "本期九期"]
    {
        let long = text.repeat((1 << 20) / text.len());
        let all = Some(long.as_str());
        let of = Features::of(&Filing {
            project_code: all,
            title: all,
            summary: all,
            credit_code: all,
            applicant: all,
            industry: all,
            park: Some("区"),
            parcel: all,
            investment: Some(f64::MAX),
            phase: Some(i64::MAX),
        });
        assert!(of.content.len() <= super::CONTENT_MOST && of.amounts.len() <= super::AMOUNTS_MOST, "{text}");
    }
}

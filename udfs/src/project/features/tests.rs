use super::{Features, Filing};

fn filing() -> Filing<'static> {
    Filing {
        project_code: Some("2404-990101-04-01-123456"),
        title: Some("年产300万支一次性注射器项目（二期）"),
        summary: Some(
            "联和鑫盛医药有限公司拟建设年产300万支一次性注射器项目。项目位于临港园区，总用地面积61300平方米。总投资5400万元。",
        ),
        credit_code: Some("91990101ma01234567"),
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
    assert_eq!(of.credit_code.as_deref(), Some("91990101MA01234567"));
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
    for text in ["年产300万支", "(", "期", "😀", "\u{20000}", "a b ", "有限公司", "1,"] {
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

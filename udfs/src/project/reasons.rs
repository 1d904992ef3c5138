//! Why two filings are what they are to each other, in words.

use std::borrow::Cow;

use super::relation::{Common, Side};

#[cfg(test)]
mod tests;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Chinese,
    English,
}

/// What of a pair is told.
enum Reason<'a> {
    SameCode(&'a str),
    SameCredit(&'a str),
    FirmAlike(&'a str, &'a str),
    OtherFirm(&'a str, &'a str),
    /// Under one name.
    OtherCredit(&'a str, &'a str),
    Product(&'a str, &'a str),
    Content,
    Amounts(&'a [&'a str]),
    OtherAmounts,
    Parcel(&'a str, &'a str),
    Park(&'a str),
    OtherPark(&'a str, &'a str),
    OtherPhase(i32, i32),
}

/// The reasons as one sentence, what decides first.
pub fn reasons(left: &Side, right: &Side, common: &Common, language: Language) -> String {
    let told: Vec<String> = all(left, right, common).iter().map(|reason| reason.text(language)).collect();
    match language {
        Language::Chinese => told.join("；"),
        Language::English => told.join("; "),
    }
}

fn all<'a>(left: &Side<'a>, right: &Side<'a>, common: &'a Common<'a>) -> Vec<Reason<'a>> {
    let mut all = Vec::new();
    if left.phase != right.phase {
        all.push(Reason::OtherPhase(left.phase, right.phase));
    }
    if common.is_same_code {
        all.extend(left.project_code.map(Reason::SameCode));
    }
    all.extend(of_firms(left, right, common));
    if common.is_title_alike {
        all.extend(left.title.zip(right.title).map(|(one, other)| Reason::Product(one, other)));
    } else if common.is_content_alike {
        all.push(Reason::Content);
    }
    match common.amounts.as_slice() {
        [] if left.amounts.is_empty() || right.amounts.is_empty() => {}
        [] => all.push(Reason::OtherAmounts),
        shared => all.push(Reason::Amounts(shared)),
    }
    all.extend(match (left.park.zip(right.park), left.parcel) {
        (Some((park, _)), Some(parcel)) if common.is_same_parcel => Some(Reason::Parcel(park, parcel)),
        (Some((park, _)), _) if common.is_same_park => Some(Reason::Park(park)),
        (Some((one, other)), _) => Some(Reason::OtherPark(one, other)),
        (None, _) => None,
    });
    all
}

fn of_firms<'a>(left: &Side<'a>, right: &Side<'a>, common: &Common<'a>) -> Option<Reason<'a>> {
    let names = left.firm.zip(right.firm);
    match (left.credit_code.zip(right.credit_code), common.is_same_firm) {
        (Some((code, _)), true) => Some(Reason::SameCredit(code)),
        (None, true) => names.map(|(one, other)| Reason::FirmAlike(one, other)),
        (Some((one, other)), false) if left.firm.is_some() && left.firm == right.firm => {
            Some(Reason::OtherCredit(one, other))
        }
        (_, false) => names.map(|(one, other)| Reason::OtherFirm(one, other)),
    }
}

/// Characters of a name that are told.
const NAME_MOST: usize = 60;

/// The beginning of a long text: titles and names may have any length, and reasons are read.
fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(NAME_MOST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

impl Reason<'_> {
    fn text(&self, language: Language) -> String {
        match language {
            Language::Chinese => self.chinese(),
            Language::English => self.english(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::SameCode(code) => format!("项目代码相同（{}）", short(code)),
            Self::SameCredit(code) => format!("申报单位统一社会信用代码相同（{code}）"),
            Self::FirmAlike(one, other) => format!("申报单位名称相近（{}、{}）", short(one), short(other)),
            Self::OtherFirm(one, other) => format!("申报单位不同（{}、{}）", short(one), short(other)),
            Self::OtherCredit(one, other) => format!("申报单位名称相同而统一社会信用代码不同（{one}、{other}）"),
            Self::Product(one, other) if one == other => format!("产品名称相同（{}）", short(one)),
            Self::Product(one, other) => format!("产品名称相近（{}、{}）", short(one), short(other)),
            Self::Content => "建设内容的文字相近".to_owned(),
            Self::Amounts(shared) => format!("{} 项数量相同（{}）", shared.len(), shared.join("、")),
            Self::OtherAmounts => "数量均不相同".to_owned(),
            Self::Parcel(park, parcel) => format!("地块相同（{} {}）", short(park), short(parcel)),
            Self::Park(park) => format!("园区相同（{}）", short(park)),
            Self::OtherPark(one, other) => format!("园区不同（{}、{}）", short(one), short(other)),
            Self::OtherPhase(one, other) => format!("期次不同（第 {one} 期、第 {other} 期）"),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::SameCode(code) => format!("the same project code ({})", short(code)),
            Self::SameCredit(code) => format!("the same credit code of the applicant ({code})"),
            Self::FirmAlike(one, other) => {
                format!("nearly the same name of the applicant ({}, {})", short(one), short(other))
            }
            Self::OtherFirm(one, other) => format!("other applicants ({}, {})", short(one), short(other)),
            Self::OtherCredit(one, other) => {
                format!("the same name of the applicant under other credit codes ({one}, {other})")
            }
            Self::Product(one, other) if one == other => format!("the same product ({})", short(one)),
            Self::Product(one, other) => format!("nearly the same product ({}, {})", short(one), short(other)),
            Self::Content => "nearly the same text of what is built".to_owned(),
            Self::Amounts(shared) => format!("{} amounts in common ({})", shared.len(), shared.join(", ")),
            Self::OtherAmounts => "no amount in common".to_owned(),
            Self::Parcel(park, parcel) => format!("the same parcel ({} {})", short(park), short(parcel)),
            Self::Park(park) => format!("the same park ({})", short(park)),
            Self::OtherPark(one, other) => format!("other parks ({}, {})", short(one), short(other)),
            Self::OtherPhase(one, other) => format!("other phases ({one}, {other})"),
        }
    }
}

//! What two filings are to each other.

use super::features::Features;
use super::words::overlap;

#[cfg(test)]
mod tests;

/// The first two are duplicates; the others are told so that they are not taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Filed again: the same firm, under the same code or at the same place.
    SameFiling,
    /// The same substance under another name, by another applicant or in another park.
    SameProject,
    /// Another phase of one project.
    SplitPhase,
    /// Another firm's project for the same product.
    SimilarLine,
}

impl Relation {
    pub fn name(self) -> &'static str {
        match self {
            Self::SameFiling => "same_filing",
            Self::SameProject => "same_project",
            Self::SplitPhase => "split_phase",
            Self::SimilarLine => "similar_line",
        }
    }
}

/// The features of one filing of a pair, borrowed; see [`Features`].
#[derive(Debug, Clone, Default)]
pub struct Side<'a> {
    pub project_code: Option<&'a str>,
    pub credit_code: Option<&'a str>,
    pub firm: Option<&'a str>,
    pub firm_sound: Option<&'a str>,
    pub firm_words: &'a [i64],
    pub title: Option<&'a str>,
    pub title_words: &'a [i64],
    pub content: &'a [i64],
    pub amounts: Vec<&'a str>,
    pub industry: Option<&'a str>,
    pub park: Option<&'a str>,
    pub parcel: Option<&'a str>,
    pub phase: i32,
}

impl<'a> From<&'a Features> for Side<'a> {
    fn from(of: &'a Features) -> Self {
        Self {
            project_code: of.project_code.as_deref(),
            credit_code: of.credit_code.as_deref(),
            firm: of.firm.as_deref(),
            firm_sound: of.firm_sound.as_deref(),
            firm_words: &of.firm_words,
            title: of.title.as_deref(),
            title_words: &of.title_words,
            content: &of.content,
            amounts: of.amounts.iter().map(String::as_str).collect(),
            industry: of.industry.as_deref(),
            park: of.park.as_deref(),
            parcel: of.parcel.as_deref(),
            phase: of.phase,
        }
    }
}

/// Parts of words in common from which on names are of one firm, titles of one product, and texts of one matter.
const FIRM_ALIKE: f64 = 0.8;
const TITLE_ALIKE: f64 = 0.6;
const CONTENT_ALIKE: f64 = 0.8;
/// Runs of characters that names have at least, to be alike without being equal.
const RUNS_LEAST: usize = 2;
/// What of their names firms that sound alike have in common at least.
const SOUND_ALIKE: f64 = 0.3;
/// Amounts in common that are no chance, whatever else is.
const AMOUNTS_TELLING: usize = 3;

/// What two filings have in common. The same whichever comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common<'a> {
    pub is_same_code: bool,
    pub is_same_firm: bool,
    pub is_same_park: bool,
    pub is_same_parcel: bool,
    /// The same parcel; or the same title in the same park, unless both tell a parcel.
    pub is_same_place: bool,
    pub is_same_phase: bool,
    /// Neither is known to be of another industry; a code and a name of one tell nothing of each other.
    pub may_be_same_industry: bool,
    pub is_title_alike: bool,
    pub is_content_alike: bool,
    pub amounts: Vec<&'a str>,
}

impl<'a> Common<'a> {
    pub fn of(left: &Side<'a>, right: &Side<'a>) -> Self {
        let mut amounts: Vec<&str> =
            left.amounts.iter().copied().filter(|amount| right.amounts.contains(amount)).collect();
        amounts.sort_unstable();
        let same = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
        let is_same_park = same(left.park, right.park);
        let is_same_parcel = is_same_park && same(left.parcel, right.parcel);
        let is_same_title = same(left.title, right.title);
        let is_parcel_told = left.parcel.is_some() && right.parcel.is_some();
        Self {
            is_same_code: same(left.project_code, right.project_code),
            is_same_firm: is_same_firm(left, right),
            is_same_park,
            is_same_parcel,
            is_same_place: is_same_parcel || (is_same_park && is_same_title && !is_parcel_told),
            is_same_phase: left.phase == right.phase,
            may_be_same_industry: may_be_same_industry(left, right),
            is_title_alike: is_same_title || is_alike(left.title_words, right.title_words, TITLE_ALIKE),
            is_content_alike: overlap(left.content, right.content) >= CONTENT_ALIKE,
            amounts,
        }
    }

    /// Nothing where the filings have nothing to do with each other; `is_match`: whether a model takes them for one project.
    pub fn relation(&self, is_match: bool) -> Option<Relation> {
        let is_alike = self.is_title_alike || self.is_content_alike;
        if !self.is_same_phase {
            return if self.is_another_phase(is_alike) { Some(Relation::SplitPhase) } else { self.near(is_alike) };
        }
        if is_match || self.is_same_code {
            let is_again = self.is_same_firm && (self.is_same_code || self.is_same_place);
            return Some(if is_again { Relation::SameFiling } else { Relation::SameProject });
        }
        self.near(is_alike)
    }

    /// Whether two phases are of one project. A firm's next phase is often called after the firm alone and has amounts of its own: what it
    /// builds where it has built is told, for somebody to look at.
    fn is_another_phase(&self, is_alike: bool) -> bool {
        let is_of_firm =
            self.is_same_firm && (self.is_same_parcel || is_alike || (self.is_same_park && self.may_be_same_industry));
        self.is_same_code || is_of_firm || (self.amounts.len() >= AMOUNTS_TELLING && self.may_be_same_industry)
    }

    fn near(&self, is_alike: bool) -> Option<Relation> {
        (is_alike && self.may_be_same_industry && !self.is_same_firm).then_some(Relation::SimilarLine)
    }
}

fn may_be_same_industry(left: &Side, right: &Side) -> bool {
    let is_code = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    match (left.industry, right.industry) {
        (Some(one), Some(other)) => one == other || is_code(one) != is_code(other),
        _ => true,
    }
}

/// Credit codes decide where both are known: a firm may have another name, and two firms nearly the same.
fn is_same_firm(left: &Side, right: &Side) -> bool {
    match (left.credit_code, right.credit_code) {
        (Some(one), Some(other)) => one == other,
        _ => {
            let is_same = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
            is_same(left.firm, right.firm)
                || is_alike(left.firm_words, right.firm_words, FIRM_ALIKE)
                || (is_same(left.firm_sound, right.firm_sound)
                    && overlap(left.firm_words, right.firm_words) >= SOUND_ALIKE)
        }
    }
}

fn is_alike(left: &[i64], right: &[i64], least: f64) -> bool {
    left.len().min(right.len()) >= RUNS_LEAST && overlap(left, right) >= least
}

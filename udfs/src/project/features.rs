//! What of a filing can be compared.

use super::{keys, phase::phase, words};
use crate::identity::organisation;
use crate::text::normalize::normalize;
use crate::text::pinyin::pinyin;
use crate::text::quantities::{Quantity, in_normalized};
use crate::text::{is_han, is_of_word};

#[cfg(test)]
mod tests;

/// What a filing says, as it is written. Nothing of it has to be there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filing<'a> {
    pub project_code: Option<&'a str>,
    pub title: Option<&'a str>,
    pub summary: Option<&'a str>,
    pub credit_code: Option<&'a str>,
    pub applicant: Option<&'a str>,
    pub industry: Option<&'a str>,
    pub park: Option<&'a str>,
    pub parcel: Option<&'a str>,
    /// In all, yuan.
    pub investment: Option<f64>,
    pub phase: Option<i64>,
}

/// What is compared. Texts are normalized, none is empty; sets are sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    pub project_code: Option<String>,
    pub credit_code: Option<String>,
    /// The applicant's name without region and legal form.
    pub firm: Option<String>,
    /// How the end of its stem sounds, which stays where a region is dropped or a homophone written.
    pub firm_sound: Option<String>,
    pub firm_words: Vec<i64>,
    /// The title without amounts, phase, park, applicant and the words that every title has.
    pub title: Option<String>,
    pub title_words: Vec<i64>,
    /// Of title and summary together, without amounts, park and applicant.
    pub content: Vec<i64>,
    /// With their units, in the order of the texts, the investment first.
    pub amounts: Vec<String>,
    pub industry: Option<String>,
    pub park: Option<String>,
    pub parcel: Option<String>,
    /// 1 for a filing that speaks of none.
    pub phase: i32,
    /// Filings with one of these in common are worth a comparison; see [`keys`].
    pub keys: Vec<i64>,
}

/// Numbers of a set of words, and amounts, at most.
const WORDS_MOST: usize = 256;
const CONTENT_MOST: usize = 48;
const AMOUNTS_MOST: usize = 16;
/// Characters of a code, at least: shorter ones are words for "none".
const CODE_LEAST: usize = 6;
/// Characters of a stem whose sound is kept.
const STEM_END: usize = 2;

/// Characters of a name of a park or applicant that is cut out of texts, at least.
const NAME_LEAST: usize = 2;

/// Words that say nothing of what a project makes wherever they stand, longer ones before those that they hold; and those that say nothing
/// at the end alone (工程塑料 is a product).
const OF_EVERY_TITLE: [&str; 13] = [
    "改扩建",
    "技术改造",
    "产业化",
    "生产线",
    "一体化",
    "新建",
    "扩建",
    "改建",
    "技改",
    "年产",
    "项目",
    "project of",
    "per year",
];
const AT_THE_END: [&str; 5] = ["建设", "工程", "生产", "基地", "投资"];

impl Features {
    pub fn of(filing: &Filing) -> Self {
        let part = |text: Option<&str>| text.map(normalize).filter(|text| !text.is_empty());
        let (title, summary) = (part(filing.title), part(filing.summary));
        let (applicant, park) = (part(filing.applicant), part(filing.park));
        let own: Vec<&str> = [&applicant, &park].into_iter().flatten().map(String::as_str).collect();
        let firm = applicant.as_deref().map(Firm::of).unwrap_or_default();
        let of_text = |text: &Option<String>| text.as_deref().map(in_normalized).unwrap_or_default();
        let (of_title, of_summary) = (of_text(&title), of_text(&summary));
        let core = title.as_deref().map(|title| core(title, &of_title, &own));

        let mut content = Vec::new();
        core.iter().for_each(|core| words::add(core, &mut content));
        summary.iter().for_each(|summary| words::add(&without(summary, &of_summary, &own), &mut content));
        let of = |text: &Option<String>| {
            let mut all = Vec::new();
            text.iter().for_each(|text| words::add(text, &mut all));
            words::set(all, WORDS_MOST)
        };
        let mut features = Self {
            project_code: code(filing.project_code),
            credit_code: code(filing.credit_code),
            firm_words: of(&firm.name),
            firm: firm.name,
            firm_sound: firm.sound,
            title_words: of(&core),
            title: core,
            content: words::set(content, CONTENT_MOST),
            amounts: amounts(filing.investment, of_title.into_iter().chain(of_summary)),
            industry: part(filing.industry),
            park,
            parcel: part(filing.parcel),
            phase: number_of_phase(filing.phase, title.as_deref()),
            keys: Vec::new(),
        };
        features.keys = keys::keys(&features, [title.as_deref(), summary.as_deref()]);
        features
    }
}

#[derive(Default)]
struct Firm {
    name: Option<String>,
    sound: Option<String>,
}

impl Firm {
    fn of(applicant: &str) -> Self {
        let parts = organisation::parse_normalized(applicant);
        let name: String =
            [&parts.stem, &parts.industry, &parts.branch].into_iter().flatten().map(String::as_str).collect();
        // Sounds are of Chinese names.
        let chinese = parts.stem.as_deref().filter(|stem| stem.chars().all(is_han));
        let sound = chinese.map(|stem| {
            let end = stem.char_indices().rev().nth(STEM_END - 1).map_or(0, |(at, _)| at);
            let mut sound = String::new();
            pinyin(&stem[end..], &mut sound);
            sound
        });
        Self { name: Some(name).filter(|name| !name.is_empty()), sound: sound.filter(|sound| !sound.is_empty()) }
    }
}

/// A code in capitals without blanks and signs, whether or not its check is right: old ones have others. Too short ones, and those of
/// one character over and over, stand for none.
fn code(written: Option<&str>) -> Option<String> {
    let text: String =
        normalize(written?).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let first = text.chars().next()?;
    (text.chars().nth(CODE_LEAST - 1).is_some() && text.chars().any(|c| c != first)).then_some(text)
}

/// What a title says a project makes; of one that says nothing else, all of it.
fn core(title: &str, quantities: &[Quantity], own: &[&str]) -> String {
    let mut core = without(title, quantities, own);
    if let Some((_, place)) = phase(&core) {
        core.replace_range(place, " ");
    }
    for word in OF_EVERY_TITLE {
        // A title has few of them, and a replacement makes a new text.
        if core.contains(word) {
            core = core.replace(word, " ");
        }
    }
    let words = core.split(|c: char| !is_of_word(c)).map(|mut word| {
        while let Some(before) = AT_THE_END.iter().find_map(|end| word.strip_suffix(end)) {
            word = before;
        }
        word
    });
    let core: String = words.collect();
    match core.is_empty() {
        true => title.chars().filter(|c| c.is_alphanumeric()).collect(),
        false => core,
    }
}

/// A text without its amounts and these names.
fn without(text: &str, quantities: &[Quantity], names: &[&str]) -> String {
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for quantity in quantities {
        left.push_str(&text[at..quantity.place.start]);
        left.push(' ');
        at = quantity.place.end;
    }
    left.push_str(&text[at..]);
    let names = names.iter().filter(|name| name.chars().nth(NAME_LEAST - 1).is_some());
    names.fold(left, |text, name| text.replace(name, " "))
}

fn amounts(investment: Option<f64>, written: impl Iterator<Item = Quantity>) -> Vec<String> {
    let whole = investment.filter(|yuan| yuan.is_finite() && *yuan > 0.0).map(|yuan| format!("{yuan}元"));
    let mut amounts: Vec<String> = Vec::new();
    for amount in whole.into_iter().chain(written.map(|quantity| quantity.amount)) {
        if amounts.len() < AMOUNTS_MOST && !amounts.contains(&amount) {
            amounts.push(amount);
        }
    }
    amounts
}

/// The later of the phases of a filing and its title: one of them is often left at the first.
fn number_of_phase(given: Option<i64>, title: Option<&str>) -> i32 {
    let given = given.and_then(|number| i32::try_from(number).ok()).unwrap_or(1);
    let of_title = title.and_then(phase).and_then(|(number, _)| i32::try_from(number).ok()).unwrap_or(1);
    given.max(of_title).max(1)
}

//! What of a filing can be compared.

use super::phase::{own_phase, phase};
use super::{keys, words};
use crate::identity::{gb32100, organisation};
use crate::text::normalize::normalize;
use crate::text::pinyin::pinyin;
use crate::text::quantities::{Quantity, YUAN, in_normalized, number_and_unit};
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
    /// None where it is not right: a slip would make another firm of the applicant, whose name is told as well.
    pub credit_code: Option<String>,
    /// The applicant's name without region and legal form.
    pub firm: Option<String>,
    /// How its stem sounds, which stays where a homophone is written, and which branch it is.
    pub firm_sound: Option<String>,
    pub firm_words: Vec<i64>,
    /// The title without amounts, phase, park, applicant and the words that every title has.
    pub title: Option<String>,
    pub title_words: Vec<i64>,
    /// Of title and summary together, without amounts, park and applicant.
    pub content: Vec<i64>,
    /// With their units, in the order of the texts, the investment first.
    pub amounts: Vec<String>,
    /// Of a code of GB/T 4754 the two digits of its division: filings go into more or less detail.
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
/// Characters of a code, and digits among them, at least: others are words for "none".
const CODE_LEAST: usize = 6;
const DIGITS_LEAST: usize = 4;
/// What people write where there is nothing to write.
const NOTHING: [&str; 18] = [
    "无",
    "暂无",
    "没有",
    "待定",
    "未定",
    "另定",
    "待选址",
    "未选址",
    "待确定",
    "尚未确定",
    "不详",
    "未知",
    "空",
    "none",
    "null",
    "n/a",
    "na",
    "tbd",
];
/// Counters that stand for parts of a project where the number is small: two lines and three halls are those of many.
const COUNTERS_OF_PARTS: [&str; 4] = ["个", "座", "条", "张"];

/// Two projects are often built in as many months.
const TIMES: [&str; 2] = ["月", "日"];

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
        let (applicant, park) = (said(filing.applicant), said(filing.park));
        let firm = applicant.as_deref().map(Firm::of).unwrap_or_default();
        let own: Vec<&str> = [&applicant, &park].into_iter().flatten().map(String::as_str).collect();
        let of_text = |text: &Option<String>| text.as_deref().map(in_normalized).unwrap_or_default();
        let (of_title, of_summary) = (of_text(&title), of_text(&summary));
        let named: Vec<&str> = own.iter().copied().chain(firm.name.as_deref()).collect();
        let core = title.as_deref().map(|title| core(title, &of_title, &named));
        let credit_code = code(filing.credit_code);

        let mut content = Vec::new();
        core.iter().for_each(|core| words::add(core, &mut content));
        summary.iter().for_each(|summary| words::add(&without(summary, &of_summary, &own), &mut content));
        let phase = number_of_phase(filing.phase, title.as_deref(), summary.as_deref());
        let of = |text: &Option<String>| {
            let mut all = Vec::new();
            text.iter().for_each(|text| words::add(text, &mut all));
            words::set(all, WORDS_MOST)
        };
        let mut features = Self {
            project_code: code(filing.project_code),
            credit_code: credit_code.clone().filter(|code| is_right(code)),
            firm_words: of(&firm.name),
            firm: firm.name,
            firm_sound: firm.sound,
            title_words: of(&core),
            title: core,
            content: words::set(content, CONTENT_MOST),
            amounts: amounts(filing.investment, of_title.into_iter().chain(of_summary)),
            industry: said(filing.industry).and_then(industry),
            park,
            parcel: said(filing.parcel),
            phase,
            keys: Vec::new(),
        };
        let beside = keys::Beside {
            credit_code: credit_code.as_deref(),
            firm_end: firm.end.as_deref(),
            texts: [title.as_deref(), summary.as_deref()],
        };
        features.keys = keys::keys(&features, &beside);
        features
    }
}

#[derive(Default)]
struct Firm {
    name: Option<String>,
    sound: Option<String>,
    /// How the end of the stem sounds: what stays where a region that nobody knows stands before it.
    end: Option<String>,
}

impl Firm {
    fn of(applicant: &str) -> Self {
        let parts = organisation::parse_normalized(applicant);
        let name: String =
            [&parts.stem, &parts.industry, &parts.branch].into_iter().flatten().map(String::as_str).collect();
        // Sounds are of Chinese names.
        let stem = parts.stem.as_deref().filter(|stem| stem.chars().all(is_han)).map(without_place);
        let sound = stem.map(|stem| sound(stem) + parts.branch.as_deref().unwrap_or_default());
        let end = stem.map(sound_of_end);
        Self { name: some(name), sound: sound.and_then(some), end: end.and_then(some) }
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn sound(text: &str) -> String {
    let mut sound = String::new();
    pinyin(text, &mut sound);
    sound
}

/// Of its last two characters.
fn sound_of_end(stem: &str) -> String {
    sound(&stem[stem.char_indices().nth_back(1).map_or(0, |(at, _)| at)..])
}

/// A stem behind the name of a place that is in no table of divisions: 和安镇, 东湖区. What stays is a name, of two characters at least.
fn without_place(stem: &str) -> &str {
    let ends = stem.char_indices().skip(2).take(2).filter(|(_, c)| "省市县区镇乡".contains(*c));
    let rest = ends.map(|(at, c)| &stem[at + c.len_utf8()..]).find(|rest| rest.chars().nth(1).is_some());
    rest.unwrap_or(stem)
}

/// A text normalized; none where it says nothing, or that there is nothing to say.
fn said(written: Option<&str>) -> Option<String> {
    let text = normalize(written?);
    let says = text.chars().any(char::is_alphanumeric) && !NOTHING.contains(&text.as_str());
    says.then_some(text)
}

/// A code in capitals without blanks and signs, whether or not its check is right: old ones have others. Too short ones, those with
/// hardly a digit, and those of one character over and over, stand for none.
fn code(written: Option<&str>) -> Option<String> {
    let text: String =
        normalize(written?).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let first = text.chars().next()?;
    let is_long = text.chars().nth(CODE_LEAST - 1).is_some();
    let has_digits = text.chars().filter(char::is_ascii_digit).nth(DIGITS_LEAST - 1).is_some();
    // 待定2024, 2024年待赋码.
    let is_awaited = text.contains(['待', '未', '无', '暂']);
    (is_long && has_digits && !is_awaited && text.chars().any(|c| c != first)).then_some(text)
}

/// A character dropped or typed twice is a slip, too; the numbers that firms had before there were credit codes do not say that a firm which
/// has one now is another.
fn is_right(code: &str) -> bool {
    gb32100::read(code).is_ok()
}

/// The division of a code of GB/T 4754 in any detail, with or without its letter, with or without its name; of other texts all. A letter
/// alone says too little.
fn industry(text: String) -> Option<String> {
    let digits = text.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(&text);
    match digits.bytes().take_while(u8::is_ascii_digit).count() {
        0 if digits.is_empty() => None,
        2..=4 => Some(digits[..2].to_owned()),
        _ => Some(text),
    }
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
    let whole = investment.filter(|yuan| yuan.is_finite() && *yuan > 0.0).map(|yuan| format!("{yuan}{YUAN}"));
    let mut amounts: Vec<String> = Vec::new();
    for amount in whole.into_iter().chain(written.map(|quantity| quantity.amount)) {
        if amounts.len() < AMOUNTS_MOST && tells(&amount) && !amounts.contains(&amount) {
            amounts.push(amount);
        }
    }
    amounts
}

/// Whether having an amount in common is more than chance: nothing of something, and one to nine parts, are those of many.
fn tells(amount: &str) -> bool {
    let (number, unit) = number_and_unit(amount);
    number != "0" && !TIMES.contains(&unit) && !(number.len() == 1 && COUNTERS_OF_PARTS.contains(&unit))
}

/// The later of the phases of a filing and its title: one of them is often left at the first. Where neither tells, what the abstract says
/// of itself.
fn number_of_phase(given: Option<i64>, title: Option<&str>, summary: Option<&str>) -> i32 {
    let given = given.and_then(|number| i32::try_from(number).ok()).unwrap_or(1);
    let of_title = title.and_then(phase).map(|(number, _)| number);
    let of_summary = summary.filter(|_| given <= 1 && of_title.is_none()).and_then(own_phase);
    let told = of_title.or(of_summary).and_then(|number| i32::try_from(number).ok()).unwrap_or(1);
    given.max(told).max(1)
}

//! Names of organisations as their parts: `[region] stem industry legal form [branch]`, the region at the front or in brackets anywhere
//! (Measures for the registration of enterprise names, State Council decree 734, article 6).
//!
//! A grammar over word lists and the names of GB/T 2260; nothing is looked up. The stem (字号) is what tells firms apart: it is what
//! remains when the other parts are taken off, never empty as long as there is anything.

#[cfg(test)]
mod tests;
mod words;

use super::divisions::{Division, Gazetteer, Level, short};
use crate::text::normalize::normalize;

/// The parts of a name, in normalized writing; those that it does not tell are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganisationName {
    /// Divisions without their last words, from the largest on (`浙江杭州`); `中国` for the country.
    pub region: Option<String>,
    pub stem: Option<String>,
    /// The words of the business at the end of the stem (`网络科技`).
    pub industry: Option<String>,
    pub legal_form: Option<String>,
    /// What follows the legal form: the name of a branch (`上海分公司`).
    pub branch: Option<String>,
}

/// Reads a name.
pub fn parse(name: &str) -> OrganisationName {
    parse_normalized(&normalize(name))
}

/// Reads a name that is normalized.
pub(crate) fn parse_normalized(text: &str) -> OrganisationName {
    let (whole, branch) = without_branch(text);
    let (body, legal_form) = without_form(whole);
    let (region, body) = without_region(body);
    let (stem, industry) = without_industry(&body);
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    OrganisationName {
        region: part(&region),
        stem: part(stem),
        industry: part(industry),
        legal_form: part(&legal_form),
        branch: part(branch),
    }
}

/// The name up to its legal form, and the branch after it.
fn without_branch(text: &str) -> (&str, &str) {
    let is_branch = words::BRANCHES.iter().any(|word| text.ends_with(word));
    let forms = words::FORMS.iter().filter(|form| form.ends_with("公司") || form.ends_with(')'));
    let end = forms.filter_map(|form| text.rfind(form).map(|at| at + form.len())).filter(|&end| end < text.len()).max();
    match end {
        Some(end) if is_branch => text.split_at(end),
        _ => (text, ""),
    }
}

/// The name without its legal form at the end. `集团` before it, and a form before one in brackets, are part of it.
fn without_form(text: &str) -> (&str, String) {
    let Some((body, form)) = before(text, &words::FORMS) else { return (text, String::new()) };
    let more = if form.starts_with('(') { before(body, &words::FORMS) } else { None };
    let (body, form) = more.map_or((body, form.to_owned()), |(body, first)| (body, format!("{first}{form}")));
    match before(body, &words::GROUPS) {
        Some((body, _)) => (body, format!("集团{form}")),
        None => (body, form),
    }
}

/// What stands before one of the words at the end, and the word.
fn before<'a>(text: &'a str, words: &[&'static str]) -> Option<(&'a str, &'static str)> {
    let cut = |word: &&'static str| text.strip_suffix(*word).map(|body| (body, *word));
    words.iter().find_map(cut).filter(|(body, _)| !body.is_empty())
}

/// The regions at the front or in brackets, and the name without them. Other brackets keep what is in them. When nothing else would
/// be left, the region is the stem.
fn without_region(text: &str) -> (String, String) {
    let (mut region, rest) = leading(text);
    let mut body = String::with_capacity(rest.len());
    let mut rest = rest;
    while let Some((before, inside, after)) = bracket(rest) {
        body.push_str(before);
        match leading(inside) {
            (found, "") if region.is_empty() => region = found,
            (_, "") => {}
            _ => body.push_str(inside),
        }
        rest = after;
    }
    body.push_str(rest);
    let body: String = body.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    if body.is_empty() { (String::new(), region) } else { (region, body) }
}

fn bracket(text: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = text.split_once('(')?;
    let (inside, after) = after.split_once(')')?;
    Some((before, inside, after))
}

/// The divisions with which a text begins, and the text after them. A county's name without its last word is a word like any other.
fn leading(text: &str) -> (String, &str) {
    let gazetteer = Gazetteer::standard();
    let mut region = String::new();
    let mut rest = text;
    for level in [Level::Province, Level::City, Level::County] {
        if let Some(division) = gazetteer.named(rest, level).first() {
            region.push_str(brief(division));
            rest = &rest[division.name.len()..];
        } else if let Some(division) = gazetteer.shortened(rest, level).first() {
            region.push_str(short(division.name));
            rest = &rest[short(division.name).len()..];
        }
    }
    match text.strip_prefix("中国") {
        Some(rest) if region.is_empty() => ("中国".to_owned(), rest),
        _ => (region, rest),
    }
}

/// A name without its last word, a county's too.
fn brief(division: &Division) -> &'static str {
    let last_words = ["新区", "自治县", "自治旗", "区", "县", "旗", "市"];
    let stem = match division.level {
        Level::County => last_words.iter().find_map(|word| division.name.strip_suffix(word)),
        _ => Some(short(division.name)),
    };
    stem.filter(|stem| stem.chars().count() > 1).unwrap_or(division.name)
}

/// The stem and the words of the business after it: the most of them that leave two characters, or else one.
fn without_industry(text: &str) -> (&str, &str) {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    // From the end: from which characters on the text is made of such words.
    let mut is_words = vec![false; starts.len() + 1];
    is_words[starts.len()] = true;
    let place = |at: usize| starts.get(at).copied().unwrap_or(text.len());
    for at in (0..starts.len()).rev() {
        let reach = (at + 1..=(at + words::INDUSTRY_CHARS_MAX).min(starts.len())).rev();
        is_words[at] = reach.filter(|&to| is_words[to]).any(|to| words::is_industry(&text[place(at)..place(to)]));
    }
    let first = |from: usize| (from..starts.len()).find(|&at| is_words[at]);
    let split =
        first(2).or_else(|| is_words.get(1).copied().unwrap_or(false).then_some(1)).filter(|&at| at < starts.len());
    text.split_at(split.map_or(text.len(), place))
}

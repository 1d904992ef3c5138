//! The administrative divisions of GB/T 2260 by name, as texts begin with them: today's and former ones.
//!
//! The rows are those of the code table that the catalogue ships; this crate reads the file and does not depend on that crate.

use std::collections::HashMap;
use std::sync::LazyLock;

#[cfg(test)]
mod tests;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Province,
    City,
    County,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    /// Six digits.
    pub code: u32,
    pub name: &'static str,
    pub level: Level,
    /// The division that it is part of, 0 for provinces.
    pub parent: u32,
    /// Whether the name is in use.
    pub current: bool,
}

/// Names of provinces and cities are often written without their last word (`浙江杭州`); counties' are not, since what remains is a
/// word like any other (`朝阳`, `和平`).
#[derive(Debug, Default)]
pub struct Gazetteer {
    full: HashMap<&'static str, Vec<Division>>,
    short: HashMap<&'static str, Vec<Division>>,
    by_code: HashMap<u32, Division>,
    /// Bytes of the longest name.
    longest: usize,
}

static GAZETTEER: LazyLock<Gazetteer> =
    LazyLock::new(|| Gazetteer::read(include_str!("../../../../catalog/standards/codes/gb2260.csv")));

/// Names of peoples that stand between the name of a division and its last word.
const PEOPLES: [&str; 22] = [
    "维吾尔",
    "壮族",
    "回族",
    "朝鲜族",
    "土家族",
    "苗族",
    "藏族",
    "羌族",
    "彝族",
    "布依族",
    "侗族",
    "哈尼族",
    "傣族",
    "白族",
    "景颇族",
    "傈僳族",
    "蒙古",
    "柯尔克孜",
    "哈萨克",
    "黎族",
    "瑶族",
    "各族",
];
const LAST_WORDS: [&str; 8] = ["特别行政区", "自治区", "自治州", "地区", "省", "市", "盟", "州"];

impl Gazetteer {
    /// The one that comes with the program.
    pub fn standard() -> &'static Self {
        &GAZETTEER
    }

    fn read(rows: &'static str) -> Self {
        let mut gazetteer = Self::default();
        for row in rows.lines().skip(1) {
            let mut fields = row.split(',');
            let mut next = || fields.next().unwrap_or_default();
            let (code, name, parent, _, valid_to) = (next(), next(), next(), next(), next());
            let Ok(code) = code.parse::<u32>() else { continue };
            let level = match (code % 10_000, code % 100) {
                (0, _) => Level::Province,
                (_, 0) => Level::City,
                _ => Level::County,
            };
            let parent = parent.parse().unwrap_or(0);
            gazetteer.add(Division { code, name, level, parent, current: valid_to.is_empty() });
        }
        gazetteer
    }

    fn add(&mut self, division: Division) {
        self.longest = self.longest.max(division.name.len());
        self.full.entry(division.name).or_default().push(division);
        if division.level != Level::County {
            self.short.entry(short(division.name)).or_default().push(division);
        }
        if division.current || !self.by_code.contains_key(&division.code) {
            self.by_code.insert(division.code, division);
        }
    }

    /// The division of a code, by the name in use if there is one.
    pub fn division(&self, code: u32) -> Option<Division> {
        self.by_code.get(&code).copied()
    }

    /// Divisions of a level with whose full name a text begins, the longest names first, those in use first.
    pub fn named(&self, text: &str, level: Level) -> Vec<Division> {
        self.beginning(text, level, &self.full)
    }

    /// Provinces or cities with whose short name a text begins; the bytes of that name are those of [`short`].
    pub fn shortened(&self, text: &str, level: Level) -> Vec<Division> {
        self.beginning(text, level, &self.short)
    }

    fn beginning(&self, text: &str, level: Level, names: &HashMap<&'static str, Vec<Division>>) -> Vec<Division> {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= self.longest);
        let mut found: Vec<Division> = vec![];
        for end in ends {
            let named = names.get(&text[..end]).into_iter().flatten();
            let before = found.len();
            found.extend(named.filter(|division| division.level == level));
            found[before..].sort_by_key(|division| division.current);
        }
        found.reverse();
        found
    }
}

/// A name without its last word and the people before it: `广西壮族自治区` is `广西`, `杭州市` is `杭州`. Names that would be left with one
/// character stay.
pub fn short(name: &str) -> &str {
    let stem = LAST_WORDS.iter().find_map(|word| name.strip_suffix(word)).unwrap_or(name);
    let second = stem.char_indices().nth(2).map_or(stem.len(), |(at, _)| at);
    let people = PEOPLES.iter().filter_map(|people| stem[second..].find(people)).min();
    let stem = people.map_or(stem, |at| &stem[..second + at]);
    if stem.chars().count() < 2 { name } else { stem }
}

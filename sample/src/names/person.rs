//! A person's name: surname and given name, or, for some minorities, own name and father's name joined by an interpunct.

use super::given::given_name;
use super::surname::SURNAMES;
use crate::population::Sex;
use crate::rng::Rng;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The family's name that children take; for interpunct names the own name, which children put last.
    pub family: String,
    pub full: String,
}

/// Ethnic groups (GB/T 3304) whose names have an interpunct.
const INTERPUNCT_GROUPS: [&str; 2] = ["05", "17"];

const MALE_OWN: [&str; 16] = [
    "阿迪力",
    "买买提",
    "艾力",
    "吐尔逊",
    "库尔班",
    "玉素甫",
    "艾尼瓦尔",
    "阿卜杜",
    "卡德尔",
    "热合曼",
    "伊力哈木",
    "努尔兰",
    "巴合提",
    "叶尔肯",
    "塔依尔",
    "亚森",
];
const FEMALE_OWN: [&str; 14] = [
    "阿依古丽",
    "古丽娜尔",
    "热依汗",
    "阿孜古丽",
    "帕提古丽",
    "麦丽亚",
    "努尔古丽",
    "迪丽努尔",
    "米热古丽",
    "古丽巴哈尔",
    "阿米娜",
    "再娜甫",
    "沙吾列",
    "阿依努尔",
];

/// A name with a surname drawn by frequency.
pub(crate) fn any(rng: &mut Rng, sex: Sex, year: i32, ethnicity: &str) -> Name {
    if INTERPUNCT_GROUPS.contains(&ethnicity) {
        let father = rng.pick(&MALE_OWN);
        return interpunct(rng, sex, father);
    }
    let family = rng.weighted(&SURNAMES);
    with_family(rng, sex, year, family)
}

/// The name of a child, from the parent whose name it takes.
pub(crate) fn child(rng: &mut Rng, sex: Sex, year: i32, ethnicity: &str, parent: &Name) -> Name {
    if INTERPUNCT_GROUPS.contains(&ethnicity) {
        interpunct(rng, sex, &parent.family)
    } else {
        let family = if parent.full.contains('·') { rng.weighted(&SURNAMES) } else { parent.family.as_str() };
        with_family(rng, sex, year, family)
    }
}

/// Another given name under the same family name.
pub(crate) fn renamed(rng: &mut Rng, sex: Sex, year: i32, name: &Name) -> Name {
    if name.full.contains('·') { name.clone() } else { with_family(rng, sex, year, &name.family) }
}

fn with_family(rng: &mut Rng, sex: Sex, year: i32, family: &str) -> Name {
    let given = given_name(rng, sex, year);
    let mut full = String::with_capacity(family.len() + given.len());
    full.push_str(family);
    full.push_str(&given);
    Name { family: family.to_owned(), full }
}

fn interpunct(rng: &mut Rng, sex: Sex, father: &str) -> Name {
    let own = if sex == Sex::Male { rng.pick(&MALE_OWN) } else { rng.pick(&FEMALE_OWN) };
    Name { family: own.to_owned(), full: format!("{own}·{father}") }
}

#[cfg(test)]
mod tests;

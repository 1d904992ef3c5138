//! Specifications that need no tuning.
//!
//! `cn_person`: persons of Chinese registers, with numbers from which linkage works before it is trained. Rows have `id18` (18 digits
//! after `cid_upgrade`; one that does not check may stand as it was written, or be null), `surname`, `given`, `variant_key` and `pinyin`
//! (of `person_name_key`), `sex`, `birth` (a day, from the number where there is one), `district`, `street`, `road`, `number`, `room`
//! (of `address_parse`), `phone`, and `tf_variant_key`. Where the numbers come from:
//!
//! - *number and birth* are one comparison, since the number holds the birth: counted apart, agreement would count twice. Of matches
//!   with two numbers, about 97 in 100 agree in them, and most of the others differ by one slip of the hand, or by the date and check
//!   digit that a correction changed; one in 2 000 has two numbers of one birth. A check digit of ISO 7064 MOD 11-2 tells all single
//!   slips, so valid numbers of two persons are not one slip apart, and equal only where one was issued twice: `u` 10⁻⁸. Births are
//!   spread over some 25 000 days: `u` 4·10⁻⁵. Numbers that are not nearly equal say something for a match only where the name is the
//!   same: twins share birth, surname and home, and theirs are often two digits apart.
//! - *name*: two persons have the same surname about once in 45 pairs (the squares of the shares of 王, 李, 张 and those after them), the same
//!   full name about twice in 100 000; frequent names weigh less by their frequency, which is taken to be at least 10⁻⁶. Ten times as
//!   many sound the same. Writing variants are equal in `variant_key`; homophones are the commonest slip of a clerk who listens.
//! - *contact*, address and phone in one, since families share both: agreement says little of who of them a person is, and counted
//!   apart it would count twice. People move and change phones, so that other ones say little against a match.
//! - *sex*: one bit for, many against.
//!
//! `person`: persons whose names are written with letters. Rows have the texts `number` (of a document or an insurance), `given`, `surname`,
//! `birth` (`1971-06-24`), `email`, `phone`, `place`, `postcode`, `street`, `house`; what a register does not have is null. Text is compared
//! as it stands: bring it to one case before. Where the numbers come from:
//!
//! - *name* is one comparison of both names, since clerks and forms swap them (7 and 19 in 100 matches of two generated registers, FEBRL 3
//!   and Splink's `fake_1000`), and a name that stands in the other's place would count twice. What two persons have in common by chance
//!   was counted on random pairs of those registers: the same full name 10⁻⁵, one name nearly the same about one in a hundred.
//! - *birth* is a text, so that a slip of the hand is near: of random births one in 30 000 is the same, 0.12 % are one slip apart, 1.5 % two.
//! - *number*, *email*, *phone*: the same says nearly all; another says little, since people have several and change them.
//! - *place*, *postcode*, *street*, *house* as in those registers; they change too.
//! - The prior is that of a register of some ten thousand records. For more records train the model, or give it the share of pairs that match.
//!
//! `cn_project`: filings of industrial projects, as `project_features` reads them. What it tells apart is whether two filings are one
//! project. Its numbers are set by reason, not trained: filings are few, and those known to be duplicates fewer.
//!
//! - *project code*: one project may be filed under several, so that another one says little; the same one twice is no chance.
//! - *applicant*: codes decide; names only where one is missing. A city has some 10⁵ firms that file. A duplicate may well come from
//!   another firm.
//! - *what is built*: words of titles and texts in one comparison, since both follow from the product. Many projects make the same.
//! - *amounts*: investment, area, capacity, people. One in common is frequent among projects of one product (round numbers), each
//!   further one is a hundred times rarer. No amount in common among several is rare for one project.
//! - *place*: a project that is brought elsewhere has another one; neighbours share a park.
//! - *phase*: another phase is another project. It vetoes: 20 bits.

#[cfg(test)]
mod tests;

/// The specification of this name, as JSON.
pub fn named(name: &str) -> Option<&'static str> {
    match name {
        "cn_person" => Some(CN_PERSON),
        "cn_project" => Some(CN_PROJECT),
        "person" => Some(PERSON),
        _ => None,
    }
}

/// Persons of Chinese registers.
pub const CN_PERSON: &str = include_str!("cn_person.json");

/// Filings of industrial projects.
pub const CN_PROJECT: &str = include_str!("cn_project.json");

/// Persons of registers whose names are written with letters.
pub const PERSON: &str = include_str!("person.json");

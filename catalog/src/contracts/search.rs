//! Finding datasets, fields, elements and code tables by words that a clerk types: names in both languages, names of tables and
//! columns, descriptions, and what a Chinese name sounds like.
//!
//! An [`Index`] is built once for a snapshot. Labels repeat from one dataset to the next, so each text is kept, and compared with
//! a word, once. Who may know that a dataset is there is for the caller to say.

/// The answer: what was found, and by which of its texts.
mod hit;

/// What was typed, and how well something fits it.
mod fit;

/// From a snapshot to an index.
mod build;

/// Texts in the form in which they are compared, each kept once.
mod texts;

/// Chinese as it is typed on a keyboard of Latin letters.
mod sound;

use std::collections::HashMap;

use crate::error::Result;
use crate::names::TableName;

use super::entries::Labels;
use super::vocabulary::Grade;
use fit::{Asked, Fit, Found};
use texts::{TextId, Texts};

pub use fit::{TYPED_CHARS_MAX, WORDS_MAX};
pub use hit::{By, Hit, Kind, Match, Part, Place};

/// Hits that a search gives at most.
pub const HITS_MAX: usize = 1000;

/// A snapshot's names and descriptions, ready to be searched.
#[derive(Clone, Debug)]
pub struct Index {
    tables: Vec<TableName>,
    texts: Texts,
    /// In the order of hits that fit equally well.
    entries: Vec<Entry>,
}

/// Something that can be found.
#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    /// A place in [`Index::tables`].
    table: Option<usize>,
    name: TextId,
    zh: TextId,
    en: TextId,
    grade: Option<Grade>,
    others: Box<[(Part, TextId)]>,
}

impl Index {
    /// What the words fit, best first; no words fit nothing.
    ///
    /// Words stand between blanks; width and case do not matter. Each has to fit one of a thing's texts, different words
    /// different ones if need be. A word fits a name as it is written, wholly, at its start or inside, or as it is spoken in
    /// Pinyin, by initials (`rkjbxx`) or spelled out (`renkou`), with every reading of a character; a description, and what
    /// is said of a field's element, only as it is written. A name that all words together fit counts like one that each of
    /// them fits. Equal hits are in the order of their kinds and names.
    ///
    /// Datasets that the caller does not see are not found, nor are their fields; elements and code tables are, whoever asks.
    /// There are at most `limit` hits, and never more than [`HITS_MAX`]. More than [`TYPED_CHARS_MAX`] characters or
    /// [`WORDS_MAX`] words are refused (HT0114).
    pub fn search(&self, words: &str, sees: impl Fn(&TableName) -> bool, limit: usize) -> Result<Vec<Hit>> {
        let asked = Asked::read(words)?;
        if asked.words.is_empty() {
            return Ok(Vec::new());
        }
        let found = Found::of(&asked, &self.texts);
        let fits = |(at, entry): (usize, &Entry)| Some((found.fit(entry)?, at));
        let mut fitting: Vec<(Fit, usize)> = self.entries.iter().enumerate().filter_map(fits).collect();
        fitting.sort_unstable_by(|(a, first), (b, second)| b.score.cmp(&a.score).then(first.cmp(second)));
        // Asking may cost a decision of policies: once for a dataset, and only as far as hits are wanted.
        let mut seen = HashMap::new();
        let visible = |(_, at): &(Fit, usize)| {
            let table = self.entries[*at].table;
            table.is_none_or(|table| *seen.entry(table).or_insert_with(|| sees(&self.tables[table])))
        };
        let shown = fitting.into_iter().filter(visible).take(limit.min(HITS_MAX));
        Ok(shown.map(|(fit, at)| self.hit(&self.entries[at], &fit, &found)).collect())
    }

    fn hit(&self, entry: &Entry, fit: &Fit, found: &Found) -> Hit {
        let shown = |id: TextId| self.texts.shown(id).to_owned();
        Hit {
            kind: entry.kind,
            dataset: entry.table.map(|table| self.tables[table].clone()),
            name: (entry.kind != Kind::Dataset).then(|| shown(entry.name)),
            labels: Labels { zh: shown(entry.zh), en: shown(entry.en) },
            grade: entry.grade,
            score: fit.score,
            matched: found.matches(entry, fit),
        }
    }
}

impl Entry {
    fn texts(&self) -> impl Iterator<Item = (Part, TextId)> {
        let names = [(Part::Name, self.name), (Part::Chinese, self.zh), (Part::English, self.en)];
        names.into_iter().chain(self.others.iter().copied())
    }
}

#[cfg(test)]
mod tests;

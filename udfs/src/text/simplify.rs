//! Traditional characters as simplified ones: the tables of Open Chinese Convert (OpenCC), of which `sources/variants.py` makes
//! `simplified.txt`. At each place the longest phrase that has a form of its own wins (`乾隆` stays, `乾淨` does not), else
//! the character's first simplified form.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::pages::Pages;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("simplified.txt")));

#[derive(Debug, Clone, Copy)]
struct Entry {
    simple: char,
    begins_phrase: bool,
}

#[derive(Debug)]
struct Table {
    characters: Pages<Entry>,
    /// By first character, the longest first.
    phrases: HashMap<char, Vec<(&'static str, &'static str)>>,
}

/// Appends the simplified form. Doing it twice is as doing it once.
pub fn simplify(text: &str, out: &mut String) {
    let table = &*TABLE;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let entry = table.characters.get(c);
        match entry.filter(|entry| entry.begins_phrase).and_then(|_| table.phrase(c, rest)) {
            Some((old, new)) => {
                out.push_str(new);
                rest = &rest[old.len()..];
            }
            None => {
                out.push(entry.map_or(c, |entry| entry.simple));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self { characters: Pages::new(), phrases: HashMap::new() };
        let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
        for (old, new) in pairs {
            let mut characters = old.chars();
            let (Some(first), Some(simple)) = (characters.next(), new.chars().next()) else { continue };
            let entry = table.characters.entry(first);
            let begins_phrase = characters.next().is_some();
            if begins_phrase {
                let simple = entry.map_or(first, |entry| entry.simple);
                *entry = Some(Entry { simple, begins_phrase });
                table.phrases.entry(first).or_default().push((old, new));
            } else {
                *entry = Some(Entry { simple, begins_phrase: entry.is_some_and(|entry| entry.begins_phrase) });
            }
        }
        table.phrases.values_mut().for_each(|phrases| phrases.sort_by_key(|(old, _)| std::cmp::Reverse(old.len())));
        table
    }

    fn phrase(&self, first: char, text: &str) -> Option<(&'static str, &'static str)> {
        self.phrases.get(&first)?.iter().find(|(old, _)| text.starts_with(old)).copied()
    }
}

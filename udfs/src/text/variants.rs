//! Characters that stand for each other in writing, as one of them: simplified and traditional forms and variants that sound the
//! same (峰/峯, 升/昇), by the classes of `variants.txt`.
//!
//! The sources are those that `sources/variants.py` names. What registers mix up and no source calls a variant is not there: the
//! list of characters given back to names in 2013 is partial. The forms differ in meaning now and then (后 is also 後), so that
//! this is for keys, not for texts that are shown.

use std::sync::LazyLock;

use super::pages::Pages;

static CLASSES: LazyLock<Pages<char>> = LazyLock::new(|| {
    let mut pages = Pages::new();
    for line in include_str!("variants.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut class = line.chars();
        let Some(first) = class.next() else { continue };
        class.for_each(|other| *pages.entry(other) = Some(first));
    }
    pages
});

/// The character that stands for all variants of this one; itself if it has none.
pub fn common_form(c: char) -> char {
    CLASSES.get(c).unwrap_or(c)
}

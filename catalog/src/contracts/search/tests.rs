use std::cell::RefCell;
use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::contracts::tests::Dice;
use crate::contracts::{Files, Snapshot, compile};
use crate::error::Code;

/// The national standards and the sample city, as they ship.
static CITY: LazyLock<Snapshot> = LazyLock::new(|| {
    let city = Files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../apps/city/model")).unwrap();
    compile(&Files::standards(), &city).unwrap().snapshot
});

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(&CITY));

fn search(words: &str) -> Vec<Hit> {
    INDEX.search(words, |_| true, HITS_MAX).unwrap()
}

/// `field population.person.sex`.
fn told(hit: &Hit) -> String {
    let name = [hit.dataset.as_ref().map(ToString::to_string), hit.name.clone()];
    format!("{} {}", hit.kind.as_str(), name.into_iter().flatten().collect::<Vec<_>>().join("."))
}

fn matched(hit: &Hit) -> String {
    let found = |found: &Match| format!("{} {} {}", found.part.as_str(), found.by.as_str(), found.place.as_str());
    hit.matched.iter().map(found).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_first_hit_is_what_was_meant() {
    for (typed, expected, by) in [
        ("人口基本信息", "dataset population.person", "zh characters whole"),
        ("  人口基本信息 ", "dataset population.person", "zh characters whole"),
        ("人口基本", "dataset population.person", "zh characters start"),
        ("基本信息", "dataset population.person", "zh characters inside"),
        ("rkjbxx", "dataset population.person", "zh initials whole"),
        ("RKJB", "dataset population.person", "zh initials start"),
        ("renkoujibenxinxi", "dataset population.person", "zh pinyin whole"),
        ("ren kou ji ben xin xi", "dataset population.person", &["zh pinyin whole"; 6].join(", ")),
        ("renkou", "dataset population.person", "zh pinyin start"),
        ("renkouji", "dataset population.person", "zh pinyin start"),
        ("renkouj", "dataset population.person", "zh pinyin start"),
        ("jibenxinxi", "dataset population.person", "zh pinyin inside"),
        ("population.person", "dataset population.person", "name characters whole"),
        ("ｐｅｒｓｏｎ", "dataset population.person", "name characters whole"),
        ("Basic data of PERSONS", "dataset population.person", &["en characters whole"; 4].join(", ")),
        ("hunyin", "dataset population.marriage", "zh pinyin start"),
        ("婚姻 register", "dataset population.marriage", "zh characters start, en characters inside"),
        ("husband_id", "field population.marriage.husband_id", "name characters whole"),
        (
            "身份号码 husband",
            "field population.marriage.husband_id",
            "element characters inside, name characters start",
        ),
        ("citizen_id", "field population.person.citizen_id", "name characters whole"),
        ("yhzh", "element bank_account", "zh initials whole"),
        ("gb3304", "code_table gb3304", "name characters whole"),
    ] {
        let hits = search(typed);
        let first = hits.first().unwrap_or_else(|| panic!("`{typed}` finds nothing"));
        assert_eq!((told(first).as_str(), matched(first).as_str()), (expected, by), "`{typed}`");
    }
}

#[test]
fn a_hit_says_what_it_is() {
    let hit = search("rkjbxx").remove(0);
    assert_eq!(hit.labels, Labels { zh: "人口基本信息".to_owned(), en: "Basic data of persons".to_owned() });
    assert_eq!(hit.grade, Some(Grade::Four));
    assert_eq!((hit.name, hit.dataset.unwrap().to_string()), (None, "population.person".to_owned()));
    assert_eq!(search("gb3304").remove(0).grade, None);
}

#[test]
fn descriptions_and_standards_are_read_last() {
    let hits = search("11643-1999");
    assert_eq!(hits.iter().map(told).collect::<Vec<_>>(), ["element citizen_id"]);
    assert_eq!(matched(&hits[0]), "description characters inside");
    let summary = search("已迁出");
    assert_eq!(told(&summary[0]), "dataset population.person");
    assert_eq!(matched(&summary[0]), "description characters inside");
    // By its sound, no description is found.
    assert!(search("yiqianchu").is_empty());
}

#[test]
fn better_is_first() {
    let place = [Place::Whole, Place::Start, Place::Inside];
    let names = [By::Characters, By::Initials, By::Pinyin].into_iter().flat_map(|by| place.map(|place| (by, place)));
    let names = names.map(|(by, place)| Match { part: Part::Chinese, by, place });
    let description = Match { part: Part::Description, by: By::Characters, place: Place::Whole };
    let points: Vec<u32> = names.chain([description]).map(Match::points).collect();
    assert!(points.is_sorted_by(|a, b| a > b), "{points:?}");
    assert!(points.iter().all(|points| *points > 0));
    for typed in ["登记", "dengji", "name", "number of", "x", "xm", "日期"] {
        let hits = search(typed);
        assert!(hits.len() > 1, "{typed}");
        let key = |hit: &Hit| (hit.kind, hit.dataset.clone(), hit.name.clone());
        let in_order = |a: &Hit, b: &Hit| a.score > b.score || (a.score == b.score && key(a) < key(b));
        assert!(hits.is_sorted_by(in_order), "{typed}");
        let few = INDEX.search(typed, |_| true, 2).unwrap();
        assert_eq!(few, hits[..2], "{typed}");
    }
}

#[test]
fn every_word_has_to_fit() {
    let (both, one) = (search("证件 husband"), search("证件"));
    assert!(!both.is_empty() && both.len() < one.len());
    assert!(both.iter().all(|hit| one.iter().any(|other| told(other) == told(hit))));
    assert!(search("证件 nothingofthatname").is_empty());
    let order = |words| search(words).iter().map(told).collect::<Vec<_>>();
    assert_eq!(order("证件 husband"), order("husband 证件"));
}

/// Whatever somebody reads in the catalogue and types again leads back to it.
#[test]
fn everything_is_found_by_each_of_its_names() {
    let alphabet = |text: &str| {
        let first = |c: char| pinyin::ToPinyin::to_pinyin(&c).map(pinyin::Pinyin::plain);
        text.chars().filter_map(first).map(str::to_owned).collect::<Vec<_>>()
    };
    for entry in &INDEX.entries {
        let table = entry.table.map(|table| &INDEX.tables[table]);
        let [name, zh, en] = [entry.name, entry.zh, entry.en].map(|id| INDEX.texts.shown(id));
        let name_found = |hit: &Hit| hit.name.as_deref().is_none_or(|found| found == name);
        let find = |typed: &str| {
            let hits = INDEX.search(typed, |seen| Some(seen) == table, HITS_MAX).unwrap();
            hits.into_iter().find(|hit| hit.kind == entry.kind && hit.dataset.as_ref() == table && name_found(hit))
        };
        for typed in [name, zh, en].into_iter().filter(|typed| typed.split(' ').count() <= WORDS_MAX) {
            let found = find(typed).unwrap_or_else(|| panic!("`{typed}` does not find {name}"));
            assert!(
                found.matched.iter().all(|found| found.by == By::Characters && found.place == Place::Whole),
                "{typed}"
            );
        }
        let spoken = alphabet(zh);
        let initials: String = spoken.iter().filter_map(|syllable| syllable.chars().next()).collect();
        for typed in [spoken.concat().replace('ü', "v"), initials] {
            assert!(typed.len() < 2 || !is_chinese(zh) || find(&typed).is_some(), "`{typed}` does not find {zh}");
        }
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn what_one_does_not_see_is_not_found() {
    let see = |typed: &str, dataset: &'static str| {
        INDEX.search(typed, move |table| table.to_string() == dataset, HITS_MAX).unwrap()
    };
    assert!(see("人口基本信息", "population.household").is_empty());
    let hits = see("name", "population.marriage");
    assert!(hits.iter().any(|hit| hit.kind == Kind::Field) && hits.iter().any(|hit| hit.kind == Kind::Element));
    let mut tables = hits.iter().filter_map(|hit| hit.dataset.as_ref());
    assert!(tables.all(|table| table.to_string() == "population.marriage"));
    let nobody = INDEX.search("name", |_| false, HITS_MAX).unwrap();
    assert!(!nobody.is_empty() && nobody.iter().all(|hit| hit.dataset.is_none()));
}

/// Hidden hits do not count towards the limit, and a dataset is asked for once.
#[test]
fn a_dataset_is_asked_for_once() {
    let asked = RefCell::new(Vec::new());
    let sees = |table: &TableName| {
        asked.borrow_mut().push(table.clone());
        table.schema() != "population"
    };
    let hits = INDEX.search("name", sees, 5).unwrap();
    assert_eq!(hits.len(), 5);
    let mut asked = asked.into_inner();
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), count);
}

#[test]
fn a_search_is_bounded() {
    for (typed, fits) in [
        (String::new(), true),
        ("  \t".to_owned(), true),
        ("人".repeat(TYPED_CHARS_MAX), true),
        ("人".repeat(TYPED_CHARS_MAX + 1), false),
        ("a ".repeat(WORDS_MAX), true),
        ("a ".repeat(WORDS_MAX + 1), false),
        // One character that stands for eighteen.
        ("\u{fdfa}".repeat(8), false),
    ] {
        match INDEX.search(&typed, |_| true, HITS_MAX) {
            Ok(_) => assert!(fits, "{typed}"),
            Err(error) => assert!(!fits && error.code == Code::EXECUTION && error.hint.is_some(), "{error:?}"),
        }
    }
    assert!(search("").is_empty());
    assert!(INDEX.search("人口", |_| true, 0).unwrap().is_empty());
    assert!(Index::new(&Snapshot::empty()).search("人口", |_| true, 10).unwrap().is_empty());
}

/// Nothing that somebody types is too strange.
#[test]
fn whatever_is_typed_is_answered() {
    let pieces =
        ["人", "口", "ren", "k", "ü", "'", "İ", "ß", "\u{301}", "\u{0}", "ﬁ", "％", " ", "１", "𠮷", "行", "ng"];
    let mut dice = Dice(7);
    for _ in 0..300 {
        let typed: String = (0..dice.below(12)).map(|_| pieces[dice.below(pieces.len())]).collect();
        if let Err(error) = INDEX.search(&typed, |_| true, 3) {
            assert_eq!(error.code, Code::EXECUTION, "{typed:?}");
        }
    }
}

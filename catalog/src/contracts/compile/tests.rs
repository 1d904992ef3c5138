use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::contracts::mistake::Mistakes;
use crate::contracts::shape::{Need, Shape};
use crate::contracts::tests::{Dice, compile_city, compiled, folder, good, tree, with};
use crate::contracts::{Document, Files, Mask, Open, Share, Thing, Type, compile, keys, yaml};
use crate::names::TableName;

#[test]
fn the_national_standards_have_no_mistakes() {
    let model = compile(&Files::standards(), &Files::default()).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert!(!model.snapshot.elements().is_empty() && !model.snapshot.code_tables().is_empty());
    assert!(model.snapshot.datasets().is_empty());
}

#[test]
fn fields_carry_what_elements_and_datasets_say() {
    let model = compiled(&Files::read(&folder("good")).unwrap());
    let person = &model.snapshot.datasets()[&TableName::new("population", "person").unwrap()];
    let citizen_id = person.field("citizen_id").unwrap();
    assert_eq!(citizen_id.column_type, Type::String { length: Some(18) });
    assert_eq!(citizen_id.labels.zh, "公民身份号码");
    assert_eq!(citizen_id.mask, Some(Mask::Keep { first: 3, last: 4 }));
    assert_eq!(citizen_id.share, Share::Conditional { when: "依法履职".to_owned() });
    assert!(citizen_id.required, "of the key");
    assert_eq!(person.field("sex").unwrap().share, Share::Unconditional);
    assert_eq!(person.field("sex").unwrap().mask, Some(Mask::Null));
    assert_eq!(person.field("phone").unwrap().owner, "government");
    assert_eq!(person.grade.as_str(), "4", "the highest of its fields");
    let penalty = &model.snapshot.datasets()[&TableName::new("legal", "penalty").unwrap()];
    assert_eq!(penalty.field("citizen_id").unwrap().grade.as_str(), "2");
    assert_eq!(penalty.field("kind").unwrap().open, Open::When("公示期内".to_owned()));
    let rules: Vec<String> = penalty.rules().iter().map(|check| format!("{}: {}", check.name, check.rule)).collect();
    assert_eq!(
        rules,
        [
            "key.unique: unique record_id",
            "record_id.required: required record_id",
            "kind.in: in kind code penalty_kind",
            "decided_on.range: range decided_on [2000-01-01, 2100-01-01]",
            "refers_citizen_id: refers citizen_id to population.person (citizen_id)",
            "again: refers citizen_id to population.person (citizen_id)",
            "code_area: in area code penalty_kind",
            "format_citizen_id: format citizen_id gb11643",
            "range_amount: range amount [0, 5000000]",
        ],
    );
}

#[test]
fn places_lead_to_the_files() {
    let model = compiled(&with(&[]));
    let person = TableName::new("population", "person").unwrap();
    let place = |thing: &Thing| model.places[thing].to_string();
    assert_eq!(place(&Thing::Dataset(person.clone())), "population/person.yaml:1:10");
    assert_eq!(place(&Thing::Field(person.clone(), "sex".to_owned())), "population/person.yaml:14:5");
    assert_eq!(place(&Thing::Check(person, "sql_1".to_owned())), "population/person.yaml:35:5");
    assert_eq!(place(&Thing::Element("citizen_id".to_owned())), "elements.yaml:2:1");
    assert_eq!(place(&Thing::Element("sex".to_owned())), "elements.yaml:45:1", "the one that holds");
    assert_eq!(place(&Thing::Department("market".to_owned())), "org.yaml:11:3");
}

/// Each file under `faulty` says itself what is said about it. With `BLESS=1` it is written there, to be read by people.
#[test]
fn mistakes_are_told_where_they_are() {
    let mut cases = 0;
    for entry in std::fs::read_dir(folder("faulty")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (sections, expected) = text.split_once("-- expected --\n").unwrap();
        let found = match compile_city(&with(&split(sections))) {
            Ok(_) => String::new(),
            Err(mistakes) => mistakes.iter().map(|mistake| format!("{mistake}\n")).collect(),
        };
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, format!("{sections}-- expected --\n{found}")).unwrap();
        } else {
            assert_eq!(found, expected, "{}", path.display());
        }
        cases += found.lines().count();
    }
    assert!(cases >= 150, "{cases}");
}

/// Paths and what stands below them.
fn split(sections: &str) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    let mut rest = sections;
    while let Some((path, text)) = rest.strip_prefix("-- ").and_then(|rest| rest.split_once(" --\n")) {
        let end = if text.starts_with("-- ") { 0 } else { text.find("\n-- ").map_or(text.len(), |end| end + 1) };
        files.push((path, &text[..end]));
        rest = &text[end..];
    }
    assert!(rest.is_empty(), "{rest}");
    files
}

#[test]
fn nothing_but_the_content_changes_the_hash() {
    let hash = compiled(&with(&[])).snapshot.hash();
    let bent = good().into_iter().map(|(path, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        let text = match path.rsplit_once('.') {
            Some((_, "yaml")) => format!("# a comment\n{}\n", backwards(&tree(&text))),
            Some((_, "csv")) => {
                let (header, rows) = text.split_once('\n').unwrap();
                let rows: Vec<&str> = rows.lines().rev().collect();
                format!("{header}\r\n{}\r\n\r\n", rows.join("\r\n"))
            }
            _ => text,
        };
        (path, text.into_bytes())
    });
    let bent: Vec<_> = bent.collect();
    assert_eq!(compiled(&Files::from_texts("elsewhere", bent.into_iter().rev())).snapshot.hash(), hash);
}

/// As JSON, the keys of every mapping in the other order.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .rev()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), backwards(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(", ")),
        plain => plain.to_string(),
    }
}

/// A key that the reader forgets would be one that the description promises in vain.
#[test]
fn every_key_is_used_and_none_is_ignored() {
    let hash = compiled(&with(&[])).snapshot.hash();
    let mut used = BTreeSet::new();
    for (path, bytes) in good() {
        let Some(shape) = shape_of(&path) else { continue };
        let whole = tree(std::str::from_utf8(&bytes).unwrap());
        let mut places = Vec::new();
        collect(&whole, shape, "", &mut places, &mut used);
        for place in places {
            let mut less = whole.clone();
            let (parent, key) = place.rsplit_once('/').unwrap();
            less.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
            let text = less.to_string();
            match compile_city(&with(&[(&path, &text)])) {
                Ok(model) if says_what_holds(&path, &place) => assert_eq!(model.snapshot.hash(), hash, "{path}{place}"),
                Ok(model) => assert_ne!(model.snapshot.hash(), hash, "{path}{place} means nothing"),
                Err(mistakes) => assert!(!mistakes.is_empty()),
            }
        }
    }
    let mut all = BTreeSet::new();
    for document in [&keys::ELEMENTS, &keys::CODE_TABLES, &keys::ORGANISATION, &keys::DATASET] {
        names(document, &mut all);
    }
    assert_eq!(all.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "not in the good model");
}

/// Said although it holds anyhow, to show that it may be said.
fn says_what_holds(path: &str, place: &str) -> bool {
    let places = [
        "population/person.yaml/fields/0/type",
        "population/person.yaml/open",
        "legal/penalty.yaml/checks/1/refers/key",
    ];
    places.contains(&format!("{path}{place}").as_str())
}

fn shape_of(path: &str) -> Option<&'static Shape> {
    match path {
        "elements.yaml" => Some(&keys::ELEMENTS),
        "codes.yaml" => Some(&keys::CODE_TABLES),
        "org.yaml" => Some(&keys::ORGANISATION),
        path if path.ends_with(".yaml") => Some(&keys::DATASET),
        _ => None,
    }
}

/// Places of all keys of a file, and which keys of the description they are (by what they say about themselves).
fn collect(value: &Value, shape: &Shape, at: &str, places: &mut Vec<String>, used: &mut BTreeSet<String>) {
    match (shape, value) {
        (Shape::Keys(keys), Value::Object(entries)) => {
            for (name, value) in entries {
                let key = keys.iter().find(|key| key.name == name).unwrap();
                used.insert(format!("{name}: {}", key.doc));
                places.push(format!("{at}/{name}"));
                collect(value, &key.shape, &format!("{at}/{name}"), places, used);
            }
        }
        (Shape::Named(of), Value::Object(entries)) => {
            for (name, value) in entries {
                collect(value, of, &format!("{at}/{name}"), places, used);
            }
        }
        (Shape::List(of, _), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, of, &format!("{at}/{index}"), places, used);
            }
        }
        (Shape::Either(_, mapping), Value::Object(_)) => collect(value, mapping, at, places, used),
        _ => {}
    }
}

fn names(shape: &Shape, all: &mut BTreeSet<String>) {
    match shape {
        Shape::Keys(keys) => {
            for key in *keys {
                all.insert(format!("{}: {}", key.name, key.doc));
                names(&key.shape, all);
            }
        }
        Shape::Named(of) | Shape::List(of, _) => names(of, all),
        Shape::Either(scalar, mapping) => {
            names(scalar, all);
            names(mapping, all);
        }
        _ => {}
    }
}

#[test]
fn every_key_is_explained_in_both_languages() {
    fn look(shape: &Shape) {
        match shape {
            Shape::Keys(keys) => {
                for key in *keys {
                    assert!(!key.doc.is_empty() && !key.doc_zh.is_empty(), "{}", key.name);
                    assert!(!key.doc_zh.is_ascii(), "{}", key.name);
                    look(&key.shape);
                }
                let alternatives = keys.iter().filter(|key| key.need == Need::OneOfThese).count();
                assert_ne!(alternatives, 1, "one of one");
            }
            Shape::Named(of) | Shape::List(of, _) => look(of),
            Shape::Either(_, mapping) => look(mapping),
            _ => {}
        }
    }
    for document in Document::ALL {
        look(document.shape());
    }
}

/// A good model with bytes and words of it changed at random: whatever comes of it, it comes in order and in time.
#[test]
fn garbage_is_refused_and_never_worse() {
    let words = [
        "null", "~", "[", "{", "- ", ": ", "*a", "&a ", "!!str ", "'", "\"", "\u{FEFF}", "\n", "\t", "yes", "x", "。",
        "%",
    ];
    let files = good();
    let mut dice = Dice(5);
    let mut refused = 0;
    for round in 0..1200 {
        let mut bent = files.clone();
        for _ in 0..=dice.below(3) {
            let chosen = dice.below(bent.len());
            let bytes = &mut bent[chosen].1;
            let (start, length) = (dice.below(bytes.len()), dice.below(12));
            let end = (start + length).min(bytes.len());
            match dice.below(4) {
                0 => drop(bytes.drain(start..end)),
                1 => bytes[start] = dice.below(256) as u8,
                2 => drop(bytes.splice(start..start, words[dice.below(words.len())].bytes())),
                _ => {
                    let copied = bytes[start..end].to_vec();
                    let to = dice.below(bytes.len());
                    bytes.splice(to..to, copied);
                }
            }
        }
        let city = Files::from_texts("m", bent);
        let told = |city: &Files| compile_city(city).map(|model| model.snapshot.hash());
        let once = told(&city);
        if round % 16 == 0 {
            assert_eq!(once, told(&city), "not the same twice");
        }
        refused += usize::from(once.is_err_and(|mistakes| !mistakes.is_empty()));
    }
    assert!((300..1200).contains(&refused), "{refused}");
}

/// What is made to take long, or much memory, is refused soon.
#[test]
fn hostile_files_are_bounded() {
    let begun = std::time::Instant::now();
    let many = 100_000;
    let texts = [
        "[".repeat(many),
        "{a: ".repeat(many / 4),
        "- ".repeat(many / 2),
        "? ".repeat(many / 2),
        "a: &a [x]\nb: *a\n".to_owned(),
        "a,".repeat(many),
        format!("[{}]", "a,".repeat(many)),
        format!("{{{}}}", "a: 1, ".repeat(many / 4)),
        (0..many / 8).map(|n| format!("k{n}: 1\n")).collect(),
        format!("a: \"{}", "\\".repeat(many)),
        format!("a: |\n{}", " ".repeat(many)),
        format!("{}a", "'".repeat(many)),
        "#".repeat(many),
        "-\n".repeat(many),
    ];
    for text in &texts {
        for path in ["elements.yaml", "population/person.yaml", "codes/penalty_kind.csv"] {
            let refused = compile_city(&with(&[(path, text)])).err();
            assert!(refused.is_some_and(|mistakes| mistakes.len() < 3000), "{path}: {}", &text[..10]);
        }
    }
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn more_mistakes_than_anybody_mends_are_cut() {
    let rows = "x\n".repeat(5000);
    let mistakes = compile_city(&with(&[("codes/penalty_kind.csv", &format!("code,name\n{rows}"))])).unwrap_err();
    assert_eq!(mistakes.iter().filter(|mistake| &*mistake.at.file == "codes/penalty_kind.csv").count(), 1001);
    let error = mistakes.into_error();
    assert_eq!(error.code, crate::Code::MODEL_MISTAKE);
    assert!(error.message.contains("codes/penalty_kind.csv:2:1"), "{error}");
}

#[test]
fn scalars_stay_as_they_are_written() {
    let node = yaml::parse(&Arc::from("f"), "a: no\nb: 007\nc: 1.50\nd:\ne: null\n", &mut Mistakes::default()).unwrap();
    assert_eq!((node.text("a"), node.text("b"), node.text("c")), (Some("no"), Some("007"), Some("1.50")));
    assert_eq!((node.text("d"), node.text("e")), (None, None));
    assert_eq!(node.get("e").unwrap().at.to_string(), "f:5:4");
    assert_eq!(node.get("d").unwrap().at.to_string(), "f:4:1", "an empty value stands where its key does");
}

/// What the guide shows is true, in both languages.
#[test]
fn the_guide_does_not_lie() {
    let mut shown = Vec::new();
    for name in ["contracts.md", "contracts.zh-CN.md"] {
        let guide = std::fs::read_to_string(folder("../../docs/guide").join(name)).unwrap();
        let blocks = |kind: &str| -> Vec<String> {
            let opening = format!("```{kind}\n");
            guide.split(&opening).skip(1).map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
        };
        let (yaml, text) = (blocks("yaml"), blocks("text"));
        let [table, element, _, organisation] = &yaml[..] else { panic!("{yaml:?}") };
        assert!(table.lines().count() < 20);
        compiled(&with(&[("legal/penalty.yaml", table)]));
        let elements = std::fs::read_to_string(folder("good/elements.yaml")).unwrap();
        compiled(&with(&[("elements.yaml", &format!("{elements}\n{element}"))]));
        let model = [("org.yaml", organisation.clone()), ("legal/penalty.yaml", table.clone())];
        let model = model.map(|(path, text)| (path.to_owned(), text.into_bytes()));
        compiled(&Files::from_texts("", model));
        let bent = table.replace("owner: market", "owner: 市场监督管理局").replace("weekly", "weakly");
        let bent = bent.replace("element: sex}", "element: sexx}");
        let told = compile_city(&with(&[("legal/penalty.yaml", &bent)])).unwrap_err();
        assert_eq!(told.iter().map(|mistake| format!("{mistake}\n")).collect::<String>(), text[1]);
        for name in Mask::NAMES.iter().chain(Type::NAMES) {
            assert!(guide.contains(name), "{name}");
        }
        shown.push((table.clone(), organisation.clone()));
    }
    assert_eq!(shown[0], shown[1]);
}

#[test]
fn a_library_may_bring_policies_of_its_own() {
    let own = "@id(\"own\")\npermit (principal, action == Action::\"read\", resource);";
    let model = compiled(&with(&[("legal/policy.cedar", own)]));
    assert!(model.snapshot.policies().contains_key("legal/policy.cedar"));
    // Names are one space over all files, and the second place is told.
    let mistakes = compile_city(&with(&[("legal/policy.cedar", own), ("population/policy.cedar", own)])).err().unwrap();
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["population/policy.cedar:1:2: there are two policies `own`"]);
    let elsewhere = compile_city(&with(&[("legal/policies.cedar", own)])).err().unwrap();
    assert!(elsewhere.iter().all(|mistake| mistake.to_string().starts_with("legal/policies.cedar:1:1: ")));
}

use super::*;
use crate::contracts::Files;
use crate::contracts::tests::{Dice, compile_city, folder, good, tree, with};

/// What an editor makes of a file: bare scalars become numbers, truth values and nothing.
fn as_editor(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(plain @ (Value::Number(_) | Value::Bool(_))) => plain,
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(as_editor).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), as_editor(value))).collect(),
        other => other.clone(),
    }
}

fn document_of(path: &str) -> Option<Document> {
    match path {
        "elements.yaml" => Some(Document::Elements),
        "codes.yaml" => Some(Document::Codes),
        "org.yaml" => Some(Document::Organisation),
        _ => path.ends_with(".yaml").then_some(Document::Dataset),
    }
}

/// The part of JSON Schema that is made here; a word that it does not know fails the test.
fn is_valid(schema: &Value, value: &Value) -> bool {
    let rules = schema.as_object().unwrap();
    rules.iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "title" | "description" => rule.is_string(),
        "type" => match rule {
            Value::Array(types) => types.iter().any(|one| is_of(one, value)),
            one => is_of(one, value),
        },
        "enum" => rule.as_array().unwrap().contains(value),
        "pattern" => {
            value.as_str().is_none_or(|text| regex::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text))
        }
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(rule, item))),
        "required" => value.as_object().is_none_or(|entries| {
            rule.as_array().unwrap().iter().all(|name| entries.contains_key(name.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|entries| {
            entries.iter().all(|(name, value)| rule.get(name).is_none_or(|schema| is_valid(schema, value)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|entries| {
            let others = entries.iter().filter(|(name, _)| schema["properties"].get(name).is_none());
            others.into_iter().all(|(_, value)| rule != false && is_valid(rule, value))
        }),
        "anyOf" => rule.as_array().unwrap().iter().any(|schema| is_valid(schema, value)),
        "oneOf" => rule.as_array().unwrap().iter().filter(|schema| is_valid(schema, value)).count() == 1,
        other => panic!("{other} is not known here"),
    })
}

fn is_of(one: &Value, value: &Value) -> bool {
    match one.as_str().unwrap() {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn whatever_ships_is_valid() {
    let mut seen = Vec::new();
    let mut look = |path: &str, text: &str| {
        let Some(document) = document_of(path) else { return };
        let tree = tree(text);
        assert!(is_valid(&schema(document), &tree), "{path} as texts");
        assert!(is_valid(&schema(document), &as_editor(&tree)), "{path} as an editor reads it");
        seen.push(document);
    };
    let standards = Files::standards();
    for path in standards.paths() {
        look(path, standards.text(path, &mut crate::contracts::Mistakes::default()).unwrap());
    }
    for (path, bytes) in good() {
        look(&path, std::str::from_utf8(&bytes).unwrap());
    }
    assert!(Document::ALL.iter().all(|document| seen.contains(document)));
}

/// An editor must not call wrong what the program takes.
#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    let files = good();
    let mut dice = Dice(7);
    let words =
        ["yes", "no", "1", "5 rows", "keep(3,4)", "string(9)", "regex: a", "x.y", "P2D", "none", "10 %", "人口", ""];
    let (mut both, mut reader) = (0, 0);
    for _ in 0..800 {
        let (path, bytes) = &files[dice.below(files.len())];
        let Some(document) = document_of(path) else { continue };
        let mut bent = tree(std::str::from_utf8(bytes).unwrap());
        bend(&mut bent, &mut dice, &words);
        let refused_by_schema = !is_valid(&schema(document), &as_editor(&bent));
        let refused_by_reader = compile_city(&with(&[(path, &bent.to_string())])).is_err();
        assert!(refused_by_reader || !refused_by_schema, "only the schema refuses {path}: {bent}");
        both += usize::from(refused_by_schema);
        reader += usize::from(refused_by_reader);
    }
    assert!(both > 100 && reader > both, "{both} of {reader}");
}

/// Changes one value somewhere in a tree, or takes a key away, or adds one.
fn bend(value: &mut Value, dice: &mut Dice, words: &[&str]) {
    let word = || Value::from(words[0]);
    match value {
        Value::Object(entries) if !entries.is_empty() && dice.below(8) > 0 => {
            let key = entries.keys().nth(dice.below(entries.len())).unwrap().clone();
            match dice.below(12) {
                0 => drop(entries.remove(&key)),
                1 => drop(entries.insert(format!("{key}x"), word())),
                _ => bend(entries.get_mut(&key).unwrap(), dice, words),
            }
        }
        Value::Array(items) if !items.is_empty() && dice.below(8) > 0 => {
            let chosen = dice.below(items.len());
            bend(&mut items[chosen], dice, words);
        }
        other => {
            let word = Value::from(words[dice.below(words.len())]);
            *other = match dice.below(6) {
                0 => Value::Null,
                1 => Value::Array(vec![word]),
                2 => Value::Object([("zh".to_owned(), word)].into_iter().collect()),
                _ => word,
            };
        }
    }
}

#[test]
fn faults_of_structure_are_seen_by_the_schema() {
    let text = std::fs::read_to_string(folder("good").join("population/person.yaml")).unwrap();
    let cases = [
        ("cycle: daily", "cycle: dayly"),
        ("cycle: daily\n", ""),
        ("owner: police", "onwer: police"),
        ("open: no", "open: maybe"),
        ("grade: 3", "grade: 7"),
        ("type: string(11)", "type: varchar"),
        ("mask: constant(***)", "mask: secret"),
        ("{unique: [phone], ", "{unique: [phone], required: [phone], "),
        ("within: 30 days", "within: soon"),
        ("dataset: population.person", "dataset: person"),
    ];
    for (good, bad) in cases {
        assert!(text.contains(good), "{good}");
        let bent = as_editor(&tree(&text.replacen(good, bad, 1)));
        assert!(!is_valid(&schema(Document::Dataset), &bent), "{bad}");
    }
}

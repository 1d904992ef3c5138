//! What the tests of several modules share: the model under `tests/models`, and ways to bend it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use super::mistake::Mistakes;
use super::yaml::{self, Content, Node};
use super::{Files, Model, compile};

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/models").join(name)
}

/// The files of the good model, without a folder before their names.
pub fn good() -> Vec<(String, Vec<u8>)> {
    let root = folder("good");
    let files = Files::read(&root).unwrap();
    files.paths().map(|path| (path.to_owned(), std::fs::read(root.join(path)).unwrap())).collect()
}

/// The good model with some files in place of its own, or beside them.
pub fn with(replaced: &[(&str, &str)]) -> Files {
    let replaced = replaced.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    Files::from_texts("", good().into_iter().chain(replaced))
}

/// Standards that stay as they are when those of the program grow.
pub static NATIONAL: LazyLock<Files> = LazyLock::new(|| Files::read(&folder("national")).unwrap());

pub fn compile_city(city: &Files) -> Result<Model, Mistakes> {
    compile(&NATIONAL, city)
}

/// A model that has no mistakes.
pub fn compiled(city: &Files) -> Model {
    compile_city(city).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// YAML as JSON, which is YAML, too: scalars are texts, as the reader sees them.
pub fn tree(text: &str) -> Value {
    let node = yaml::parse(&Arc::from("test"), text, &mut Mistakes::default()).unwrap();
    value(&node)
}

fn value(node: &Node) -> Value {
    match &node.content {
        Content::Null { .. } => Value::Null,
        Content::Scalar(text) => Value::from(text.as_str()),
        Content::List(items) => items.iter().map(value).collect(),
        Content::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect::<Map<_, _>>())
        }
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}

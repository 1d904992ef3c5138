//! What a compiled model consists of. Everything is resolved: a field carries what its element and its dataset say.

mod check;
mod code_table;
mod dataset;
mod element;
mod organisation;
mod thing;

use serde::{Deserialize, Serialize};

pub use check::{Check, Rule};
pub use code_table::{CodeRow, CodeTable};
pub use dataset::{Dataset, Field, Open, Share};
pub use element::{Element, Range};
pub use organisation::{Approver, Department, Role};
pub use thing::Thing;

/// A name, or a short text, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    pub zh: String,
    pub en: String,
}

/// What has names in both languages.
pub trait Labelled {
    fn labels(&self) -> &Labels;
}

macro_rules! labelled {
    ($($name:ty),*) => {$(
        impl Labelled for $name {
            fn labels(&self) -> &Labels {
                &self.labels
            }
        }
    )*};
}

labelled!(CodeTable, Dataset, Department, Element, Field, Role);

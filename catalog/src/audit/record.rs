//! What a record says.

use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// Something that happened, before it has its place in the chain. What is absent is left out of the line; a text that may be a secret
/// is redacted by whoever makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// In milliseconds since 1970, by the clock of the coordinator.
    pub time: i64,
    pub action: Action,
    pub outcome: Outcome,
    /// The user; also a name that somebody tried to sign in with.
    pub actor: String,
    /// How the user was recognised: `password`, `token ID` or `operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// As the client says; nobody has checked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// What was bound to the statement's parameters, the first of it: `$1 = '…', $2 = 5`; `***` where the statement may hold a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
    /// Tables and views, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The number of the model in force, and its hash; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_hash: Option<String>,
    /// Whether access was given; none where nobody had to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// What decided, by its ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Of the answer, or written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Of the answer, in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The code of the error that it failed with. Its message may hold values, so it is not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A list of words that stand for variants.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$note])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

words! {
    Action {
        /// A statement that answers with rows.
        #[default]
        Query = "query",
        /// Any other statement, or a command on the state database itself.
        Command = "command",
        /// Somebody showed who they are, or failed to.
        SignIn = "sign_in",
        /// Something about access was decided outside of a statement.
        Decision = "decision",
        /// A coordinator took up its work; statements that have not ended by then never will.
        Startup = "startup",
    }
}

words! {
    Outcome {
        /// It may go on from here; another record tells of its end.
        #[default]
        Started = "started",
        Ended = "ended",
        Failed = "failed",
    }
}

/// A line of the chain, read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Record {
    /// The first is 1.
    pub seq: u64,
    #[serde(flatten)]
    pub event: Event,
    pub hash: Digest,
}

use std::sync::{Arc, OnceLock};

use huitong_catalog::contracts::{Index, Snapshot};
use huitong_catalog::policy::Policies;
use huitong_catalog::state::State;
use huitong_catalog::{Code, Error, Result};

/// The model that is in force at one moment.
#[derive(Debug, Clone)]
pub struct Current {
    /// How many models came into force, up to this one; 0 before the first.
    pub number: i64,
    pub snapshot: Arc<Snapshot>,
    /// Whether there is a model that cannot be read, so that nobody knows what it keeps from whom.
    pub is_unreadable: bool,
    /// Who may see what.
    pub policies: Arc<Policies>,
    /// Made when somebody searches for the first time.
    index: Arc<OnceLock<Index>>,
}

impl Current {
    /// A model that was read, ready to be asked.
    pub(crate) fn new(number: i64, snapshot: Snapshot) -> Result<Self> {
        let policies = Policies::compile(&snapshot).map_err(|mistakes| {
            let error = mistakes.into_error();
            Error::new(Code::SNAPSHOT_UNREADABLE, format!("model {number}: {}", error.message)).caused_by(error)
        })?;
        Ok(Self {
            number,
            snapshot: Arc::new(snapshot),
            is_unreadable: false,
            policies: Arc::new(policies),
            index: Arc::default(),
        })
    }

    /// What is in force, ready to be searched.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.snapshot))
    }

    /// Reads it from the state database; what is stored there is not believed without its hash (HT0803).
    pub async fn read(state: &State) -> Result<Self> {
        let Some(applied) = state.applied_model().await? else {
            return Self::new(0, Snapshot::empty());
        };
        let wrong = |why: &str| Error::new(Code::SNAPSHOT_UNREADABLE, format!("model {} {why}", applied.number));
        let body = state.model(&applied.hash).await?.ok_or_else(|| wrong("is not in the state database"))?;
        let snapshot = Snapshot::from_json(&body)?;
        if snapshot.hash().to_string() != applied.hash {
            return Err(wrong("is stored under the hash of another one"));
        }
        Self::new(applied.number, snapshot)
    }

    /// The same for a process that starts: with a stored model that cannot be used nothing is in force, so that nobody sees what
    /// it may have kept from them, and it can be applied again from its files.
    pub async fn read_or_nothing(state: &State) -> Result<Self> {
        match Self::read(state).await {
            Err(error) if error.code == Code::SNAPSHOT_UNREADABLE => {
                tracing::error!(%error, "no contract is in force");
                let number = state.applied_model().await?.map(|applied| applied.number).unwrap_or_default();
                Ok(Self { is_unreadable: true, ..Self::new(number, Snapshot::empty())? })
            }
            read => read,
        }
    }
}

//! The names known for completion: loaded beside the conversation and swapped in whole, so that nobody waits for them.

use std::sync::{Arc, PoisonError, RwLock};

use crate::connection::Name;

/// A cheap handle; all clones see the same names.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<RwLock<Arc<Vec<Name>>>>);

impl Names {
    pub(super) fn get(&self) -> Arc<Vec<Name>> {
        // A whole vector is swapped at once, so what a panicking thread leaves behind is still whole.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set(&self, names: Vec<Name>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }
}

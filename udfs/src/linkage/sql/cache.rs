//! Models that were read, by their texts.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::super::Error;
use super::super::model::Model;

/// Queries that run at a time use a few; a model is some ten kilobytes.
const KEPT: usize = 16;

/// The last one read is in front.
type Read = VecDeque<(String, Arc<Model>)>;

static READ: LazyLock<Mutex<Read>> = LazyLock::new(Mutex::default);

/// The model of a text.
///
/// # Errors
/// Of the text.
pub fn model(text: &str) -> Result<Arc<Model>, Error> {
    let find = || {
        let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().find(|(known, _)| known == text).map(|(_, model)| Arc::clone(model))
    };
    if let Some(model) = find() {
        return Ok(model);
    }
    // Read outside the lock: others need not wait.
    let model = Arc::new(Model::parse(text)?);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.push_front((text.to_owned(), Arc::clone(&model)));
    read.truncate(KEPT);
    Ok(model)
}

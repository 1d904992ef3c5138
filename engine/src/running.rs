//! The queries that run now, so that whoever started one can ask how far it is, and end it from another connection.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use huitong_catalog::{Code, Error};
use tokio::sync::watch;

use crate::backend::Backend;
use crate::session::Door;

/// Running queries by id.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<HashMap<String, Listed>>);

#[derive(Debug)]
struct Listed {
    query: Query,
    /// Who ended it.
    ended_by: watch::Sender<Option<String>>,
}

/// Who runs a query, and where.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub user: String,
    pub group: String,
    pub door: Door,
    /// Before it began.
    pub waited: Duration,
    pub since: Instant,
    pub backend: Arc<dyn Backend>,
}

impl Running {
    /// Lists a query until the answer is dropped.
    pub fn enter(self: &Arc<Self>, id: &str, query: Query) -> Entry {
        let (ended_by, ended) = watch::channel(None);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), Listed { query, ended_by });
        Entry { running: self.clone(), id: id.to_owned(), ended }
    }

    /// Ends a query in the name of `user`; nothing happens if it does not run any more.
    pub fn end(&self, id: &str, user: &str) {
        if let Some(listed) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            listed.ended_by.send_replace(Some(user.to_owned()));
        }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<(String, Query)> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = running.iter().map(|(id, listed)| (id.clone(), listed.query.clone())).collect();
        drop(running);
        all.sort_by_key(|(_, query)| query.since);
        all
    }

    pub fn get(&self, id: &str) -> Option<Query> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).map(|listed| listed.query.clone())
    }
}

/// A query on the list.
#[derive(Debug)]
pub(crate) struct Entry {
    running: Arc<Running>,
    id: String,
    ended: watch::Receiver<Option<String>>,
}

impl Entry {
    /// Completes when somebody ends the query.
    pub fn ended(&self) -> impl Future<Output = Error> + Send + use<> {
        let mut ended = self.ended.clone();
        async move {
            let by = ended.wait_for(Option::is_some).await.ok().and_then(|by| by.clone());
            match by {
                Some(user) => Error::new(Code::CANCELLED, format!("the statement was ended by `{user}`")),
                // The query is not on the list any more.
                None => std::future::pending().await,
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

//! A cluster whose tables are in a store that fails as told.

use crate::cluster::{Cluster, Settings};
use crate::faults::Proxy;
use crate::store::{self, CREDENTIALS, Store};
use crate::work::sql;

/// All processes reach the store through the proxy. Fields end in this order.
pub struct Rig {
    pub cluster: Cluster,
    pub proxy: Proxy,
    pub store: Store,
}

impl Rig {
    /// None without a store.
    pub fn start(executors: usize) -> Option<Self> {
        let store = Store::start()?;
        let proxy = Proxy::start(store.address());
        let section = store::section(proxy.address());
        let settings = Settings {
            executors,
            root: Some("s3://city/lake"),
            sections: &section,
            environment: &CREDENTIALS,
            ..Settings::default()
        };
        Some(Self { cluster: Cluster::with(&settings), proxy, store })
    }

    /// Runs a script on the executors.
    pub fn ask(&self, script: &str) -> Result<String, String> {
        sql(&self.cluster.address(), "csv", &format!("SET huitong.backend = 'staged'; {script}"))
    }
}

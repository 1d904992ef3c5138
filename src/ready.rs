//! `--ready-file`: tells scripts and service managers that a server is up, and where.

use std::net::SocketAddr;
use std::path::Path;

use huitong_catalog::{Code, Error, Result};
use serde_json::{Map, Value};

/// Removes what an earlier process left, so that nobody takes its addresses for those of this one.
pub fn clear(path: Option<&Path>) {
    if let Some(path) = path {
        std::fs::remove_file(path).ok();
    }
}

/// Writes the addresses that were bound. The file appears whole: it is written beside its place and renamed.
pub fn write(path: Option<&Path>, addresses: &[(&str, SocketAddr)]) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let object: Map<String, Value> =
        addresses.iter().map(|(name, address)| ((*name).to_owned(), address.to_string().into())).collect();
    let unwritable = |e: std::io::Error| {
        Error::new(Code::STORE_UNAVAILABLE, format!("the ready file `{}` cannot be written: {e}", path.display()))
            .caused_by(e)
    };
    let beside = path.with_extension("part");
    std::fs::write(&beside, format!("{}\n", Value::Object(object))).map_err(unwritable)?;
    std::fs::rename(&beside, path).map_err(unwritable)
}

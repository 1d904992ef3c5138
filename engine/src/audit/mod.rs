//! Every statement, in the audit before its data flows.
//!
//! What a record is, and how a chain of them is checked, is the business of `huitong_catalog::audit`. Here statements become events
//! ([`events`]), events become durable records, many with one commit ([`writer`]), records become signed objects beside the tables
//! ([`sealing`]), and both become the table `huitong.audit` ([`table`]). Only the coordinator writes, so whoever lost its lease adds
//! nothing.

pub(crate) mod events;
mod handle;
mod reading;
mod sealing;
pub(crate) mod sign_ins;
pub(crate) mod table;
pub(crate) mod touched;
mod writer;

pub use handle::{Audit, FOLDER, KEY_SETTING, Place};
pub use reading::{Known, Segments, signing_key};
pub use sealing::{file_name, keep, number_of};
pub use writer::Written;

use huitong_catalog::Result;
use huitong_catalog::config::Root;
use object_store::path::Path;

use crate::stores;

/// The segments of a lake, for whoever only reads them.
pub fn segments_of(root: &Root) -> Result<Segments> {
    match root {
        Root::Directory(directory) => Segments::in_directory(&directory.join(FOLDER)),
        Root::Bucket(bucket) => Ok(Segments::new(stores::open(bucket)?.store, Path::from(FOLDER))),
    }
}

#[cfg(test)]
mod tests;

//! Every statement, in the audit before its data flows.
//!
//! What a record is, and how a chain of them is checked, is the business of `huitong_catalog::audit`. Here statements become events
//! ([`events`]), events become durable records, many with one commit ([`writer`]), records become signed objects beside the tables
//! ([`sealing`]), and both become the table `huitong.audit` ([`table`]). The coordinator writes, so whoever lost its lease adds nothing;
//! beside it only those do who hold the database itself ([`by_hand`]).

mod by_hand;
pub(crate) mod events;
mod handle;
mod newest;
mod reading;
mod sealing;
pub(crate) mod sign_ins;
pub(crate) mod table;
pub(crate) mod touched;
mod wanted;
mod writer;

pub use by_hand::{by_hand, done_by_hand};
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

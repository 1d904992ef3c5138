//! Numbers that say who somebody is: read, not looked up.
//!
//! A wrong number is data like any other, so nothing here fails: each reader answers with the parts of the number or with
//! the first thing that is wrong with it. Whether a division exists, whether somebody was born after today, whether the
//! number was ever issued are questions for tables and clocks, which this crate does not have.

pub mod gb11643;
pub mod gb32100;

/// The functions of SQL, over columns of such texts.
mod citizen;
mod credit;
mod sql;

pub use sql::{CID_CHECK, CID_UPGRADE, Reader, USCC_CHECK};

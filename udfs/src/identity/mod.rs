//! Numbers, names and addresses that say who somebody is: read, not looked up.
//!
//! A wrong number is data like any other, so nothing here fails: each reader answers with the parts of the number or with
//! the first thing that is wrong with it. Whether a division exists, whether somebody was born after today, whether the
//! number was ever issued are questions for tables and clocks, which this crate does not have.

pub mod address;
pub mod divisions;
pub mod gb11643;
pub mod gb32100;
pub mod organisation;
pub mod person;

/// The functions of SQL, over columns of such texts.
mod citizen;
mod credit;
mod parts;
mod sql;

pub use sql::{ADDRESS_PARSE, CID_CHECK, CID_UPGRADE, ORG_NAME_PARSE, PERSON_NAME_KEY, Reader, USCC_CHECK};

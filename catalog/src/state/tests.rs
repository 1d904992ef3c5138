//! What `State` promises is tested once, in functions that take a fresh [`Database`], and run on each kind there is.

mod audit;
mod backup;
mod contract;
pub(crate) mod database;
mod directories;
mod fence;
mod fits;
mod lease;
mod lineage;
mod loads;
mod models;
mod postgres;
mod sqlite;

use super::*;
use crate::clock::Timestamp;
use crate::names::TableName;

use database::{Database, on_every_database};

//! The sample city **联和市** (Lianhe): the registers of a city whose persons, firms and places do not exist, with the
//! errors real registers have, and the truth beside them.
//!
//! It only generates: no files, no network, no engine, no clock. A city is a seed and a size; each table is a stream of
//! record batches, made part by part, so memory does not grow with the city. What it is not: a statistical
//! model of any real city, or a source of real identities (all division codes begin with 99).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking"))]

mod batch;
mod calendar;
mod checksum;
mod city;
mod credit;
mod economy;
mod error;
mod errors;
mod geography;
mod housing;
mod legal;
mod licence;
mod names;
mod numbers;
mod population;
mod rng;
mod service;
mod table;
mod truth;

pub use checksum::checksum;
pub use city::{City, ErrorLevel, Options, PEOPLE_MAX};
pub use error::Error;
pub use table::{BATCH_ROWS_MAX, Table};

#[cfg(test)]
mod tests;

//! Does a table hold what it was told, whatever goes wrong on the way?
//!
//! Clients do seeded operations to tables, and to models of them; what a read answers must be possible in the model, which knows
//! neither processes nor faults, only how each operation ended for its client. Each client has rows of its own; some share a table
//! and come into each other's way. Meanwhile a villain kills, stops and drains parts of the cluster and makes its store fail.

mod builder;
mod client;
mod dice;
mod model;
mod operation;
mod run;
mod scene;
mod villain;

pub use dice::Dice;
pub use model::{Model, Outcome, Read};
pub use operation::{Operation, Operations, Part, Share};

#[cfg(test)]
mod tests;

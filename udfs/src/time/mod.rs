//! Functions of time.

pub mod now;

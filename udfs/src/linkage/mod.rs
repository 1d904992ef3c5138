//! Records that belong together.

pub mod assignment;
pub mod clusters;
pub mod components;

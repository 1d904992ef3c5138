//! Tables on object storage: finding a version, and scanning it.

mod changes;
pub mod checkpoint;
mod diagnose;
pub mod external;
pub mod history;
pub mod lake;
pub mod properties;
mod row_groups;
pub mod sample;
pub mod scan;
pub mod statistics;
pub mod unfinished;
pub mod version;

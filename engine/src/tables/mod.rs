//! Tables on object storage: finding a version, and scanning it.

pub mod external;
pub mod lake;
pub mod scan;
pub mod statistics;
pub mod version;

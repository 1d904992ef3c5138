//! The planted truth, for tests and benchmarks only: who is behind a row, which filings are duplicates, what a series is
//! made of. Nothing here has errors.

pub(crate) mod duplicate_project;
pub(crate) mod holding;
pub(crate) mod household_tie;
pub(crate) mod indicator_component;
pub(crate) mod marriage;
pub(crate) mod person;
pub(crate) mod person_row;

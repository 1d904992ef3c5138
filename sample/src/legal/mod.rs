//! Legal entities and the industrial projects they file.

pub(crate) mod entity;
pub(crate) mod park_project;

mod product;
pub(crate) mod project;

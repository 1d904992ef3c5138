//! Real estate: who owned which unit, in what share, from when to when, and the register that says so.

pub(crate) mod ownership;
mod price;
mod share;
pub(crate) mod title;

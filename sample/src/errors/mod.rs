//! What goes wrong between a person and a register. Each error is one small function from a right text to a wrong one; how
//! often it happens is in [`rates`].

mod address;
mod name;
mod number;
pub(crate) mod rates;
mod text;

pub(crate) use address::abbreviated_address;
pub(crate) use name::{garbled_name, homophone};
pub(crate) use number::{garbled_number, substituted};
pub(crate) use rates::{NameRates, NumberRates, Rates};
pub(crate) use text::{full_width, traditional};

#[cfg(test)]
mod tests;

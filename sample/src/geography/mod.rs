//! The places of the sample city: divisions, addresses, points. None of them exists.

pub(crate) mod address;
pub(crate) mod division;
pub(crate) mod place;

//! Government services: the catalogue of matters and the events of the cases handled.

pub(crate) mod event;
pub(crate) mod matter;

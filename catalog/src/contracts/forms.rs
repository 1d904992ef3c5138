//! Texts of a fixed form: types, masks, formats, tolerances, periods. Each reads and writes itself.

mod call;
mod column_type;
mod format;
mod mask;
mod period;
mod tolerance;
mod value;

pub use column_type::Type;
pub use format::Format;
pub use mask::Mask;
pub use period::Period;
pub use tolerance::Tolerance;
pub(super) use value::{Value, read_date};

#[cfg(test)]
mod tests;

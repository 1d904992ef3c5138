//! Public credit information about legal entities.

pub(crate) mod record;

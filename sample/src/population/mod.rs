//! The people: lives simulated block by block, and the registers that record them.

pub(crate) mod life;

mod exchange;
mod family;
mod founding;
mod kinship;
mod rates;

pub(crate) mod household;
pub(crate) mod marriage;
pub(crate) mod person;

pub(crate) use life::Block;

/// GB/T 2261.1: 1 male, 2 female.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sex {
    Male,
    Female,
}

impl Sex {
    pub fn code(self) -> &'static str {
        match self {
            Sex::Male => "1",
            Sex::Female => "2",
        }
    }

    pub fn any(rng: &mut crate::rng::Rng) -> Self {
        if rng.chance(0.52) { Sex::Male } else { Sex::Female }
    }
}

//! What the city promises, checked on the tables as a user sees them.

mod cells;
mod determinism;
mod errors;
mod families;
mod housing;
mod legal;
mod macro_economy;
mod services;

use crate::{City, ErrorLevel, Options};

fn city(people: u64) -> City {
    City::new(Options { people, ..Options::default() }).unwrap()
}

fn city_with(people: u64, errors: ErrorLevel) -> City {
    City::new(Options { people, errors, ..Options::default() }).unwrap()
}

//! The city as a plan: how many blocks, firms, projects and cases there are. Everything else is derived, part by part,
//! from the seed; the plan is a few numbers whatever the size of the city.

use std::sync::Arc;

use crate::error::Error;
use crate::errors::Rates;
use crate::table::{Spec, Table};
use crate::{credit, economy, geography, housing, legal, licence, population, service, truth};

/// Beyond this the synthetic division codes have too few sequence numbers to keep citizen numbers apart.
pub const PEOPLE_MAX: u64 = 16_000_000;

/// How careless the registers are, relative to the published or assumed rates (see the README).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorLevel {
    /// A third of the rates.
    Light,
    /// The rates as they are.
    #[default]
    Medium,
    /// Three times the rates.
    Heavy,
}

/// What the city is made from. Equal options give equal rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub seed: u64,
    /// Persons who ever lived in the city since 1985: residents, the dead and those who moved away.
    pub people: u64,
    pub errors: ErrorLevel,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 2026, people: 10_000, errors: ErrorLevel::Medium }
    }
}

/// The sample city 联和市: registers of persons who do not exist, and the truth behind them.
#[derive(Debug, Clone)]
pub struct City {
    plan: Arc<Plan>,
}

impl City {
    /// Refuses more than [`PEOPLE_MAX`] people.
    pub fn new(options: Options) -> Result<Self, Error> {
        if options.people > PEOPLE_MAX {
            return Err(Error::TooManyPeople { people: options.people });
        }
        Ok(Self { plan: Arc::new(Plan::new(options)) })
    }

    /// Every table of the city, libraries first, the planted truth last.
    pub fn tables(&self) -> Vec<Table> {
        SPECS.iter().map(|spec| Table::new(spec, &self.plan)).collect()
    }

    /// One table by its schema and name.
    pub fn table(&self, schema: &str, name: &str) -> Option<Table> {
        let spec = SPECS.iter().find(|spec| spec.schema == schema && spec.name == name)?;
        Some(Table::new(spec, &self.plan))
    }
}

const SPECS: [&Spec; 20] = [
    &geography::division::TABLE,
    &geography::place::TABLE,
    &population::person::TABLE,
    &population::household::TABLE,
    &population::marriage::TABLE,
    &housing::title::TABLE,
    &legal::entity::TABLE,
    &legal::park_project::TABLE,
    &licence::certificate::TABLE,
    &service::matter::TABLE,
    &service::event::TABLE,
    &credit::record::TABLE,
    &economy::indicator::TABLE,
    &truth::person::TABLE,
    &truth::person_row::TABLE,
    &truth::marriage::TABLE,
    &truth::household_tie::TABLE,
    &truth::holding::TABLE,
    &truth::duplicate_project::TABLE,
    &truth::indicator_component::TABLE,
];

/// The sizes that follow from the options.
#[derive(Debug)]
pub(crate) struct Plan {
    pub seed: u64,
    pub people: u64,
    pub rates: Rates,
    /// Neighbourhoods that are simulated each by itself.
    pub blocks: u64,
    pub block_size: u64,
    pub districts: u64,
    pub entities: u64,
    pub projects: u64,
    pub cases: u64,
    pub places: u64,
}

const BLOCK_SIZE_MAX: u64 = 2000;
const BLOCK_SIZE_MIN: u64 = 200;
const DISTRICTS_MIN: u64 = 6;
/// Keeps at least two sequence numbers per block, day and sex, as twins need.
const BLOCKS_PER_DISTRICT: u64 = 200;

impl Plan {
    pub fn new(options: Options) -> Self {
        let Options { seed, people, errors } = options;
        let block_size = (people / 12).clamp(BLOCK_SIZE_MIN, BLOCK_SIZE_MAX);
        let blocks = people.div_ceil(block_size);
        Self {
            seed,
            people,
            rates: Rates::at(errors),
            blocks,
            block_size,
            districts: blocks.div_ceil(BLOCKS_PER_DISTRICT).max(DISTRICTS_MIN),
            entities: people.div_ceil(20),
            projects: people.div_ceil(50),
            cases: people * 3 / 10,
            places: people.div_ceil(50),
        }
    }

    /// How many persons block `block` has; 0 for a block that does not exist.
    pub fn persons_in(&self, block: u64) -> u64 {
        self.people.saturating_sub(block.saturating_mul(self.block_size)).min(self.block_size)
    }

    /// The true identity of a person, from 1.
    pub fn person_id(&self, block: u64, index: u32) -> i64 {
        (block * self.block_size) as i64 + i64::from(index) + 1
    }
}

/// The number of a row in a register, unique within the register: block (or other part) and ordinal.
pub(crate) fn record_id(part: u64, ordinal: usize) -> i64 {
    part as i64 * 100_000 + ordinal as i64 + 1
}

//! How often registers err, at the medium level. Published figures set the size where there are any:
//!
//! - A person twice: three years of cleaning removed 3.067 million duplicate entries, 0.22 % of the population, and 2.125
//!   million entries of the dead or departed, 0.15 %, and corrected 11.01 million items, 0.8 % (Ministry of Public Security,
//!   2017-04-27, by Xinhua). Deaths are about an eighth of our register: 1 % of them unreported is 0.13 % of it.
//! - A wrong identifier in a well-kept register: 0.11 % of records for sex and date of birth (Harron et al., BMC Medical
//!   Research Methodology 17:23, 2017). Registers that copied the number by hand take the 0.8 % of items above.
//! - Rare characters: some 60 million names, 4 % (Xinhua Daily Telegraph, 2025-07-18), in Shanghai 0.2 %; the generator
//!   gives 2 %.
//! - 15-digit numbers: issued until 1999-10-01 (GB 11643-1999); records written before carry them.
//! - A spouse's number missing in 2 %, one in five marriages registered in another city missing: what the project's linkage
//!   targets assume. The rates of names and addresses are assumptions, too.

use crate::city::ErrorLevel;

#[derive(Debug, Clone)]
pub(crate) struct Rates {
    pub person_number: NumberRates,
    pub marriage_number: NumberRates,
    pub title_number: NumberRates,
    pub person_name: NameRates,
    pub marriage_name: NameRates,
    pub title_name: NameRates,
    pub spouse_number_missing: f64,
    pub elsewhere_missing: f64,
    pub duplicate_person: f64,
    pub stale_address: f64,
    pub abbreviated_address: f64,
    pub phone_missing: f64,
    /// The household register learns of a marriage or divorce late.
    pub stale_marital: f64,
    pub death_unreported: f64,
    pub pilot_code: f64,
    pub full_width: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct NumberRates {
    /// A number written down before the 18-digit standard was never upgraded.
    pub old: f64,
    pub substituted: f64,
    pub transposed: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct NameRates {
    /// Of names with a rare character.
    pub rare_lost: f64,
    /// Of names with a character that has variants.
    pub variant: f64,
    pub homophone: f64,
    /// Of names with an interpunct.
    pub interpunct: f64,
}

impl Rates {
    pub fn at(level: ErrorLevel) -> Self {
        let factor = match level {
            ErrorLevel::Light => 1.0 / 3.0,
            ErrorLevel::Medium => 1.0,
            ErrorLevel::Heavy => 3.0,
        };
        let r = |rate: f64| (rate * factor).min(0.95);
        let number = |old, substituted, transposed| NumberRates {
            old: r(old),
            substituted: r(substituted),
            transposed: r(transposed),
        };
        let name = |rare_lost, variant, homophone, interpunct| NameRates {
            rare_lost: r(rare_lost),
            variant: r(variant),
            homophone: r(homophone),
            interpunct: r(interpunct),
        };
        Self {
            person_number: number(0.0, 0.0007, 0.0004),
            marriage_number: number(0.30, 0.004, 0.002),
            title_number: number(0.25, 0.005, 0.003),
            person_name: name(0.10, 0.004, 0.0005, 0.05),
            marriage_name: name(0.30, 0.010, 0.003, 0.20),
            title_name: name(0.30, 0.015, 0.004, 0.30),
            spouse_number_missing: r(0.02),
            elsewhere_missing: r(0.20),
            duplicate_person: r(0.0022),
            stale_address: r(0.10),
            abbreviated_address: r(0.08),
            phone_missing: r(0.12),
            stale_marital: r(0.06),
            death_unreported: r(0.01),
            pilot_code: r(0.0005),
            full_width: r(0.01),
        }
    }
}

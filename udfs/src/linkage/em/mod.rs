//! Learning the parameters from counts of patterns: `u` from a random sample, `m` by expectation and maximisation.
//!
//! A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from incomplete data via the EM algorithm", JRSS B 39 (1977), for the
//! mixture of matches and other pairs with comparisons that are independent in each, as W. E. Winkler, "Using the EM algorithm
//! for weight computation in the Fellegi–Sunter model of record linkage" (1988; revised 2000) applies it. Pairs enter as
//! patterns of levels with how often each occurs, so a pass costs the number of patterns, not of pairs.
//!
//! Sessions are run and combined as Splink does, so that both learn the same from the same pairs:
//!
//! - A comparison that is null for a pair says nothing of it and is not counted for its parameters.
//! - A session runs over the pairs of one rule. Comparisons that the rule decides are excluded; the chance of a match among its
//!   pairs starts from the prior times m/u of the levels that are exact on the rule's columns.
//! - A parameter becomes the median of what the sessions say of it; sessions after the first start from what those before said.
//! - A level that no pair of a session falls into is "not observed": the session says nothing of it. Observed by no session, it
//!   keeps its starting value, and the trace names it.

mod counts;
mod fit;
mod session;
#[cfg(test)]
mod tests;

pub use counts::{Counts, DETERMINISTIC, MATCHES, PAIRS, SAMPLE};
pub use fit::fit;
pub use session::{Learned, Parameters, run};

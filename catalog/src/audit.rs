//! The audit: who asked for what, and what was decided, in a form in which a later change shows.
//!
//! A [`Event`] becomes a line of JSON that carries the hash of itself and of the line before it, so the lines are a chain. Lines are
//! put together into segments, objects that are made once; each names the segment before it and ends with a Merkle root and a
//! signature. [`Verifier`] reads them in order and names the first record that is not as it was written. Nothing in here touches a
//! store or a database: whoever has the bytes can check them.
//!
//! What a chain cannot show by itself is that its end was cut off. An [`Anchor`] that somebody else keeps shows that, too.

mod anchor;
mod digest;
mod fault;
mod key;
mod line;
mod record;
mod segment;
mod verify;
mod window;

pub use anchor::Anchor;
pub use digest::Digest;
pub use fault::{Fault, Wrong};
pub use key::{PublicKey, SigningKey};
pub use line::Line;
pub use record::{Action, Event, Outcome, Record};
pub use segment::{Position, Sealed};
pub use verify::{Summary, Verifier};
pub use window::Window;

/// Goes up when lines, headers or footers mean something else.
const FORMAT: u64 = 1;
/// How a line is hashed. Named in each segment, so that SM3 can follow.
const HASH: &str = "sha256";
/// How a segment is signed. Named in each segment, so that SM2 can follow.
const SIGNATURE: &str = "ed25519";

#[cfg(test)]
mod tests;

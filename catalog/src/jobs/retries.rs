//! How a run goes on when an attempt has ended.

use crate::clock::Timestamp;
use crate::state::{End, Facts, Next, RunState};

/// What was done is done, also when somebody wanted it to end; what failed is tried again unless somebody did.
pub(super) fn next(end: &End, facts: Facts, now: Timestamp) -> Next {
    match end {
        End::Done { .. } => Next::End(RunState::Done),
        End::Cancelled => Next::End(RunState::Cancelled),
        End::Failed { .. } if facts.cancel_requested => Next::End(RunState::Cancelled),
        End::Failed { .. } if facts.failures > facts.retries => Next::End(RunState::Failed),
        End::Failed { .. } => Next::Wait { not_before: now.plus(facts.retry_wait) },
    }
}

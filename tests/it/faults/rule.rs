//! Which requests go wrong, and how.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::{Method, Uri};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store does not see a header of the request; as if it did not know it.
    StripHeader(&'static str),
    /// The request is forwarded later.
    Delay(Duration),
    /// An answer with this status as S3 gives it; the store does not see the request.
    Answer(u16),
    /// The connection is closed; the store does not see the request.
    DropBefore,
    /// The store does what it was asked to, and the connection is closed without its answer.
    DropAfter,
    /// The connection is closed after so many bytes of the answer's body. A body that is not longer passes.
    Truncate(usize),
    /// The store is down: new connections are closed at once, open ones at their next request. Method and path do not matter.
    Refuse,
}

/// How many of the requests that match.
#[derive(Clone, Copy, Debug)]
pub enum When {
    Always,
    /// The n-th, the 2n-th and so on.
    Every(u64),
    First(u64),
    /// Each with this probability. The seed alone decides which ones in the order in which they come.
    Chance {
        seed: u64,
        probability: f64,
    },
}

/// A fault and the requests that meet it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Any if none.
    pub method: Option<Method>,
    /// A part of path and query; where it has a `*`, several that come in this order.
    pub path: String,
    pub when: When,
    pub fault: Fault,
}

impl Rule {
    /// The fault for all requests.
    pub fn all(fault: Fault) -> Self {
        Self { method: None, path: String::new(), when: When::Always, fault }
    }

    fn matches(&self, method: &Method, uri: &Uri) -> bool {
        let mut rest = uri.path_and_query().map_or("", |path| path.as_str());
        let follows = |part| rest.split_once(part).inspect(|(_, after)| rest = after).is_some();
        self.method.as_ref().is_none_or(|wanted| wanted == method) && self.path.split('*').all(follows)
    }
}

/// A rule that is in force, and what it has done.
#[derive(Debug)]
pub struct Armed {
    pub(super) rule: Rule,
    seen: AtomicU64,
    injected: AtomicU64,
}

impl Armed {
    /// Requests that matched; for [`Fault::Refuse`] also connections. A request that an earlier rule ended is not seen.
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// Faults that happened. A header that was not there and a body that was too short to be cut are none.
    pub fn injected(&self) -> u64 {
        self.injected.load(Ordering::SeqCst)
    }

    pub(super) fn count(&self) {
        self.injected.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a request meets the fault.
    pub(super) fn strikes(&self, method: &Method, uri: &Uri) -> bool {
        (self.rule.fault == Fault::Refuse || self.rule.matches(method, uri)) && self.is_next_hit()
    }

    fn is_next_hit(&self) -> bool {
        let before = self.seen.fetch_add(1, Ordering::SeqCst);
        match self.rule.when {
            When::Always => true,
            When::Every(n) => (before + 1).is_multiple_of(n),
            When::First(n) => before < n,
            When::Chance { seed, probability } => fraction(seed, before) < probability,
        }
    }
}

/// The rules in force, in order.
#[derive(Debug, Default)]
pub(super) struct Rules(Mutex<Vec<Arc<Armed>>>);

impl Rules {
    pub fn add(&self, rule: Rule) -> Arc<Armed> {
        let armed = Arc::new(Armed { rule, seen: AtomicU64::new(0), injected: AtomicU64::new(0) });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(armed.clone());
        armed
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn now(&self) -> Vec<Arc<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a new connection is closed at once.
    pub fn refuse(&self) -> bool {
        let rules = self.now();
        let refusal = rules.iter().find(|armed| armed.rule.fault == Fault::Refuse && armed.is_next_hit());
        refusal.inspect(|armed| armed.count()).is_some()
    }
}

/// A number from 0 up to 1 for each place in a sequence (SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
fn fraction(seed: u64, at: u64) -> f64 {
    let state = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    // 53 bits are what an f64 holds exactly.
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

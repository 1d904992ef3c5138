//! Sign-ins, as the audit keeps them.

use std::fmt;
use std::sync::Arc;

use huitong_catalog::audit::{Action, Event, Outcome};
use huitong_catalog::clock::Clock;
use huitong_catalog::identity::{Principal, SignIns};

use super::Audit;
use super::events::via;

pub(crate) struct Recorded {
    pub audit: Audit,
    pub clock: Arc<dyn Clock>,
}

impl Recorded {
    fn note(&self, event: Event) {
        self.audit.note(Event { time: self.clock.now().ms(), action: Action::SignIn, ..event });
    }
}

impl SignIns for Recorded {
    fn succeeded(&self, who: &Principal, from: Option<&str>) {
        let (actor, via, address) = (who.name.clone(), Some(via(who)), from.map(str::to_owned));
        self.note(Event { actor, via, address, outcome: Outcome::Ended, allowed: Some(true), ..Event::default() });
    }

    fn failed(&self, name: &str, from: Option<&str>) {
        let (actor, address) = (name.to_owned(), from.map(str::to_owned));
        self.note(Event { actor, address, outcome: Outcome::Failed, allowed: Some(false), ..Event::default() });
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").finish_non_exhaustive()
    }
}

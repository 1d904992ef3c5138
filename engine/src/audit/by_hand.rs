//! What somebody does to a state database who holds it, without a server.

use huitong_catalog::audit::{Action, Event, Outcome};
use huitong_catalog::clock::{Clock, SystemClock};
use huitong_catalog::identity::Principal;
use huitong_catalog::ids::{SystemRandomness, uuid};
use huitong_catalog::state::State;
use huitong_catalog::{Code, Error, Result};

use super::events::via;
use crate::session::Door;

const DONE: &str = "it was done, and the audit has no record of that";

/// Does the work, with a record before it and one of its end. `what` is the command as it was typed, without secrets; `who` is what the
/// system says of whoever typed it. Nothing is done that cannot be recorded first (HT0901).
pub async fn by_hand<T>(state: &State, what: &str, who: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let began = began(what, who)?;
    let refused = "the audit cannot be written, so nothing was done";
    state.append_audit_event(&began).await.map_err(|error| unrecorded(refused, error))?;
    let done = work.await;
    let ended = ended(began, done.as_ref().err());
    match state.append_audit_event(&ended).await {
        Err(error) if done.is_ok() => Err(unrecorded(DONE, error)),
        _ => done,
    }
}

/// Records what was done where there was no audit before.
pub async fn done_by_hand(state: &State, what: &str, who: &str) -> Result<()> {
    let event = ended(began(what, who)?, None);
    state.append_audit_event(&event).await.map(drop).map_err(|error| unrecorded(DONE, error))
}

fn began(what: &str, who: &str) -> Result<Event> {
    let operator = Principal::operator();
    Ok(Event {
        time: SystemClock.now().ms(),
        action: Action::Command,
        outcome: Outcome::Started,
        via: Some(via(&operator)),
        actor: operator.name,
        door: Some(Door::Direct.name().to_owned()),
        client: Some(who.to_owned()),
        query: Some(uuid(&SystemRandomness)?),
        statement: Some(what.to_owned()),
        ..Event::default()
    })
}

fn ended(began: Event, failure: Option<&Error>) -> Event {
    let outcome = if failure.is_some() { Outcome::Failed } else { Outcome::Ended };
    let error = failure.map(|error| error.code.to_string());
    Event { time: SystemClock.now().ms(), outcome, error, ..began }
}

fn unrecorded(what: &str, error: Error) -> Error {
    Error::new(Code::AUDIT_UNWRITABLE, format!("{what}: {}", error.message))
        .with_hint("is there room on the disk, and may the state database be written?")
        .caused_by(error)
}

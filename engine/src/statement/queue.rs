//! The place of a statement among those that run.

use huitong_catalog::{Code, Error, Result};

use crate::admission::{Ask, Refusal, Ticket};
use crate::deadline::in_time;
use crate::session::{Session, Settings};

/// Waits for a place, at most until the statement's own time is up; none is needed for what the coordinator does for itself. `bytes` is
/// the memory of this process that the statement is thought to need.
pub async fn admit(session: &Session, settings: &Settings, bytes: u64) -> Result<Option<Ticket>> {
    if !session.door().queues() {
        return Ok(None);
    }
    let engine = session.engine();
    let group = engine.groups().iter().find(|group| *group.name == settings.group).cloned().ok_or_else(|| {
        let text = format!("there is no group `{}`", settings.group);
        Error::new(Code::SETTING_VALUE, text).with_hint("choose another one with SET huitong.group")
    })?;
    let ask = Ask { user: session.principal().name.clone(), door: session.door().name(), group, bytes };
    let ticket = in_time(session.deadline(), engine.admission().admit(ask)).await?.map_err(refused)?;
    if let Some(trace) = session.trace() {
        trace.note(|facts| facts.waited += ticket.waited());
    }
    Ok(Some(ticket))
}

fn refused(refusal: Refusal) -> Error {
    let (text, hint) = match refusal {
        Refusal::Full { group, queued } => {
            (format!("{queued} statements wait in the group `{group}`, and no more may"), "try again later")
        }
        Refusal::UserFull { group, queued } => (
            format!("{queued} of your statements wait in the group `{group}`, and no more may"),
            "wait for some of them to end",
        ),
        Refusal::TooLong { waited } => (
            format!("the statement waited for {waited:.0?} and did not get its turn"),
            "try again when less is running",
        ),
    };
    Error::new(Code::QUEUE_FULL, text).with_hint(hint)
}

//! What the audit says of statements.

use huitong_catalog::audit::{Action, Event, Outcome};
use huitong_catalog::config::AuditWait;
use huitong_catalog::identity::{Principal, Via};
use huitong_catalog::{Error, Kind, Result};

use super::touched::Hidden;
use crate::engine::Engine;
use crate::queries::record::Run;
use crate::queries::trace::Trace;
use crate::session::Session;

/// Records that a statement begins; an error says that it must not (HT0901). Completes when the record is durable, if the data are
/// such that this has to be waited for.
pub(crate) async fn started(session: &Session, trace: &Trace, action: Action) -> Result<()> {
    let (engine, facts) = (session.engine(), trace.facts());
    // A command that names what is hidden has yet to be refused.
    let allowed = facts.hidden.names.is_empty().then_some(true);
    let event = Event { action, outcome: Outcome::Started, allowed, ..told(session, trace) };
    match engine.audit().waits() {
        AuditWait::Grade3 if !facts.touched.is_protected => engine.audit().try_note(event),
        AuditWait::All | AuditWait::Grade3 => engine.audit().record(event).await.map(drop),
        // Whatever becomes of the record.
        AuditWait::None => {
            engine.audit().note(event);
            Ok(())
        }
    }
}

/// Records the end of a statement that began.
pub(crate) fn ended(engine: &Engine, trace: &Trace, action: Action, run: Run, failure: Option<&Error>) {
    let event = Event {
        action,
        outcome: if failure.is_some() { Outcome::Failed } else { Outcome::Ended },
        rows: run.rows,
        bytes: run.bytes,
        error: failure.map(|error| error.code.to_string()),
        ..named(engine, trace)
    };
    engine.audit().note(match failure {
        Some(error) => denied(event, trace, error),
        // Nothing that it named was hidden in the end: a query of its own had the name, say.
        None => Event { allowed: (!trace.facts().hidden.names.is_empty()).then_some(true), ..event },
    });
}

/// Records a statement that never began: it could not be planned, or was not allowed.
pub(crate) fn refused(session: &Session, trace: &Trace, error: &Error) {
    if !trace.seat.door.is_recorded() {
        return;
    }
    let event = Event {
        action: Action::Query,
        outcome: Outcome::Failed,
        error: Some(error.code.to_string()),
        ..told(session, trace)
    };
    session.engine().audit().note(denied(event, trace, error));
}

/// Says that access was denied, if that is why a statement failed. Who may not see a table is told that there is none, so here it is looked
/// up whether there is.
fn denied(event: Event, trace: &Trace, error: &Error) -> Event {
    let hidden = trace.facts().hidden;
    match error.kind() {
        _ if Hidden::may_be_behind(error) && !hidden.names.is_empty() => Event {
            allowed: Some(false),
            objects: hidden.names.into_iter().collect(),
            policies: hidden.policies.into_iter().collect(),
            ..event
        },
        Kind::PermissionDenied => Event { allowed: Some(false), ..event },
        _ => event,
    }
}

/// That a coordinator takes up its work.
pub(crate) fn startup(engine: &Engine) -> Event {
    Event {
        time: engine.now_ms(),
        action: Action::Startup,
        outcome: Outcome::Ended,
        actor: Principal::operator().name,
        ..Event::default()
    }
}

/// Who says what.
fn told(session: &Session, trace: &Trace) -> Event {
    let (facts, client, access) = (trace.facts(), trace.seat.client(), session.access());
    let contracts = access.contracts();
    let policies = access.policies(&facts.touched.names);
    Event {
        purpose: access.purpose().map(str::to_owned),
        policies: policies.into_iter().collect(),
        via: Some(via(session.principal())),
        client: client.name,
        address: client.address,
        fingerprint: facts.fingerprint,
        statement: Some(trace.statement.text.clone()),
        parameters: trace.statement.parameters(facts.bound),
        objects: facts.touched.names.into_iter().collect(),
        model: (contracts.number > 0).then_some(contracts.number),
        model_hash: (contracts.number > 0).then(|| contracts.snapshot.hash().to_string()),
        ..named(session.engine(), trace)
    }
}

/// What finds the records of one statement.
fn named(engine: &Engine, trace: &Trace) -> Event {
    Event {
        time: engine.now_ms(),
        actor: trace.seat.user.clone(),
        door: Some(trace.seat.door.name().to_owned()),
        session: Some(trace.seat.id.clone()),
        query: Some(trace.id.clone()),
        ..Event::default()
    }
}

pub(super) fn via(principal: &Principal) -> String {
    match &principal.via {
        Via::Password => "password".to_owned(),
        Via::Token(id) => format!("token {id}"),
        Via::Issued(hash) => format!("issued token {hash}"),
        Via::Certificate(hash) => format!("certificate {hash}"),
        Via::Job => "job".to_owned(),
        Via::Operator => "operator".to_owned(),
    }
}

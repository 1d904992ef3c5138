//! Statements as one text: each is run and answered before the next one begins; the first that fails is the last.

use std::sync::Arc;

use huitong_engine::statement::Prepared;

use super::answer::{Rows, complete, describe, tag};
use super::command::Command;
use super::connection::{Client, Outcome, Watch};
use super::copy::{self, Copy};
use super::cursor::{self, Cursor};
use super::encode::Format;
use super::input::Broken;
use super::output::Output;
use super::problem::{Severity, Stop, put};
use super::text;
use crate::flight::clients::safe_schema;

/// Runs what a client sent; it is told what fails.
pub async fn run(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, sent: String) -> Result<(), Broken> {
    let sent: Arc<str> = sent.into();
    let statements = match text::cut(&sent).await {
        Ok(statements) => statements,
        Err(problem) => {
            client.transaction.fail();
            put(output, Severity::Error, &problem, Some((&sent, 0)));
            return Ok(());
        }
    };
    if statements.is_empty() {
        output.put(b'I', |_| {});
    }
    for bytes in statements {
        let begins = bytes.start;
        match statement(client, watch, output, &sent[bytes]).await {
            Ok(()) => {}
            Err(Stop::Failed(problem)) => {
                client.transaction.fail();
                put(output, Severity::Error, &problem, Some((&sent, begins)));
                return Ok(());
            }
            Err(Stop::Broken(broken)) => return Err(broken),
        }
    }
    Ok(())
}

async fn statement(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, sql: &str) -> Result<(), Stop> {
    if let Some(command) = Command::read(sql)? {
        let (outcome, warning) = client.run(&command)?;
        warning.iter().for_each(|warning| put(output, Severity::Warning, warning, None));
        match outcome {
            Outcome::Tag(tag) => complete(output, tag),
            Outcome::Rows(rows) => {
                let formats = vec![Format::Text; rows.num_columns()];
                describe(output, &rows.schema(), &formats)?;
                Rows::of_batch(rows, formats, client.zone()?).send(output, 0).await?;
                complete(output, "SHOW");
            }
        }
        return Ok(());
    }
    if let Some(copy) = Copy::read(sql)? {
        return copy::run(client, watch, output, copy).await;
    }
    if let Some(cursor) = Cursor::read(sql)? {
        return cursor::run(client, watch, output, cursor).await;
    }
    client.transaction.check()?;
    let session = client.session.clone();
    match watch.during(async { Ok(session.prepare(sql).await?) }).await? {
        Prepared::Query(planned) => {
            let schema = safe_schema(&planned.schema());
            let (formats, zone) = (vec![Format::Text; schema.fields().len()], client.zone()?);
            let running = watch.reading(async { Ok(session.start(*planned).await?) }).await?;
            describe(output, &schema, &formats)?;
            let mut rows = Rows::of_query(running, formats, zone);
            watch.reading(rows.send(output, 0)).await?;
            complete(output, &format!("SELECT {}", rows.sent));
        }
        Prepared::Command(command) => {
            if !command.is_setting() {
                client.check_change()?;
            }
            let done = watch.during(async { Ok(session.run(*command).await?) }).await?;
            complete(output, &tag(&done));
        }
    }
    Ok(())
}

//! Statements as one text: each is run and answered before the next one begins; the first that fails is the last.

use huitong_engine::script;
use huitong_engine::statement::Prepared;

use super::answer::{Rows, complete, describe, tag};
use super::catalog::rewrite;
use super::command::Command;
use super::connection::{Client, Outcome, Watch};
use super::copy::{self, Copy};
use super::encode::Format;
use super::input::Broken;
use super::output::Output;
use super::problem::{Severity, Stop, put};
use crate::flight::clients::safe_schema;

/// Runs what a client sent; it is told what fails.
pub async fn run(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, sent: &str) -> Result<(), Broken> {
    let statements = match super::input::check_text(sent).and_then(|()| script::cut(sent)) {
        Ok(statements) => statements,
        Err(error) => {
            client.transaction.fail();
            put(output, Severity::Error, &error.into(), Some((sent, 0)));
            return Ok(());
        }
    };
    if statements.is_empty() {
        output.put(b'I', |_| {});
    }
    for (begins, sql) in statements {
        match statement(client, watch, output, sql).await {
            Ok(()) => {}
            Err(Stop::Failed(problem)) => {
                client.transaction.fail();
                put(output, Severity::Error, &problem, Some((sent, begins)));
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
    client.transaction.check()?;
    let (session, sql) = (client.session.clone(), rewrite(sql));
    match watch.during(async { Ok(session.prepare(&sql).await?) }).await? {
        Prepared::Query(planned) => {
            let schema = safe_schema(&planned.schema());
            let (formats, zone) = (vec![Format::Text; schema.fields().len()], client.zone()?);
            let running = watch.during(async { Ok(session.start(*planned).await?) }).await?;
            describe(output, &schema, &formats)?;
            let mut rows = Rows::of_query(running, formats, zone);
            watch.during(rows.send(output, 0)).await?;
            complete(output, &format!("SELECT {}", rows.sent));
        }
        Prepared::Command(command) => {
            if !command.is_setting() {
                client.transaction.check_change()?;
            }
            let done = watch.during(async { Ok(session.run(*command).await?) }).await?;
            complete(output, &tag(&done));
        }
    }
    Ok(())
}

//! The guided tour: questions to the city, with their SQL, answers, times and back ends.

use std::io::Write;
use std::time::Instant;

use futures::TryStreamExt;
use huitong_catalog::identity::Principal;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::of_datafusion;
use huitong_engine::{Answer, Door, Session};
use huitong_terminal::{Format, Output, format};

use crate::node::Node;

/// Each query stands below a comment with its title.
const TOUR: &str = include_str!("../../apps/city/tour.sql");

/// Runs the tour once on whatever back end `auto` chooses; a line that begins with `@staged` in a title asks for the
/// cluster.
pub async fn show(node: &Node) -> Result<()> {
    let session = node.engine.session(Principal::operator(), Door::Direct);
    for (number, stop) in stops(TOUR).into_iter().enumerate() {
        println!("── {}. {}", number + 1, stop.title);
        println!("{}\n", stop.sql);
        let wish = if stop.staged { "staged" } else { "auto" };
        session.execute(&format!("SET huitong.backend = '{wish}'")).await?;
        answer(&session, &stop.sql).await?;
    }
    Ok(())
}

struct Stop {
    title: String,
    sql: String,
    staged: bool,
}

fn stops(tour: &str) -> Vec<Stop> {
    let pieces = tour.split("\n\n").filter_map(|piece| piece.trim().strip_prefix("-- "));
    let stop = |piece: &str| {
        let (title, sql) = piece.split_once('\n')?;
        let staged = title.contains("@staged");
        let title = title.replace("@staged", "").trim().to_owned();
        Some(Stop { title, sql: sql.trim().trim_end_matches(';').to_owned(), staged })
    };
    pieces.filter_map(stop).collect()
}

async fn answer(session: &Session, sql: &str) -> Result<()> {
    let begun = Instant::now();
    let Answer::Rows(rows) = session.execute(sql).await? else {
        return Err(Error::new(Code::INTERNAL, "a query of the tour is no query"));
    };
    let output = Output::stdout(Format::Table);
    let backend = rows.backend;
    let mut out = std::io::stdout();
    let mut stream = rows.stream;
    {
        let mut table = format::writer(Format::Table, &output.table, &mut out);
        let unwritable =
            |e: huitong_terminal::WriteError| Error::new(Code::INTERNAL, format!("the table cannot be shown: {e}"));
        table.begin(&rows.schema).map_err(unwritable)?;
        while let Some(batch) = stream.try_next().await.map_err(of_datafusion)? {
            table.batch(&batch).map_err(unwritable)?;
        }
        table.finish().map_err(unwritable)?;
    }
    writeln!(out, "{:.0} ms, back end {backend}\n", begun.elapsed().as_secs_f64() * 1000.0).ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_has_a_title_and_one_query() {
        let stops = stops(TOUR);
        assert!(stops.len() >= 6, "{}", stops.len());
        for stop in stops {
            assert!(stop.title.contains(" | "), "{}", stop.title);
            assert!(!stop.sql.contains(';') && stop.sql.to_uppercase().contains("SELECT"), "{}", stop.sql);
        }
    }
}

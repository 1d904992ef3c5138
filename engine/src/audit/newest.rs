//! Records from the newest on, from the state database and from segments.

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use huitong_catalog::audit::{Digest, Line, Record, Window};
use huitong_catalog::{Code, Error, Result};

use super::Audit;

/// Segments that are read at a time.
const AHEAD: usize = 2;

/// A record, and the segment that it is in.
pub struct Row {
    pub segment: Option<u64>,
    pub record: Record,
}

/// The records of a window, some at a time, the newest first.
pub fn newest(audit: Audit, window: Window) -> BoxStream<'static, Result<Vec<Row>>> {
    // First those that are in no segment. The oldest of them may be put into one meanwhile: what is older than the last that was seen is
    // then found there, and what is not was seen.
    let walked = stream::try_unfold(Place::Tail { below: u64::MAX }, move |place| {
        let audit = audit.clone();
        async move {
            Ok::<_, Error>(match place {
                Place::Tail { below } => {
                    let rows = tail(&audit, below, &window).await?;
                    let next = rows.last().map_or(Place::Segments { seen: below, below: u64::MAX }, |row| {
                        Place::Tail { below: row.record.seq }
                    });
                    Some((stream::once(async { Ok(rows) }).boxed(), next))
                }
                Place::Segments { seen, below } => {
                    let listed = audit.inner.state.audit_segments_below(below, &window).await?;
                    let last = listed.last().map(|(number, _)| *number);
                    last.map(|last| (segments(audit, listed, seen).boxed(), Place::Segments { seen, below: last }))
                }
            })
        }
    });
    let is_wanted = move |row: &Row| window.has(row.record.seq, row.record.event.time);
    let walked: BoxStream<'static, Result<BoxStream<'static, Result<Vec<Row>>>>> = walked.boxed();
    walked.try_flatten().map_ok(move |rows| rows.into_iter().filter(is_wanted).collect()).boxed()
}

/// How far somebody who reads has come.
enum Place {
    /// Before this number.
    Tail { below: u64 },
    /// Before this segment; from the number `seen` on records are known.
    Segments { seen: u64, below: u64 },
}

async fn tail(audit: &Audit, below: u64, window: &Window) -> Result<Vec<Row>> {
    let lines = audit.inner.state.audit_tail_below(below, window).await?;
    lines.iter().map(|line| Ok(Row { segment: None, record: Line::read(&line.text)? })).collect()
}

fn segments(audit: Audit, listed: Vec<(u64, Digest)>, seen: u64) -> impl Stream<Item = Result<Vec<Row>>> {
    let read = stream::iter(listed).map(move |(number, hash)| {
        let audit = audit.clone();
        async move { segment(&audit, number, hash).await }
    });
    read.buffered(AHEAD).map_ok(move |rows| rows.into_iter().filter(|row| row.record.seq < seen).collect())
}

/// The records of a segment, which has to be the one that was written.
async fn segment(audit: &Audit, number: u64, hash: Digest) -> Result<Vec<Row>> {
    let damaged = || {
        Error::new(Code::AUDIT_BROKEN, format!("segment {number} of the audit is not the one that was written"))
            .with_hint("`huitong audit verify` names the first record that is not as it was written")
    };
    let bytes = audit.inner.get(number).await?;
    if Digest::of(&[&bytes]) != hash {
        return Err(damaged());
    }
    let text = String::from_utf8(bytes).map_err(|error| damaged().caused_by(error))?;
    let lines: Vec<&str> = text.lines().collect();
    // Without the header and the footer.
    let lines = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    lines.iter().rev().map(|line| Ok(Row { segment: Some(number), record: Line::read(line)? })).collect()
}

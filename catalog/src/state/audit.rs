//! Rows of `audit_tail`, `audit_segments` and `audit_head`: audit records between their statement and their segment.
//!
//! A record is durable as soon as it is here. The end of the chain moves in the same transaction, and only from where whoever moves
//! it believes it to be, so no two records ever follow the same one.

use std::ops::RangeInclusive;

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::columns::{corrupt, get};
use super::{State, store_error};
use crate::audit::{Digest, Event, Line, Position, Window};
use crate::clock::Timestamp;
use crate::error::Result;

/// Lines that go to the database with one statement.
const LINES_MAX: usize = 100;
/// Lines, or segments, that are listed at a time.
const PAGE: i64 = 1_000;

/// The newest record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditHead {
    /// 0 before the first.
    pub seq: u64,
    pub hash: Digest,
}

impl State {
    pub async fn audit_head(&self) -> Result<AuditHead> {
        let sql = "SELECT seq, hash FROM audit_head WHERE id = 1";
        let row = sqlx::query(sql).fetch_one(&self.pool).await.map_err(store_error)?;
        Ok(AuditHead { seq: number(&row, "seq")?, hash: digest(&row, "hash")? })
    }

    /// Adds lines, each behind the other and the first behind `head`, all or none; the answer is where the chain ends then. Refused
    /// (HT0302) when it ended somewhere else.
    pub async fn append_audit(&self, head: &AuditHead, lines: &[Line]) -> Result<AuditHead> {
        let Some(last) = lines.last() else { return Ok(*head) };
        let next = AuditHead { seq: last.seq, hash: last.hash };
        let mut transaction = self.begin_change().await?;
        let sql = "UPDATE audit_head SET seq = $3, hash = $4 WHERE id = 1 AND seq = $1 AND hash = $2";
        let query = sqlx::query(sql).bind(stored(head.seq)?).bind(head.hash.to_string());
        let query = query.bind(stored(next.seq)?).bind(next.hash.to_string());
        let moved = query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected();
        if moved != 1 {
            return Err(corrupt(format!("the audit in the state database does not end with record {}", head.seq)));
        }
        for lines in lines.chunks(LINES_MAX) {
            insert(&mut transaction, lines).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(next)
    }

    /// Adds one record behind whatever the end of the chain is, for whoever is not the one who usually writes; the answer is its number.
    pub async fn append_audit_event(&self, event: &Event) -> Result<u64> {
        let mut transaction = self.begin_change().await?;
        // From here on nobody else moves the end.
        let hold = "UPDATE audit_head SET seq = seq WHERE id = 1";
        sqlx::query(hold).execute(&mut *transaction).await.map_err(store_error)?;
        let sql = "SELECT seq, hash FROM audit_head WHERE id = 1";
        let row = sqlx::query(sql).fetch_one(&mut *transaction).await.map_err(store_error)?;
        let line = Line::new(digest(&row, "hash")?, number(&row, "seq")? + 1, event)?;
        let query = sqlx::query("UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1");
        let query = query.bind(stored(line.seq)?).bind(line.hash.to_string());
        query.execute(&mut *transaction).await.map_err(store_error)?;
        insert(&mut transaction, std::slice::from_ref(&line)).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(line.seq)
    }

    /// The oldest lines that are in no segment, at most so many.
    pub async fn audit_tail(&self, limit: usize) -> Result<Vec<Line>> {
        let query = sqlx::query("SELECT seq, line FROM audit_tail ORDER BY seq LIMIT $1");
        let query = query.bind(i64::try_from(limit).unwrap_or(i64::MAX));
        query.fetch_all(&self.pool).await.map_err(store_error)?.iter().map(line).collect()
    }

    /// How many lines are in no segment, and their bytes.
    pub async fn audit_tail_size(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*) AS lines, CAST(coalesce(sum(length(line)), 0) AS BIGINT) AS size FROM audit_tail";
        let row = sqlx::query(sql).fetch_one(&self.pool).await.map_err(store_error)?;
        Ok((number(&row, "lines")?, number(&row, "size")?))
    }

    /// The end of the newest segment; that of none before the first.
    pub async fn audit_sealed(&self) -> Result<Position> {
        let sql = "SELECT number, last_seq, chain, hash, root FROM audit_segments ORDER BY number DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_optional(&self.pool).await.map_err(store_error)?;
        row.as_ref().map_or(Ok(Position::default()), |row| {
            Ok(Position {
                segment: number(row, "number")?,
                seq: number(row, "last_seq")?,
                chain: digest(row, "chain")?,
                hash: digest(row, "hash")?,
                root: digest(row, "root")?,
            })
        })
    }

    /// Lines that are in no segment, of the window's numbers and before `below`, the newest first, some of them.
    pub async fn audit_tail_below(&self, below: u64, window: &Window) -> Result<Vec<Line>> {
        let sql =
            "SELECT seq, line FROM audit_tail WHERE seq < $1 AND seq >= $2 AND seq <= $3 ORDER BY seq DESC LIMIT $4";
        let query = sqlx::query(sql).bind(bounded(below)).bind(window.first).bind(window.last).bind(PAGE);
        let rows = query.fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(line).collect()
    }

    /// Segments that may have records which the window is open for, with their hashes: those before the segment `below`, the newest first,
    /// some of them.
    pub async fn audit_segments_below(&self, below: u64, window: &Window) -> Result<Vec<(u64, Digest)>> {
        // A segment begins behind the end of the one before it.
        let sql = "SELECT number, hash FROM audit_segments WHERE number < $5 AND last_seq >= $1 AND number <= \
                   COALESCE((SELECT MIN(number) FROM audit_segments WHERE last_seq >= $2), number) \
                   AND (newest IS NULL OR newest >= $3) AND (oldest IS NULL OR oldest <= $4) ORDER BY number DESC LIMIT $6";
        let query = sqlx::query(sql).bind(window.first).bind(window.last).bind(window.from).bind(window.until);
        let query = query.bind(bounded(below)).bind(PAGE);
        let rows = query.fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(|row| Ok((number(row, "number")?, digest(row, "hash")?))).collect()
    }

    /// Writes down a segment whose object is there, with the times of its records, and lets go of its lines. False when it was written down
    /// before.
    pub async fn seal_audit(&self, end: &Position, times: RangeInclusive<i64>, now: Timestamp) -> Result<bool> {
        let mut transaction = self.begin_change().await?;
        let sql = "INSERT INTO audit_segments (number, last_seq, chain, hash, root, sealed_at, oldest, newest) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (number) DO NOTHING";
        let query = sqlx::query(sql).bind(stored(end.segment)?).bind(stored(end.seq)?).bind(end.chain.to_string());
        let query = query.bind(end.hash.to_string()).bind(end.root.to_string()).bind(now.ms());
        let query = query.bind(*times.start()).bind(*times.end());
        let written = query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() == 1;
        if written {
            let query = sqlx::query("DELETE FROM audit_tail WHERE seq <= $1").bind(stored(end.seq)?);
            query.execute(&mut *transaction).await.map_err(store_error)?;
            transaction.commit().await.map_err(store_error)?;
        }
        Ok(written)
    }
}

async fn insert(transaction: &mut Transaction<'_, Any>, lines: &[Line]) -> Result<()> {
    let places: Vec<String> = (0..lines.len()).map(|at| format!("(${}, ${})", 2 * at + 1, 2 * at + 2)).collect();
    let sql = format!("INSERT INTO audit_tail (seq, line) VALUES {}", places.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for line in lines {
        query = query.bind(stored(line.seq)?).bind(&line.text);
    }
    query.execute(&mut **transaction).await.map_err(store_error)?;
    Ok(())
}

/// The hash is what the text says; whether it is right, the chain tells.
fn line(row: &AnyRow) -> Result<Line> {
    let (seq, text): (u64, String) = (number(row, "seq")?, get(row, "line")?);
    let hash = Line::read(&text)?.hash;
    Ok(Line { seq, text, hash })
}

fn digest(row: &AnyRow, column: &str) -> Result<Digest> {
    let text: String = get(row, column)?;
    text.parse().map_err(|_| corrupt(format!("the state database has no hash as `{column}` of the audit")))
}

fn number(row: &AnyRow, column: &str) -> Result<u64> {
    let number: i64 = get(row, column)?;
    u64::try_from(number).map_err(|_| corrupt(format!("the state database has `{number}` as `{column}` of the audit")))
}

/// As an upper bound.
fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn stored(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| corrupt(format!("the audit has no record {number}")))
}

//! The little in which the two databases differ.

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What each new connection is told first: that a writer waits for another one as long as a call waits for a
    /// connection; for SQLite that what was committed survives a power cut; for PostgreSQL that a process which stands still in
    /// the middle of a change gives its locks back before its lease ends, so that the next coordinator can take that.
    pub const fn setup(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; \
                 PRAGMA synchronous = FULL"
            }
            Self::Postgres => "SET lock_timeout = 10000; SET idle_in_transaction_session_timeout = 5000",
        }
    }

    /// Begins a transaction that writes. SQLite takes the right to write at once: one that has read before could not get it any
    /// more when somebody else has written since.
    pub const fn begin_change(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Begins a transaction in which all tables are read as of one moment.
    pub const fn begin_backup(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Reads the epoch of the lease `$1`, which nobody else writes until the transaction ends. Changes do not wait for each other.
    pub const fn hold_epoch(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT epoch FROM leases WHERE name = $1",
            Self::Postgres => "SELECT epoch FROM leases WHERE name = $1 FOR SHARE",
        }
    }

    /// The database's own time in milliseconds since 1970, read when the expression is, not when the transaction began.
    pub const fn now_ms(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(unixepoch('subsec') * 1000 AS BIGINT)",
            Self::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }
}

//! The little in which the two databases differ.

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What each new connection is told first: that a writer waits for another one as long as a call waits for a
    /// connection, and for SQLite that what was committed survives a power cut.
    pub const fn setup(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; \
                 PRAGMA synchronous = FULL"
            }
            Self::Postgres => "SET lock_timeout = 10000",
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

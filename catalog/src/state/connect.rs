//! Opening the database, of either kind.

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, Connection, Executor};

use super::dialect::Dialect;
use super::{State, migrations, store_error};
use crate::config::{PostgresUrl, StatePlace};
use crate::error::{Code, Error, Result};

/// How long a call waits for a connection before it gives up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// SQLite has one writer at a time; a few more connections let readers pass it.
const SQLITE_CONNECTIONS_MAX: u32 = 4;

/// A server has some hundred connections for all of its clients.
const POSTGRES_CONNECTIONS_MAX: u32 = 8;

impl State {
    /// Opens what the configuration names, and brings its tables up to date.
    pub async fn at(place: &StatePlace) -> Result<Self> {
        match place {
            StatePlace::File(path) => Self::open(path).await,
            StatePlace::Postgres(url) => Self::connect(url).await,
        }
    }

    /// Opens the SQLite file, creating it when missing (not its directory), and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        let named =
            |error| Error { message: format!("the state database `{}` cannot be opened", path.display()), ..error };
        create_private(path).map_err(named)?;
        let url = format!("sqlite:{}?mode=rwc", percent_encoded(path));
        let pool = AnyPoolOptions::new().max_connections(SQLITE_CONNECTIONS_MAX);
        Self::start(pool, &url, Dialect::Sqlite).await.map_err(named)
    }

    /// Connects to a PostgreSQL database, which exists already, and brings its tables up to date.
    pub async fn connect(url: &PostgresUrl) -> Result<Self> {
        let named = |error| Error { message: format!("the state database `{url}` cannot be opened"), ..error };
        let pool = AnyPoolOptions::new().max_connections(POSTGRES_CONNECTIONS_MAX);
        Self::start(pool, url.secret(), Dialect::Postgres).await.map_err(named)
    }

    /// A database that lives as long as the handle; for tests and demonstrations.
    pub async fn in_memory() -> Result<Self> {
        // Every connection to `:memory:` is a database of its own, so there must be exactly one, kept for ever.
        let pool = AnyPoolOptions::new().min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None);
        Self::start(pool, "sqlite::memory:", Dialect::Sqlite).await
    }

    async fn start(pool: AnyPoolOptions, url: &str, dialect: Dialect) -> Result<Self> {
        install_default_drivers();
        let options: AnyConnectOptions = url.parse().map_err(store_error)?;
        try_out(&options, dialect).await?;
        let pool = pool.acquire_timeout(ACQUIRE_TIMEOUT).after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(dialect.setup()).await.map(drop) })
        });
        let pool = pool.connect_with(options).await.map_err(store_error)?;
        migrations::run(&pool, dialect).await?;
        Ok(Self { pool, dialect, fence: None })
    }
}

/// A pool tries again and again and then only tells that it gave up; this tells at once what is wrong.
async fn try_out(options: &AnyConnectOptions, dialect: Dialect) -> Result<()> {
    let attempt = async {
        loop {
            match connect_once(options, dialect).await {
                // Two processes turn a new file's log on, and there alone SQLite does not wait.
                Err(error) if is_busy(&error) => tokio::time::sleep(BUSY_PAUSE).await,
                done => return done,
            }
        }
    };
    tokio::time::timeout(ACQUIRE_TIMEOUT, attempt).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(store_error)
}

async fn connect_once(options: &AnyConnectOptions, dialect: Dialect) -> sqlx::Result<()> {
    let mut connection = AnyConnection::connect_with(options).await?;
    connection.execute(dialect.setup()).await?;
    connection.close().await
}

fn is_busy(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: &str = "5";
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some(SQLITE_BUSY)
}

/// Password hashes are nobody else's business; SQLite gives its log files the permissions of the database file.
fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path).map_err(|error| Error::new(Code::STORE_UNAVAILABLE, "").caused_by(error));
    opened.map(drop)
}

/// All but letters and digits, so that nothing in a path has a meaning in a URL.
fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

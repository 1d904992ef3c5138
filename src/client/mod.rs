//! Ways to reach an engine: over Flight SQL, or in this process.

mod embedded;
mod flight;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use clap::Args;
use futures::stream::BoxStream;
use huitong_catalog::config::Serve;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::audit::Audit;
use huitong_terminal::excerpt::{excerpt, stderr_columns};
use huitong_terminal::{ClientError, Connection, Format, Interrupts, Output, run_script};

pub use embedded::Embedded;
pub use flight::Flight;

use crate::node::{self, Cluster, Node};
use crate::signals::Stop;

const URL: &str = "grpc://127.0.0.1:50050";
const USER: &str = "admin";

/// Where to connect, and as whom. Passwords are never arguments: every process of a machine sees those.
#[derive(Args)]
pub struct Target {
    // The environment is read by hand: clap counts a variable as typed, and then it conflicts with `--dir`.
    /// A server, as grpc://HOST:PORT, or grpc+tls://HOST:PORT [env: HUITONG_URL] [default: grpc://127.0.0.1:50050].
    #[arg(long, conflicts_with = "dir")]
    url: Option<String>,
    /// The user; the password is asked for, or read from HUITONG_PASSWORD (a token from HUITONG_TOKEN)
    /// [env: HUITONG_USER] [default: admin].
    #[arg(long, short = 'u', conflicts_with = "dir")]
    user: Option<String>,
    /// A certificate (PEM) to trust for grpc+tls, such as that of a private authority.
    #[arg(long, conflicts_with = "dir")]
    ca: Option<PathBuf>,
    /// Open a data directory in this process, without a server, as its administrator.
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Rows on their way into a table.
pub struct Load {
    pub table: TableName,
    pub schema: SchemaRef,
    pub rows: BoxStream<'static, Result<RecordBatch>>,
}

/// A connection that can also load.
#[async_trait::async_trait]
pub trait Client: Connection {
    /// Adds rows with one commit, making the table when it is new; the answer is how many there were.
    async fn load(&self, load: Load) -> Result<u64>;
}

/// An open connection, and what lives as long as it.
pub struct Opened {
    pub client: Arc<dyn Client>,
    embedded: Option<(Stop, Cluster, Audit)>,
}

impl Target {
    /// Whether it is a directory, and no server.
    pub fn is_directory(&self) -> bool {
        self.dir.is_some()
    }

    pub async fn open(&self) -> Result<Opened> {
        match &self.dir {
            None => {
                let url = typed_or(self.url.as_deref(), "HUITONG_URL", URL);
                let user = typed_or(self.user.as_deref(), "HUITONG_USER", USER);
                let client = Flight::connect(&url, &user, self.ca.as_deref()).await?;
                Ok(Opened { client: Arc::new(client), embedded: None })
            }
            Some(dir) => {
                let node = Node::open(&Serve::from_document(&node::document_of(dir)?)?, &[], node::Executors::Embedded)
                    .await?;
                let stop = Stop::on_demand();
                let cluster = node.start_cluster(&stop).await?;
                let audit = node.engine.audit().clone();
                let client = Embedded::operator(node);
                Ok(Opened { client: Arc::new(client), embedded: Some((stop, cluster, audit)) })
            }
        }
    }
}

/// What was typed, or else what the environment says; an empty variable says nothing.
fn typed_or(typed: Option<&str>, variable: &str, default: &str) -> String {
    let said = || std::env::var(variable).ok().filter(|value| !value.is_empty());
    typed.map(str::to_owned).or_else(said).unwrap_or_else(|| default.to_owned())
}

impl Opened {
    /// Ends what was started for the connection.
    pub async fn close(self) -> Result<()> {
        drop(self.client);
        match self.embedded {
            None => Ok(()),
            Some((stop, cluster, audit)) => {
                audit.finish(node::AUDIT_GRACE).await;
                stop.now();
                cluster.ended().await
            }
        }
    }
}

/// An error as a person sees it, with the line of SQL and a caret under the place.
pub fn shown(error: &Error, sql: &str) -> ClientError {
    let excerpt = error.place.and_then(|place| {
        let (line, column) = (usize::try_from(place.line).ok()?, usize::try_from(place.column).ok()?);
        excerpt(sql, line, column, stderr_columns())
    });
    let excerpt = excerpt.map(|excerpt| format!("\n{excerpt}"));
    ClientError {
        code: Some(error.code.to_string()),
        message: format!("{}{}", error.message, excerpt.unwrap_or_default()),
        hint: error.hint.clone(),
        query: error.query().map(str::to_owned),
    }
}

/// An error of the client as one of ours, for verbs that end with it.
pub fn told(error: &ClientError) -> Error {
    let code = error.code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(Code::INTERNAL);
    let told = Error::new(code, error.message.clone());
    match &error.hint {
        Some(hint) => told.with_hint(hint.clone()),
        None => told,
    }
}

/// Runs a script and shows what it answers, until Ctrl-C.
pub async fn script_on(target: &Target, script: &str, format: Format) -> Result<ExitCode> {
    let interrupts =
        Interrupts::from_ctrl_c().map_err(|e| Error::new(Code::INTERNAL, "Ctrl-C cannot be handled").caused_by(e))?;
    let opened = target.open().await?;
    let (output, mut out, mut errors) = (Output::stdout(format), std::io::stdout(), std::io::stderr());
    let connection: &dyn Connection = opened.client.as_ref();
    let outcome = run_script(connection, script, &output, &interrupts, &mut out, &mut errors).await;
    opened.close().await?;
    Ok(outcome.into())
}

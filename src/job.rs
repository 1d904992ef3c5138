//! `huitong job`: scripts that run on the server, once or by schedule, whoever is connected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use arrow::array::AsArray;
use clap::{Args, Subcommand, ValueEnum};
use futures::TryStreamExt;
use huitong_catalog::ids::{SystemRandomness, uuid};
use huitong_catalog::{Code, Error, Result};
use huitong_terminal::{Connection, Format, Outcome};

use crate::client::{Target, script_on, told};

/// How often a run that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Hand in a script; it runs once, at once, or by a schedule.
    Submit(Submit),
    /// List jobs and their last runs.
    List {
        #[command(flatten)]
        shown: Shown,
    },
    /// Show a job's runs, or a run's attempts and log.
    Show {
        /// A job's name or a run's id.
        what: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// End a run.
    Cancel {
        run: String,
        #[command(flatten)]
        target: Target,
    },
    /// Let a run that failed or was cancelled go on behind the steps that it has done.
    Retry {
        run: String,
        #[command(flatten)]
        target: Target,
    },
    /// Let the ticks of a schedule count again, from now on.
    Enable {
        job: String,
        #[command(flatten)]
        target: Target,
    },
    /// Let no tick of a schedule count from now on.
    Disable {
        job: String,
        #[command(flatten)]
        target: Target,
    },
    /// Remove a job with its runs and logs; what it wrote stays.
    Drop {
        job: String,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Args)]
struct Submit {
    /// The statements, separated by `;`.
    file: PathBuf,
    /// The job's name; the file's, with some random digits, if missing.
    #[arg(long)]
    name: Option<String>,
    /// A value for `:KEY` in the script.
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = param)]
    params: Vec<(String, String)>,
    /// When it runs: minute hour day month weekday, such as "0 6 8 * *".
    #[arg(long)]
    cron: Option<String>,
    /// The time zone of the schedule.
    #[arg(long, default_value = "Asia/Shanghai", requires = "cron")]
    zone: String,
    /// Which of the ticks run that passed while no server was there.
    #[arg(long, value_enum, default_value_t = CatchUp::Last, requires = "cron")]
    catch_up: CatchUp,
    /// How often a run that failed is tried again.
    #[arg(long, default_value_t = 0)]
    retries: u32,
    /// How long before that.
    #[arg(long, default_value = "60s")]
    retry_wait: String,
    /// How long an attempt may take.
    #[arg(long)]
    timeout: Option<String>,
    /// Stay until the run has ended; fail if it did.
    #[arg(long, conflicts_with = "cron")]
    wait: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, ValueEnum)]
enum CatchUp {
    None,
    Last,
    All,
}

impl CatchUp {
    fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Last => "last",
            Self::All => "all",
        }
    }
}

#[derive(Args)]
struct Shown {
    /// How the list is written: table, csv, json, ndjson or markdown.
    #[arg(long, default_value = "table")]
    format: String,
    #[command(flatten)]
    target: Target,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.verb {
        Verb::Submit(submit) => submit.run().await,
        Verb::List { shown } => shown.run(LIST).await,
        Verb::Show { what, shown } => shown.run(&show(&what)).await,
        Verb::Cancel { run, target } => call(&target, "cancel_run", &run).await,
        Verb::Retry { run, target } => call(&target, "retry_run", &run).await,
        Verb::Enable { job, target } => call(&target, "enable_job", &job).await,
        Verb::Disable { job, target } => call(&target, "disable_job", &job).await,
        Verb::Drop { job, target } => call(&target, "drop_job", &job).await,
    }
}

const LIST: &str = "SELECT j.job, j.owner, j.cron, j.enabled, j.next_tick, r.run AS last_run, r.state, r.started, r.ended, r.error \
    FROM huitong.batch_jobs j LEFT JOIN (SELECT *, row_number() OVER (PARTITION BY job ORDER BY tick DESC) AS n FROM huitong.batch_runs) r \
    ON r.job = j.job AND r.n = 1 ORDER BY j.job";

fn show(what: &str) -> String {
    let what = quoted(what);
    format!(
        "SELECT run, job, tick, cause, state, steps, steps_done, attempts, started, ended, rows, error \
         FROM huitong.batch_runs WHERE job = {what} OR run = {what} ORDER BY tick DESC; \
         SELECT attempt, started, ended, outcome, error FROM huitong.batch_attempts WHERE run = {what} ORDER BY attempt; \
         SELECT line, time, text FROM huitong.batch_log WHERE run = {what} ORDER BY line"
    )
}

impl Shown {
    async fn run(&self, script: &str) -> Result<ExitCode> {
        let format: Format = self.format.parse().map_err(|e| told(&e))?;
        script_on(&self.target, script, format).await
    }
}

async fn call(target: &Target, procedure: &str, what: &str) -> Result<ExitCode> {
    script_on(target, &format!("CALL huitong.{procedure}({})", quoted(what)), Format::Csv).await
}

impl Submit {
    async fn run(self) -> Result<ExitCode> {
        let sql = std::fs::read_to_string(&self.file).map_err(|e| {
            let text = format!("`{}` cannot be read: {e}", self.file.display());
            Error::new(Code::FILE_MISSING, text).caused_by(e)
        })?;
        if self.wait && self.target.is_directory() {
            return Err(Error::new(
                Code::BAD_JOB,
                "nobody works on jobs in a directory that is opened without a server",
            )
            .with_hint("leave --wait out: the job runs when a server is started there"));
        }
        let name = match &self.name {
            Some(name) => name.clone(),
            None => name_of(&self.file)?,
        };
        let statement = self.statement(&name, &sql);
        let opened = self.target.open().await?;
        let connection: &dyn Connection = opened.client.as_ref();
        let done = connection.execute(&statement).await.map_err(|e| told(&e));
        let code = match done {
            Ok(_) => {
                println!("{name}");
                if self.wait { wait(connection, &name).await } else { Ok(ExitCode::SUCCESS) }
            }
            Err(error) => Err(error),
        };
        opened.close().await?;
        code
    }

    fn statement(&self, name: &str, sql: &str) -> String {
        let params: BTreeMap<_, _> = self.params.iter().cloned().collect();
        let mut arguments = vec![
            ("name", name.to_owned()),
            ("sql", sql.to_owned()),
            ("params", serde_json::json!(params).to_string()),
            ("zone", self.zone.clone()),
            ("catch_up", self.catch_up.as_str().to_owned()),
            ("retries", self.retries.to_string()),
            ("retry_wait", self.retry_wait.clone()),
        ];
        arguments.extend(self.cron.clone().map(|cron| ("cron", cron)));
        arguments.extend(self.timeout.clone().map(|timeout| ("timeout", timeout)));
        let arguments = arguments.iter().map(|(name, value)| format!("{name} => {}", quoted(value)));
        format!("CALL huitong.submit_job({})", arguments.collect::<Vec<_>>().join(", "))
    }
}

/// Until the job's run has ended; tells its error.
async fn wait(connection: &dyn Connection, job: &str) -> Result<ExitCode> {
    let query =
        format!("SELECT state, coalesce(error, '') AS error FROM huitong.batch_runs WHERE job = {}", quoted(job));
    loop {
        let mut found = false;
        let mut batches = connection.execute(&query).await.map_err(|e| told(&e))?.batches;
        while let Some(batch) = batches.try_next().await.map_err(|e| told(&e))? {
            if batch.num_rows() == 0 {
                continue;
            }
            found = true;
            let text = |column: usize| batch.column(column).as_string::<i32>().value(0).to_owned();
            match text(0).as_str() {
                "done" => return Ok(ExitCode::SUCCESS),
                "waiting" | "running" => {}
                state => {
                    eprintln!("the run is {state}: {}", text(1));
                    return Ok(Outcome::Failed.into());
                }
            }
        }
        if !found {
            return Err(Error::new(Code::UNKNOWN_JOB, format!("there is no job `{job}` any more")));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn name_of(file: &Path) -> Result<String> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let is_fit = |c: char| c.is_alphanumeric() || c == '_';
    let stem: String = stem.chars().map(|c| if is_fit(c) { c } else { '_' }).collect();
    Ok(format!("{stem}_{}", &uuid(&SystemRandomness)?[..8]))
}

fn param(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

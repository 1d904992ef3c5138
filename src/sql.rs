//! `huitong sql`: ask in SQL, at a prompt or from a script.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use huitong_catalog::{Code, Error, Result};
use huitong_terminal::{Connection, Format, Interrupts, Outcome, Output, ReplOptions, run_repl, run_script};
use tokio::runtime::Runtime;

use crate::client::{Opened, Target, told};
use crate::outfile::OutFile;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Run these statements, separated by `;`, and leave.
    #[arg(short = 'c', long = "command", conflicts_with = "file", allow_hyphen_values = true, value_parser = statements)]
    command: Option<String>,
    /// Run the statements of a file and leave; `-` is standard input.
    #[arg(short = 'f', long)]
    file: Option<PathBuf>,
    /// How results are written: table, csv, json, ndjson, markdown, parquet or arrow.
    #[arg(long, default_value = "table")]
    format: String,
    /// Write results into a file instead of standard output; it is replaced once all statements have run.
    #[arg(short = 'o', long)]
    output: Option<PathBuf>,
}

pub fn run(arguments: Arguments, runtime: &Runtime) -> Result<ExitCode> {
    let format: Format = arguments.format.parse().map_err(|e| told(&e))?;
    let script = script(&arguments)?;
    let opened = runtime.block_on(arguments.target.open())?;
    let code = match script {
        Some(script) => runtime.block_on(batch(&opened, &script, format, &arguments))?,
        None => prompt(&opened, format, runtime),
    };
    runtime.block_on(opened.close())?;
    Ok(code)
}

/// Statements may begin with a comment, `-- …`; an option there means that the statement was forgotten.
fn statements(text: &str) -> Result<String, String> {
    let mut command = Arguments::augment_args(clap::Command::new("sql"));
    command.build();
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    let is_ours = command.get_arguments().any(|option| {
        let long = option.get_long().is_some_and(|long| name.strip_prefix("--") == Some(long));
        long || option.get_short().is_some_and(|short| text.strip_prefix('-') == Some(short.to_string().as_str()))
    });
    if is_ours { Err(format!("`{name}` is an option: the statement is missing")) } else { Ok(text.to_owned()) }
}

/// The statements to run; none for the prompt.
fn script(arguments: &Arguments) -> Result<Option<String>> {
    let unreadable = |what: &str, e: std::io::Error| {
        Error::new(Code::FILE_MISSING, format!("`{what}` cannot be read: {e}")).caused_by(e)
    };
    let stdin = || {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|e| unreadable("standard input", e)).map(|_| text)
    };
    match (&arguments.command, &arguments.file) {
        (Some(command), _) => Ok(Some(command.clone())),
        (None, Some(file)) if file.as_os_str() == "-" => stdin().map(Some),
        (None, Some(file)) => {
            std::fs::read_to_string(file).map(Some).map_err(|e| unreadable(&file.display().to_string(), e))
        }
        (None, None) if !std::io::stdin().is_terminal() => stdin().map(Some),
        (None, None) => Ok(None),
    }
}

async fn batch(opened: &Opened, script: &str, format: Format, arguments: &Arguments) -> Result<ExitCode> {
    let interrupts =
        Interrupts::from_ctrl_c().map_err(|e| Error::new(Code::INTERNAL, "Ctrl-C cannot be handled").caused_by(e))?;
    let output = match &arguments.output {
        None => Output::stdout(format),
        Some(_) => Output { terminal: false, ..Output::stdout(format) },
    };
    let mut file = arguments.output.as_deref().map(OutFile::create).transpose()?;
    let mut stdout = std::io::stdout();
    let out: &mut (dyn Write + Send) = match &mut file {
        None => &mut stdout,
        Some(file) => file,
    };
    let connection: &dyn Connection = opened.client.as_ref();
    let outcome = run_script(connection, script, &output, &interrupts, out, &mut std::io::stderr()).await;
    match file {
        Some(file) if outcome == Outcome::Done => file.keep()?,
        // What was there before stays.
        _ => {}
    }
    Ok(outcome.into())
}

fn prompt(opened: &Opened, format: Format, runtime: &Runtime) -> ExitCode {
    let history = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".huitong_history"));
    let options = ReplOptions { history, output: Output::stdout(format), ..ReplOptions::default() };
    run_repl(opened.client.clone(), runtime.handle(), options)
}

//! `huitong plan` and `huitong apply`: the city's contracts, from a directory of files into force.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use clap::Args;
use futures::TryStreamExt;
use huitong_catalog::Result;
use huitong_catalog::contracts::{Files, compile};
use huitong_engine::contracts::pack;
use huitong_terminal::Connection;

use crate::client::{Target, told};

#[derive(Args)]
pub struct Arguments {
    /// The directory of the model: elements.yaml, codes, org.yaml, a file for each dataset.
    directory: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Tell in Chinese.
    #[arg(long)]
    zh: bool,
}

#[derive(Args)]
pub struct Apply {
    #[command(flatten)]
    arguments: Arguments,
    /// Apply even what protects less than before, without asking.
    #[arg(long)]
    weaken: bool,
}

/// What the server says about a model.
struct Answer {
    /// Of the model that is in force.
    number: i64,
    lines: Vec<Line>,
}

struct Line {
    sign: String,
    /// Begins with the sign.
    text: String,
}

/// Shows what would change, and fails if something stands in the way.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let files = arguments.read()?;
    let opened = arguments.target.open().await?;
    let answer = ask(opened.client.as_ref(), &files, true, arguments.zh).await;
    opened.close().await?;
    Ok(answer?.show())
}

/// Shows it and does it.
pub async fn apply(apply: Apply) -> Result<ExitCode> {
    let Apply { arguments, weaken } = apply;
    let files = arguments.read()?;
    let opened = arguments.target.open().await?;
    let outcome = apply_to(opened.client.as_ref(), &files, arguments.zh, weaken).await;
    opened.close().await?;
    outcome
}

async fn apply_to(connection: &dyn Connection, files: &str, zh: bool, weaken: bool) -> Result<ExitCode> {
    let answer = ask(connection, files, false, zh).await?;
    if answer.lines.iter().any(|line| line.sign == "x") {
        return Ok(answer.show());
    }
    answer.show();
    let call =
        format!("CALL huitong.apply_model(files => '{files}', before => {}, weaken => '{weaken}')", answer.number);
    connection.execute(&call).await.map_err(|e| told(&e))?;
    println!("{}", if zh { "已生效" } else { "applied" });
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// The files, packed; mistakes are told here, with the paths as they were typed, all of them.
    fn read(&self) -> Result<String> {
        let files = Files::read(&self.directory)?;
        if let Err(mistakes) = compile(&Files::standards(), &files) {
            for mistake in mistakes.iter() {
                eprintln!("{mistake}");
            }
            return Err(mistakes.into_error());
        }
        let texts: BTreeMap<String, String> =
            files.texts().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        pack(&texts)
    }
}

async fn ask(connection: &dyn Connection, files: &str, rows: bool, zh: bool) -> Result<Answer> {
    let call = format!("CALL huitong.plan_model(files => '{files}', rows => '{rows}')");
    let batches = connection.execute(&call).await.map_err(|e| told(&e))?.batches;
    let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(|e| told(&e))?;
    let mut answer = Answer { number: 0, lines: Vec::new() };
    for batch in &batches {
        let text = |name: &str, row: usize| {
            let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
            column.filter(|column| column.is_valid(row)).map(|column| column.value(row).to_owned()).unwrap_or_default()
        };
        let number = batch.column_by_name("in_force").and_then(|column| column.as_primitive_opt::<Int64Type>());
        for row in 0..batch.num_rows() {
            answer.number = number.map(|numbers| numbers.value(row)).unwrap_or_default();
            let text_of = if zh { "chinese" } else { "english" };
            answer.lines.push(Line { sign: text("sign", row), text: text(text_of, row) });
        }
    }
    Ok(answer)
}

impl Answer {
    fn show(&self) -> ExitCode {
        for line in &self.lines {
            println!("{}", line.text);
        }
        let stopped = self.lines.iter().any(|line| line.sign == "x");
        if stopped { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

//! `huitong search`: datasets, fields, elements and code tables by words.

use std::process::ExitCode;

use clap::Args;
use huitong_catalog::Result;
use huitong_terminal::Format;

use crate::client::{Target, script_on, told};

#[derive(Args)]
pub struct Arguments {
    /// Chinese or English words, names of tables and columns, Pinyin or its initials.
    #[arg(required = true)]
    words: Vec<String>,
    /// How many hits at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    #[command(flatten)]
    target: Target,
    /// How hits are shown: table, csv, json and others, as in `huitong sql`.
    #[arg(long, default_value = "table")]
    format: String,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let format: Format = arguments.format.parse().map_err(|e| told(&e))?;
    let (words, limit) = (arguments.words.join(" ").replace('\'', "''"), arguments.limit);
    let script = format!("SELECT kind, dataset, name, zh, en, grade FROM search('{words}', {limit}) ORDER BY rank");
    script_on(&arguments.target, &script, format).await
}

//! The `\` commands, as typed.

use std::path::PathBuf;

use crate::connection::ClientError;
use crate::format::Format;

/// What a person asks of the client itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Quit,
    Help,
    /// Tables, or the columns of the tables of a name.
    Describe(Option<String>),
    Schemas,
    Timing,
    /// Shows the format, or sets it.
    Format(Option<Format>),
    /// Results go to a file, or back to the screen.
    Output(Option<PathBuf>),
    /// Runs a file.
    Input(PathBuf),
}

/// Names and what they do, in the order of `\?`.
pub(super) const HELP: [(&str, &str, &str); 8] = [
    ("\\q", "", "leave (also Ctrl-D, `exit`, `quit`)"),
    ("\\d", "[NAME]", "tables and views; with a name, its columns"),
    ("\\dn", "", "schemas"),
    ("\\timing", "", "tell times, or stop telling them"),
    ("\\format", "[NAME]", "show or set the output format: table, csv, json, ndjson, markdown, parquet, arrow"),
    ("\\o", "[FILE]", "write results to a file; without a file, to the screen again"),
    ("\\i", "FILE", "run the statements of a file"),
    ("\\?", "", "this help"),
];

/// Whether the input is a command and not SQL: commands end with their line.
pub(super) fn is_command(input: &str) -> bool {
    let input = input.trim();
    input.starts_with('\\') || is_farewell(input)
}

/// Reads a command; `None` for SQL.
pub(super) fn parse(input: &str) -> Option<Result<Command, ClientError>> {
    is_command(input).then(|| command(input.trim()))
}

/// The text of `\?`.
pub(super) fn help() -> String {
    let lines = HELP.iter().map(|(name, argument, text)| format!("  {:<17}{text}\n", format!("{name} {argument}")));
    let keys = "  Ctrl-C cancels what runs, or clears the line; Tab completes; statements end with `;`\n";
    lines.chain([keys.to_owned()]).collect()
}

fn is_farewell(input: &str) -> bool {
    let word = input.trim_end_matches([';', '；']).trim_end();
    word.eq_ignore_ascii_case("exit") || word.eq_ignore_ascii_case("quit")
}

fn command(input: &str) -> Result<Command, ClientError> {
    if is_farewell(input) {
        return Ok(Command::Quit);
    }
    let (name, rest) = input.split_once(char::is_whitespace).unwrap_or((input, ""));
    let rest = rest.trim();
    let argument = (!rest.is_empty()).then(|| rest.to_owned());
    let command = match name.trim_end_matches([';', '；']) {
        "\\q" => Command::Quit,
        "\\?" => Command::Help,
        "\\dn" => Command::Schemas,
        "\\timing" => Command::Timing,
        "\\d" => return Ok(Command::Describe(argument.map(|name| name.trim_end_matches([';', '；']).to_owned()))),
        "\\format" => return argument.map(|name| name.parse()).transpose().map(Command::Format),
        "\\o" => return Ok(Command::Output(argument.map(|path| PathBuf::from(unquoted(&path))))),
        "\\i" => {
            let path = argument.ok_or_else(|| ClientError::new("`\\i` needs a file"))?;
            return Ok(Command::Input(PathBuf::from(unquoted(&path))));
        }
        other => return Err(ClientError::new(format!("no command `{other}`")).with_hint("`\\?` shows the commands")),
    };
    match argument {
        None => Ok(command),
        Some(_) => Err(ClientError::new(format!("`{name}` takes no argument"))),
    }
}

fn unquoted(path: &str) -> &str {
    let inner = |quote: char| path.strip_prefix(quote).and_then(|path| path.strip_suffix(quote));
    inner('\'').or_else(|| inner('"')).unwrap_or(path)
}

#[cfg(test)]
mod tests;

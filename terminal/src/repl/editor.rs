//! Binds the line editor: when the input is complete, what Tab proposes, what the history keeps.

use std::path::{Path, PathBuf};

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Helper, Highlighter, Hinter};

use super::command::is_command;
use super::complete::candidates;
use super::names::Names;
use crate::split::{Ending, ending};

const HISTORY_MAX: usize = 10_000;

pub(super) struct Editor {
    line: rustyline::Editor<SqlHelper, FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// A history that is missing or damaged is no reason to refuse work.
    pub(super) fn open(names: Names, history: Option<&Path>) -> rustyline::Result<Self> {
        let config = Config::builder()
            .max_history_size(HISTORY_MAX)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .build();
        let mut line = rustyline::Editor::with_config(config)?;
        line.set_helper(Some(SqlHelper { names, files: FilenameCompleter::new() }));
        if let Some(path) = history {
            let _ = line.load_history(path);
        }
        Ok(Self { line, history: history.map(Path::to_owned) })
    }

    /// The next input: one or more whole statements, or a command.
    pub(super) fn read(&mut self, prompt: &str) -> rustyline::Result<String> {
        let input = self.line.readline(prompt)?;
        if is_kept(&input)
            && self.line.add_history_entry(input.trim_end())?
            && let Some(path) = &self.history
        {
            let _ = self.line.append_history(path);
        }
        Ok(input)
    }
}

/// The history is a plain file: statements that carry a secret stay out of it.
fn is_kept(input: &str) -> bool {
    let lower = input.to_lowercase();
    !input.trim().is_empty() && !["password", "secret", "token"].iter().any(|word| lower.contains(word))
}

#[derive(Helper, Highlighter, Hinter)]
struct SqlHelper {
    names: Names,
    files: FilenameCompleter,
}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let whole = is_command(input) || matches!(ending(input), Ending::Empty | Ending::Complete);
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for SqlHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.trim_start();
        if typed.starts_with("\\i ") || typed.starts_with("\\o ") {
            return self.files.complete_path(line, at);
        }
        let (start, found) = candidates(line, at, &self.names.get());
        Ok((start, found.into_iter().map(|text| Pair { display: text.clone(), replacement: text }).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::is_kept;

    #[test]
    fn the_history_keeps_no_secret_and_nothing_empty() {
        assert!(is_kept("select 1;"));
        assert!(!is_kept(" \n"));
        assert!(!is_kept("create user a PASSWORD 'x';"));
    }
}

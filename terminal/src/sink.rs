//! Where results go: one output that may receive several results, each in the chosen format.

use std::io::{self, BufWriter, Write};

use crate::format::{self, Format, ResultWriter, TableOptions, WriteError};

/// How results are written.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The look of the `table` format.
    pub table: TableOptions,
    /// Whether the output is a terminal: then binary formats are refused and a table fits the window.
    pub terminal: bool,
}

impl Output {
    /// `format` on this process's standard output: at a terminal, tables fit the window and dim their NULLs.
    pub fn stdout(format: Format) -> Self {
        let term = console::Term::stdout();
        let mut table = TableOptions::default();
        if term.is_term() {
            table = TableOptions { width_max: columns(), types: true, color: console::colors_enabled(), ..table };
        }
        Self { format, table, terminal: term.is_term() }
    }
}

/// The width of the window of standard output, when it is a terminal.
pub(crate) fn columns() -> Option<usize> {
    console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns)).filter(|&columns| columns > 0)
}

const BUFFER_BYTES: usize = 64 * 1024;

/// An output and the number of results it holds.
pub(crate) struct Sink<'a> {
    out: BufWriter<Box<dyn Write + Send + 'a>>,
    pub(crate) output: Output,
    results: usize,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(out: Box<dyn Write + Send + 'a>, output: Output) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER_BYTES, out), output, results: 0 }
    }

    /// Starts anew on the same output: what comes next is not parted from what was there.
    pub(crate) fn restart(&mut self, output: Output) -> &mut Self {
        self.output = output;
        self.results = 0;
        self
    }

    /// A writer for the next result, parted from the one before as the format needs it.
    pub(crate) fn next(&mut self) -> Result<Box<dyn ResultWriter + '_>, WriteError> {
        let format = self.output.format;
        if format.is_binary() && self.output.terminal {
            return Err(WriteError::Refused(format!("{format} is not for a terminal: write it to a file or a pipe")));
        }
        if format.is_binary() && self.results > 0 {
            return Err(WriteError::Refused(format!("{format} holds one result, and one is written already")));
        }
        if self.results > 0 {
            self.out.write_all(format.separator().as_bytes())?;
        }
        self.results += 1;
        Ok(format::writer(format, &self.output.table, &mut self.out))
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

//! CSV with a header, each cell with its place (RFC 4180: quotes around a cell, two for one inside).

use std::sync::Arc;

use super::mistake::{Location, Mistakes, Refusal, shown};

/// Of a header; a line with more is none.
const CELLS_MAX: usize = 64;

/// One row below the header: a cell for each column that the reader asked for, empty when the file has no such column.
pub struct Row<'a> {
    pub at: Location,
    cells: Vec<Cell>,
    columns: &'a [&'a str],
}

struct Cell {
    text: String,
    at: Location,
}

impl Row<'_> {
    /// The text of a column, trimmed; nothing when it is empty.
    pub fn text(&self, column: &str) -> Option<&str> {
        let text = self.cell(column)?.text.trim();
        Some(text).filter(|text| !text.is_empty())
    }

    /// Where a column of this row stands.
    pub fn at(&self, column: &str) -> &Location {
        self.cell(column).map_or(&self.at, |cell| &cell.at)
    }

    fn cell(&self, column: &str) -> Option<&Cell> {
        let index = self.columns.iter().position(|name| *name == column)?;
        self.cells.get(index)
    }
}

/// The rows of a file whose header names some of `columns`, and at least those of `required`.
pub fn parse<'a>(
    file: &Arc<str>,
    text: &str,
    columns: &'a [&'a str],
    required: &[&str],
    mistakes: &mut Mistakes,
) -> Vec<Row<'a>> {
    let mut lines = Scanner::new(file, text);
    let Some(header) = lines.record(mistakes) else {
        mistakes.add(&Location::start_of(file), Refusal::new("the file is empty").help(header_help(columns)));
        return Vec::new();
    };
    if header.len() > CELLS_MAX {
        mistakes.add(&header[0].at, Refusal::new("the first line is no header").help(header_help(columns)));
        return Vec::new();
    }
    let order = read_header(&header, columns, mistakes);
    let missing: Vec<&str> = required.iter().copied().filter(|name| !names(&order, columns, name)).collect();
    if !missing.is_empty() {
        let refusal = Refusal::new(format!("the column `{}` is missing", missing.join("`, `")));
        mistakes.add(&header[0].at, refusal.help(header_help(columns)));
        return Vec::new();
    }
    let mut rows = Vec::new();
    while let Some(record) = lines.record(mistakes) {
        let at = record[0].at.clone();
        if record.len() == 1 && record[0].text.trim().is_empty() {
            continue;
        }
        if record.len() != header.len() {
            let message = format!("{} cells below a header of {}", record.len(), header.len());
            mistakes.add(&at, Refusal::new(message).help("a cell with a comma stands in quotes"));
            continue;
        }
        rows.push(Row { cells: in_order(record, &order, columns, &at), at, columns });
    }
    rows
}

/// For each column of the file, which of `columns` it is.
fn read_header(header: &[Cell], columns: &[&str], mistakes: &mut Mistakes) -> Vec<Option<usize>> {
    let mut order: Vec<Option<usize>> = Vec::new();
    for cell in header {
        let name = cell.text.trim();
        let index = columns.iter().position(|column| *column == name);
        match index {
            None => {
                let refusal = Refusal::new(format!("unknown column `{}`", shown(name)));
                mistakes.add(&cell.at, refusal.choose(name, columns.iter().copied()));
            }
            Some(_) if order.contains(&index) => mistakes.add(&cell.at, format!("column `{name}` stands here twice")),
            Some(_) => {}
        }
        order.push(index);
    }
    order
}

/// Whether the header names a column.
fn names(order: &[Option<usize>], columns: &[&str], name: &str) -> bool {
    order.iter().flatten().any(|index| columns[*index] == name)
}

fn header_help(columns: &[&str]) -> String {
    format!("the first line names the columns, of these: {}", columns.join(","))
}

fn in_order(record: Vec<Cell>, order: &[Option<usize>], columns: &[&str], at: &Location) -> Vec<Cell> {
    let mut cells: Vec<Cell> = columns.iter().map(|_| Cell { text: String::new(), at: at.clone() }).collect();
    for (cell, index) in record.into_iter().zip(order) {
        if let Some(index) = index {
            cells[*index] = cell;
        }
    }
    cells
}

struct Scanner<'a> {
    file: &'a Arc<str>,
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
}

impl<'a> Scanner<'a> {
    fn new(file: &'a Arc<str>, text: &'a str) -> Self {
        Self { file, rest: text.chars().peekable(), line: 1, column: 1 }
    }

    /// The cells up to the end of a line, at least one; nothing at the end of the text.
    fn record(&mut self, mistakes: &mut Mistakes) -> Option<Vec<Cell>> {
        self.rest.peek()?;
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell(mistakes));
            if self.take() != Some(',') {
                return Some(cells);
            }
        }
    }

    /// Leaves the comma or the line end behind the cell to be taken.
    fn cell(&mut self, mistakes: &mut Mistakes) -> Cell {
        let at = Location::new(self.file, self.line, self.column);
        let mut text = String::new();
        if self.rest.peek() == Some(&'"') {
            self.take();
            if !self.quoted(&mut text) {
                mistakes.add(&at, "the quote that begins here does not end");
            }
        }
        while let Some(c) = self.rest.peek().copied() {
            match c {
                ',' | '\n' => break,
                '\r' => {
                    self.take();
                }
                c => {
                    text.push(c);
                    self.take();
                }
            }
        }
        Cell { text, at }
    }

    fn quoted(&mut self, text: &mut String) -> bool {
        while let Some(c) = self.take() {
            match c {
                '"' if self.rest.peek() == Some(&'"') => {
                    self.take();
                    text.push('"');
                }
                '"' => return true,
                c => text.push(c),
            }
        }
        false
    }

    fn take(&mut self) -> Option<char> {
        let taken = self.rest.next();
        match taken {
            Some('\n') => (self.line, self.column) = (self.line + 1, 1),
            Some(_) => self.column += 1,
            None => {}
        }
        taken
    }
}

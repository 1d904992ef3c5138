//! `table`: columns aligned by display width, for a person.
//!
//! The frame is ASCII: box-drawing characters are of ambiguous width and break the alignment on terminals that draw
//! them wide. Only the first and the last rows are kept when the result is longer than what may be shown.
//!
//! A text of several lines, such as a plan, is drawn over several lines; a `+` before the border says that the text goes
//! on below, which tells them from rows.

use std::collections::VecDeque;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use indicatif::HumanCount;

use super::layout::{Slot, fit};
use super::text::Columns;
use super::types::{is_number, is_text, type_name};
use super::{Out, ResultWriter, WriteError};
use crate::width::{Ambiguous, truncate, visible, width};

/// The look of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// Rows shown of a longer result, half from its start and half from its end; `None` shows, and holds, all of them.
    pub rows_max: Option<usize>,
    /// The columns of the window to fit into; `None` never cuts.
    pub width_max: Option<usize>,
    /// Whether a second header line tells the types.
    pub types: bool,
    /// Whether NULLs, types and notes are dimmed.
    pub color: bool,
    /// How wide the terminal draws ambiguous characters.
    pub ambiguous: Ambiguous,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { rows_max: Some(40), width_max: None, types: false, color: false, ambiguous: Ambiguous::Narrow }
    }
}

const GAP: &str = "…";
const NULL: &str = "NULL";

/// Lines of one text that are shown when not all rows are.
const LINES_MAX: usize = 1_000;

/// Lines that are safe to show; dim ones stand for something that is not a value.
#[derive(Clone, Debug, Default)]
struct Cell {
    lines: Vec<String>,
    dim: bool,
}

impl Cell {
    fn plain(line: impl Into<String>) -> Self {
        Self { lines: vec![line.into()], dim: false }
    }

    fn dim(line: impl Into<String>) -> Self {
        Self { lines: vec![line.into()], dim: true }
    }
}

struct Column {
    name: String,
    type_name: String,
    right: bool,
    /// Line feeds in it break lines; those inside a nested value are escaped, like all that could be taken for its frame.
    text: bool,
}

pub(super) struct TableWriter<'a> {
    out: Out<'a>,
    options: TableOptions,
    columns: Vec<Column>,
    head: Vec<Vec<Cell>>,
    tail: VecDeque<Vec<Cell>>,
    rows: u64,
}

impl<'a> TableWriter<'a> {
    pub(super) fn new(out: Out<'a>, options: TableOptions) -> Self {
        Self { out, options, columns: Vec::new(), head: Vec::new(), tail: VecDeque::new(), rows: 0 }
    }

    /// Rows kept from the start and from the end.
    fn limits(&self) -> (usize, usize) {
        match self.options.rows_max {
            Some(rows) => (rows.max(1).div_ceil(2), rows / 2),
            None => (usize::MAX, 0),
        }
    }

    /// Nothing wider than the window is ever shown, so nothing wider is kept.
    fn keep(&self, text: &str) -> String {
        let safe = visible(text);
        match self.options.width_max {
            Some(max) => truncate(&safe, max, self.options.ambiguous).into_owned(),
            None => safe.into_owned(),
        }
    }

    fn keep_lines(&self, text: &str) -> Cell {
        let max = self.options.rows_max.map_or(usize::MAX, |_| LINES_MAX);
        let mut lines: Vec<_> =
            text.split('\n').take(max).map(|line| self.keep(line.strip_suffix('\r').unwrap_or(line))).collect();
        let left_out = text.split('\n').count() - lines.len();
        if left_out > 0 {
            lines.push(format!("{GAP} {} lines", HumanCount(left_out as u64)));
        }
        Cell { lines, dim: false }
    }

    fn row(&self, columns: &Columns<'_>, row: usize, text: &mut String) -> Result<Vec<Cell>, WriteError> {
        let cell = |column| {
            let cell = match columns.cell(column, row, text) {
                Ok(true) if self.columns.get(column).is_some_and(|column| column.text) => self.keep_lines(text),
                Ok(true) => Cell::plain(self.keep(text)),
                Ok(false) => Cell::dim(NULL),
                // A person who looks at a table sees the rest of it; an export stops instead.
                Err(WriteError::Arrow(_)) => Cell::dim("?"),
                Err(error) => return Err(error),
            };
            Ok(cell)
        };
        (0..columns.count()).map(cell).collect()
    }

    fn natural_widths(&self) -> Vec<usize> {
        let wide = |text: &str| width(text, self.options.ambiguous);
        let mut widths: Vec<usize> = self.columns.iter().map(|column| wide(&column.name)).collect();
        for (most, column) in widths.iter_mut().zip(&self.columns) {
            if self.options.types {
                *most = wide(&column.type_name).max(*most);
            }
        }
        for row in self.head.iter().chain(&self.tail) {
            for (most, cell) in widths.iter_mut().zip(row) {
                *most = cell.lines.iter().map(|line| wide(line)).max().unwrap_or_default().max(*most);
            }
        }
        widths
    }

    fn draw(&self) -> String {
        let mark = width(GAP, self.options.ambiguous);
        let mut slots = fit(&self.natural_widths(), self.options.width_max, mark);
        let left_out = self.rows - (self.head.len() + self.tail.len()) as u64;
        let note = (left_out > 0).then(|| format!("… {}", crate::say::rows(left_out)));
        if let Some(note) = &note {
            make_room(&mut slots, width(note, self.options.ambiguous), mark);
        }
        let frame = Frame { slots: &slots, columns: &self.columns, options: &self.options, mark };
        let mut drawing = frame.rule();
        drawing += &frame.header();
        drawing += &frame.rule();
        self.head.iter().for_each(|row| drawing += &frame.row(row));
        if let Some(note) = &note {
            drawing += &frame.note(note);
        }
        self.tail.iter().for_each(|row| drawing += &frame.row(row));
        drawing += &frame.rule();
        drawing += &frame.columns_note();
        drawing
    }
}

impl ResultWriter for TableWriter<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError> {
        let columns = schema.fields().iter().map(|field| Column {
            name: self.keep(field.name()),
            type_name: type_name(field.data_type()),
            right: is_number(field.data_type()),
            text: is_text(field.data_type()),
        });
        self.columns = columns.collect();
        Ok(())
    }

    /// Only rows that may be shown are rendered at all.
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let columns = Columns::new(batch)?;
        let (head_max, tail_max) = self.limits();
        let rows = batch.num_rows();
        let to_head = rows.min(head_max - self.head.len());
        let tail_from = to_head.max(rows.saturating_sub(tail_max));
        let mut text = String::new();
        for row in 0..to_head {
            let cells = self.row(&columns, row, &mut text)?;
            self.head.push(cells);
        }
        for row in tail_from..rows {
            let cells = self.row(&columns, row, &mut text)?;
            if self.tail.len() == tail_max {
                self.tail.pop_front();
            }
            self.tail.push_back(cells);
        }
        self.rows += rows as u64;
        Ok(())
    }

    fn finish(&mut self) -> Result<u64, WriteError> {
        self.out.write_all(self.draw().as_bytes())?;
        Ok(self.rows)
    }
}

/// Widens the last column until a note of this width fits between the borders.
fn make_room(slots: &mut [Slot], note: usize, mark: usize) {
    let inner = inner_width(slots, mark);
    if let Some(Slot::Column { width, .. }) = slots.last_mut() {
        *width += (note + 2).saturating_sub(inner);
    }
}

/// Between the outer borders.
fn inner_width(slots: &[Slot], mark: usize) -> usize {
    slots.iter().map(|slot| slot_width(slot, mark) + 3).sum::<usize>().saturating_sub(1)
}

fn slot_width(slot: &Slot, mark: usize) -> usize {
    match slot {
        Slot::Column { width, .. } => *width,
        Slot::Gap => mark,
    }
}

struct Frame<'a> {
    slots: &'a [Slot],
    columns: &'a [Column],
    options: &'a TableOptions,
    mark: usize,
}

impl Frame<'_> {
    fn rule(&self) -> String {
        let parts: String = self.slots.iter().map(|slot| "-".repeat(slot_width(slot, self.mark) + 2) + "+").collect();
        format!("+{parts}\n")
    }

    fn header(&self) -> String {
        let name = |column: &Column| Cell::plain(column.name.clone());
        let type_name = |column: &Column| Cell::dim(column.type_name.clone());
        let mut lines = self.row(&self.columns.iter().map(name).collect::<Vec<_>>());
        if self.options.types {
            lines += &self.row(&self.columns.iter().map(type_name).collect::<Vec<_>>());
        }
        lines
    }

    /// As many lines as the longest text of the row has.
    fn row(&self, cells: &[Cell]) -> String {
        let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default().max(1);
        (0..lines).map(|number| self.line(cells, number)).collect()
    }

    fn line(&self, cells: &[Cell], number: usize) -> String {
        let gap = Cell::dim(GAP);
        let blank = Cell::default();
        let mut line = String::from("|");
        for slot in self.slots {
            let (cell, wide, right) = match *slot {
                // A batch narrower than its schema leaves its last cells blank.
                Slot::Column { index, width } => (cells.get(index).unwrap_or(&blank), width, self.columns[index].right),
                Slot::Gap => (&gap, self.mark, false),
            };
            let text = cell.lines.get(number).map_or("", String::as_str);
            let text = truncate(text, wide, self.options.ambiguous);
            let padding = " ".repeat(wide.saturating_sub(width(&text, self.options.ambiguous)));
            let text = if text.is_empty() { String::new() } else { self.dim(&text, cell.dim) };
            let more = if number + 1 < cell.lines.len() { '+' } else { ' ' };
            let text = if right { format!(" {padding}{text}{more}|") } else { format!(" {text}{padding}{more}|") };
            line += &text;
        }
        line + "\n"
    }

    /// A line across all columns.
    fn note(&self, note: &str) -> String {
        let inner = inner_width(self.slots, self.mark);
        let blank = " ".repeat(inner.saturating_sub(width(note, self.options.ambiguous) + 1));
        format!("| {}{blank}|\n", self.dim(note, true))
    }

    /// Says how many columns the window left out.
    fn columns_note(&self) -> String {
        if !self.slots.contains(&Slot::Gap) {
            return String::new();
        }
        let (shown, all) = (self.slots.len() - 1, self.columns.len());
        let note = format!("{} of {} columns shown", HumanCount(shown as u64), HumanCount(all as u64));
        format!("{}\n", self.dim(&note, true))
    }

    fn dim(&self, text: &str, dim: bool) -> String {
        if dim && self.options.color { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

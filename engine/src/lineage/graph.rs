use std::collections::{BTreeSet, HashMap, VecDeque};

use huitong_catalog::Result;
use huitong_catalog::names::TableName;
use huitong_catalog::state::{LineageRow, State};

/// A column of a table or view; with an empty name its rows, and with them all of its columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub table: TableName,
    pub column: String,
}

impl Place {
    pub fn new(table: TableName, column: impl Into<String>) -> Self {
        Self { table, column: column.into() }
    }

    /// Whether it is the rows of its table.
    pub fn is_rows(&self) -> bool {
        self.column.is_empty()
    }
}

/// The lineage of everything at one moment.
#[derive(Debug, Default)]
pub struct Graph {
    rows: Vec<LineageRow>,
    /// Places in `rows`, by target.
    above: HashMap<TableName, Vec<usize>>,
    /// The same, by source.
    below: HashMap<TableName, Vec<usize>>,
}

impl Graph {
    pub async fn read(state: &State) -> Result<Self> {
        state.lineage().await.map(Self::new)
    }

    pub fn new(rows: Vec<LineageRow>) -> Self {
        let (mut above, mut below) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (number, row) in rows.iter().enumerate() {
            above.entry(row.target.clone()).or_default().push(number);
            below.entry(row.source.clone()).or_default().push(number);
        }
        Self { rows, above, below }
    }

    pub fn rows(&self) -> &[LineageRow] {
        &self.rows
    }

    /// Tables of this name, in whatever schema, that come from others.
    pub fn tables_named<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a TableName> {
        self.above.keys().filter(move |name| name.table() == table)
    }

    /// All that a table comes from directly.
    pub fn sources(&self, table: &TableName) -> impl Iterator<Item = &LineageRow> {
        self.above.get(table).into_iter().flatten().map(|number| &self.rows[*number])
    }

    /// What a column, and the rows that it stands in, come from directly.
    pub fn above<'a, 'p>(&'a self, place: &'p Place) -> impl Iterator<Item = &'a LineageRow> + use<'a, 'p> {
        self.sources(&place.table).filter(|row| row.target_column.is_empty() || row.target_column == place.column)
    }

    /// What comes directly from a column; from rows, whatever comes from any column of the table.
    pub fn below<'a, 'p>(&'a self, place: &'p Place) -> impl Iterator<Item = &'a LineageRow> + use<'a, 'p> {
        let all = self.below.get(&place.table).into_iter().flatten().map(|number| &self.rows[*number]);
        all.filter(|row| place.is_rows() || row.source_column == place.column)
    }

    /// These places and all that they come from, directly or not; not beyond tables at which it `stops`.
    pub fn origins(
        &self,
        from: impl IntoIterator<Item = Place>,
        stops: impl Fn(&TableName) -> bool,
    ) -> BTreeSet<Place> {
        let mut found: BTreeSet<Place> = from.into_iter().collect();
        let mut next: VecDeque<Place> = found.iter().cloned().collect();
        while let Some(place) = next.pop_front() {
            if stops(&place.table) {
                continue;
            }
            for source in self.above(&place).map(Ends::start) {
                if found.insert(source.clone()) {
                    next.push_back(source);
                }
            }
        }
        found
    }

    pub(super) fn knows(&self, row: &LineageRow) -> bool {
        let is_it = |known: &LineageRow| {
            known.target_column == row.target_column
                && known.source == row.source
                && known.source_column == row.source_column
        };
        self.sources(&row.target).any(is_it)
    }
}

/// Ends of a row as places.
pub(super) trait Ends {
    fn start(&self) -> Place;
    fn end(&self) -> Place;
}

impl Ends for LineageRow {
    fn start(&self) -> Place {
        Place::new(self.source.clone(), self.source_column.clone())
    }

    fn end(&self) -> Place {
        Place::new(self.target.clone(), self.target_column.clone())
    }
}

//! Lineage for people: `huitong.lineage`, `upstream('schema.table', 'column')` and `downstream(…)`.
//!
//! Somebody sees that one column comes from another one if they see both of them; a walk does not pass what they do not see. Auditors and
//! security administrators see all of it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use arrow::array::{BooleanArray, Int64Array, RecordBatch};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::datasource::MemTable;
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::Expr;
use huitong_catalog::Result;
use huitong_catalog::identity::Office;
use huitong_catalog::names::TableName;
use huitong_catalog::state::{LineageKind, LineageRow};

use super::grades::grade_of;
use super::graph::{Ends, Graph, Place};
use crate::engine::Engine;
use crate::error::into_datafusion;
use crate::guard::access::Access;
use crate::namespace::Names;
use crate::planning::DEFAULT_SCHEMA;
use crate::system::{self, batch, text, time};

/// The table's name.
pub const LINEAGE: &str = "lineage";
/// How far a walk goes, unless it is told.
const DEPTH_MAX: usize = 64;

/// Who looks.
struct Reader<'a> {
    access: &'a Access,
    names: Arc<Names>,
    graph: Arc<Graph>,
}

impl<'a> Reader<'a> {
    fn new(engine: &Engine, access: &'a Access) -> Self {
        Self { access, names: engine.names(), graph: access.lineage().clone() }
    }

    fn sees_all(&self) -> bool {
        let principal = self.access.principal();
        principal.holds(Office::Audit) || principal.holds(Office::Security)
    }

    fn sees_table(&self, table: &TableName) -> bool {
        if table.schema() == system::SCHEMA {
            return system::tables_for(self.access.principal()).any(|known| known == table.table());
        }
        self.sees_all()
            || self.access.knows(table)
            || self.names.object(table).is_some_and(|object| self.access.sees(object))
    }

    fn sees_place(&self, place: &Place) -> bool {
        let is_given = || match self.access.columns(&place.table) {
            Some(columns) => place.is_rows() || columns.contains(place.column.as_str()),
            None => true,
        };
        self.sees_table(&place.table) && (self.sees_all() || is_given())
    }

    fn sees(&self, row: &LineageRow) -> bool {
        self.sees_place(&row.start()) && self.sees_place(&row.end())
    }

    /// A row as it is listed, with how far it is from where a walk began.
    fn listed(&self, rows: &[(i64, &LineageRow)], with_depth: bool) -> Result<RecordBatch> {
        let contracts = &self.access.contracts().snapshot;
        let graded: Vec<_> =
            rows.iter().map(|(_, row)| grade_of(&self.graph, contracts, &row.target, &row.target_column)).collect();
        let grades: Vec<String> = graded.iter().map(|graded| graded.grade.to_string()).collect();
        let joined =
            |graded: &super::Graded| graded.tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let tags: Vec<Option<String>> =
            graded.iter().map(|graded| Some(joined(graded)).filter(|tags| !tags.is_empty())).collect();
        let mut columns = vec![
            ("target_schema", text(rows.iter().map(|(_, row)| Some(row.target.schema())))),
            ("target", text(rows.iter().map(|(_, row)| Some(row.target.table())))),
            ("target_column", text(rows.iter().map(|(_, row)| named(&row.target_column)))),
            ("source_schema", text(rows.iter().map(|(_, row)| Some(row.source.schema())))),
            ("source", text(rows.iter().map(|(_, row)| Some(row.source.table())))),
            ("source_column", text(rows.iter().map(|(_, row)| named(&row.source_column)))),
            ("kind", text(rows.iter().map(|(_, row)| Some(row.kind.as_str())))),
            (
                "direct",
                Arc::new(
                    rows.iter().map(|(_, row)| Some(row.kind != LineageKind::Inherited)).collect::<BooleanArray>(),
                ),
            ),
            ("grade", text(grades.iter().map(|grade| Some(grade.as_str())))),
            ("tags", text(tags.iter().map(Option::as_deref))),
            ("query_id", text(rows.iter().map(|(_, row)| Some(row.query_id.as_str())))),
            ("at", time(rows.iter().map(|(_, row)| Some(row.written_at.ms())))),
            ("by", text(rows.iter().map(|(_, row)| Some(row.written_by.as_str())))),
        ];
        if with_depth {
            columns.insert(0, ("depth", Arc::new(rows.iter().map(|(depth, _)| Some(*depth)).collect::<Int64Array>())));
        }
        batch(columns)
    }
}

/// Rows of a table have no name.
fn named(column: &str) -> Option<&str> {
    Some(column).filter(|column| !column.is_empty())
}

/// All that somebody may know of.
pub fn lineage(engine: &Engine, access: &Access) -> Result<RecordBatch> {
    let reader = Reader::new(engine, access);
    let rows: Vec<_> = reader.graph.rows().iter().filter(|row| reader.sees(row)).map(|row| (1, row)).collect();
    reader.listed(&rows, false)
}

/// Which way a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// One of the two functions as a principal may ask it.
#[derive(Debug)]
pub struct Walk {
    engine: Arc<Engine>,
    access: Access,
    direction: Direction,
}

impl Walk {
    pub fn both(engine: &Arc<Engine>, access: &Access) -> [Self; 2] {
        [Direction::Up, Direction::Down].map(|direction| Self {
            engine: engine.clone(),
            access: access.clone(),
            direction,
        })
    }

    pub fn name(&self) -> &'static str {
        match self.direction {
            Direction::Up => "upstream",
            Direction::Down => "downstream",
        }
    }
}

impl TableFunctionImpl for Walk {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> DfResult<Arc<dyn TableProvider>> {
        let name = self.name();
        let (table, column, depth) = match arguments.exprs() {
            [table] => (text_of(name, table)?, String::new(), DEPTH_MAX),
            [table, column] => (text_of(name, table)?, text_of(name, column)?, DEPTH_MAX),
            [table, column, depth] => (text_of(name, table)?, text_of(name, column)?, depth_of(name, depth)?),
            _ => return plan_err!("`{name}` takes a table, a column, and how far to go"),
        };
        let reader = Reader::new(&self.engine, &self.access);
        let table = TableName::parse(&table, DEFAULT_SCHEMA).map_err(into_datafusion)?;
        if !reader.sees_table(&table) {
            let known = reader.names.visible_to(&self.access);
            return Err(into_datafusion(known.unknown_table(&table.to_string())));
        }
        let rows = walk(&reader.graph, &Place::new(table, column), self.direction, depth, |row| reader.sees(row));
        let rows = reader.listed(&rows, true).map_err(into_datafusion)?;
        Ok(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?))
    }
}

/// What lies in a direction, each row once, with the number of steps to it.
fn walk<'a>(
    graph: &'a Graph,
    from: &Place,
    direction: Direction,
    depth_max: usize,
    sees: impl Fn(&LineageRow) -> bool,
) -> Vec<(i64, &'a LineageRow)> {
    let (mut rows, mut reached, mut listed) = (Vec::new(), BTreeSet::from([from.clone()]), BTreeSet::new());
    let mut next = VecDeque::from([(from.clone(), 1)]);
    while let Some((place, depth)) = next.pop_front() {
        let steps: Vec<&LineageRow> = match direction {
            Direction::Up if place.is_rows() && place == *from => graph.sources(&place.table).collect(),
            Direction::Up => graph.above(&place).collect(),
            Direction::Down => graph.below(&place).collect(),
        };
        for row in steps.into_iter().filter(|row| sees(row)) {
            let end = if direction == Direction::Up { row.start() } else { row.end() };
            if listed.insert((row.end(), row.start())) {
                rows.push((i64::try_from(depth).unwrap_or(i64::MAX), row));
            }
            if depth < depth_max && reached.insert(end.clone()) {
                next.push_back((end, depth + 1));
            }
        }
    }
    rows
}

fn text_of(name: &str, expression: &Expr) -> DfResult<String> {
    match expression {
        Expr::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), _) => Ok(text.clone()),
        _ => plan_err!("a table and a column of `{name}` are texts, such as 'population.person', 'name'"),
    }
}

fn depth_of(name: &str, expression: &Expr) -> DfResult<usize> {
    match expression {
        Expr::Literal(ScalarValue::Int64(Some(depth)), _) if *depth > 0 => {
            Ok(usize::try_from(*depth).unwrap_or(DEPTH_MAX).min(DEPTH_MAX))
        }
        _ => plan_err!("how far `{name}` goes is a number above 0"),
    }
}

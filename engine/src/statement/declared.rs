//! What `CREATE TABLE` declares besides columns: partitions, constraints, a key, comments. The planner would refuse or drop them,
//! so they are taken out of the statement before it is planned.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    ColumnDef, ColumnOption, CommentDef, CreateTable, CreateTableOptions, Expr, Ident, IndexColumn, SqlOption,
    Statement as Sql, TableConstraint,
};
use huitong_catalog::{Code, Error, Result};

use super::partitions;
use super::settings::fold;
use crate::write::checks::Check;

/// What a new table is to be, besides its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// Columns after PARTITIONED BY.
    pub partitions: Vec<String>,
    pub checks: Vec<Check>,
    /// Columns of the primary key.
    pub key: Vec<String>,
    pub comment: Option<String>,
    /// By column.
    pub comments: Vec<(String, String)>,
}

impl Declared {
    /// Whether the definition says more than a plain table's.
    pub fn is_plain(&self) -> bool {
        let Self { partitions: _, checks, key, comment, comments } = self;
        checks.is_empty() && key.is_empty() && comment.is_none() && comments.is_empty()
    }
}

/// Takes it out of a statement; of others nothing.
pub fn take(statement: &mut Statement) -> Result<Declared> {
    let Statement::Statement(sql) = statement else { return Ok(Declared::default()) };
    let Sql::CreateTable(create) = sql.as_mut() else { return Ok(Declared::default()) };
    let mut declared = Declared { partitions: partitions::take(create)?, ..Declared::default() };
    declared.comment = comment(create);
    let columns = &mut create.columns;
    columns.iter_mut().try_for_each(|column| declared.take_options(column))?;
    std::mem::take(&mut create.constraints).into_iter().try_for_each(|constraint| declared.constrain(constraint))?;
    declared.require_key(create)?;
    Ok(declared)
}

/// The table's comment: dialects keep it in different places.
fn comment(create: &mut CreateTable) -> Option<String> {
    let told = |comment: CommentDef| match comment {
        CommentDef::WithEq(text) | CommentDef::WithoutEq(text) => text,
    };
    if let CreateTableOptions::Plain(options) = &create.table_options
        && let [SqlOption::Comment(comment)] = options.as_slice()
    {
        let comment = told(comment.clone());
        create.table_options = CreateTableOptions::None;
        return Some(comment);
    }
    create.comment.take().map(told)
}

/// The constraint that a statement adds to a table, alone.
pub fn constraint(constraint: TableConstraint) -> Result<Declared> {
    let mut declared = Declared::default();
    declared.constrain(constraint)?;
    Ok(declared)
}

impl Declared {
    fn take_options(&mut self, column: &mut ColumnDef) -> Result<()> {
        let name = fold(&column.name);
        let mut kept = Vec::new();
        for option in std::mem::take(&mut column.options) {
            match option.option {
                ColumnOption::Null | ColumnOption::NotNull => kept.push(option),
                ColumnOption::Comment(text) => self.comments.push((name.clone(), text)),
                ColumnOption::Check(check) => self.check(option.name.or(check.name), &check.expr)?,
                ColumnOption::PrimaryKey(_) if self.key.is_empty() => self.key.push(name.clone()),
                ColumnOption::PrimaryKey(_) => return Err(two_keys()),
                other => return Err(unsupported(&format!("`{other}` at a column"))),
            }
        }
        column.options = kept;
        Ok(())
    }

    fn constrain(&mut self, constraint: TableConstraint) -> Result<()> {
        match constraint {
            TableConstraint::Check(check) if check.enforced != Some(false) => self.check(check.name, &check.expr),
            TableConstraint::PrimaryKey(key) if self.key.is_empty() => {
                self.key = key.columns.iter().map(key_column).collect::<Result<_>>()?;
                Ok(())
            }
            TableConstraint::PrimaryKey(_) => Err(two_keys()),
            other => Err(unsupported(&format!("the constraint `{other}`"))),
        }
    }

    fn check(&mut self, name: Option<Ident>, condition: &Expr) -> Result<()> {
        let free = |name: &str| !self.checks.iter().any(|check| check.name == name);
        let name = match name.as_ref().map(fold) {
            Some(name) if free(&name) => name,
            Some(name) => {
                return Err(Error::new(Code::AMBIGUOUS_NAME, format!("the constraint `{name}` is there twice")));
            }
            None => (1..).map(|number| format!("check_{number}")).find(|name| free(name)).unwrap_or_default(),
        };
        huitong_catalog::names::check_name("constraint", &name)?;
        self.checks.push(Check::new(name, condition));
        Ok(())
    }

    /// Columns of a key are never null.
    fn require_key(&self, create: &mut CreateTable) -> Result<()> {
        for name in &self.key {
            let names: Vec<_> = create.columns.iter().map(|column| fold(&column.name)).collect();
            let column = create.columns.iter_mut().find(|column| fold(&column.name) == *name).ok_or_else(|| {
                Error::new(Code::UNKNOWN_COLUMN, format!("unknown column `{name}` in PRIMARY KEY"))
                    .with_suggestion(name, names.iter().map(String::as_str))
            })?;
            let options = column.options.iter();
            if options.clone().any(|option| option.option == ColumnOption::Null) {
                return Err(Error::new(
                    Code::TYPE_MISMATCH,
                    format!("column `{name}` is of the key and cannot be null"),
                ));
            }
            if !options.clone().any(|option| option.option == ColumnOption::NotNull) {
                let option =
                    datafusion::sql::sqlparser::ast::ColumnOptionDef { name: None, option: ColumnOption::NotNull };
                column.options.push(option);
            }
        }
        Ok(())
    }
}

fn key_column(column: &IndexColumn) -> Result<String> {
    match &column.column.expr {
        Expr::Identifier(name) => Ok(fold(name)),
        other => Err(unsupported(&format!("`{other}` in PRIMARY KEY"))),
    }
}

fn two_keys() -> Error {
    Error::new(Code::AMBIGUOUS_NAME, "a table has one primary key")
        .with_hint("write `PRIMARY KEY (a, b)` for several columns")
}

fn unsupported(what: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported"))
        .with_hint("a table takes NOT NULL, CHECK, PRIMARY KEY and COMMENT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::parse;

    fn declared(sql: &str) -> std::result::Result<Declared, Code> {
        parse(sql).map(|parsed| parsed.declared).map_err(|e| e.code)
    }

    #[test]
    fn what_is_declared_is_taken_out() {
        let sql = "CREATE TABLE t (id BIGINT PRIMARY KEY COMMENT '编号', 价 INT CHECK (价 > 0), d DATE, \
                   CONSTRAINT 有效 CHECK (d > '2000-01-01'), CHECK (id <> 价)) PARTITIONED BY (d)";
        let found = declared(sql).expect("declared");
        let checks: Vec<_> = found.checks.iter().map(|check| (check.name.as_str(), check.condition.as_str())).collect();
        assert_eq!(checks, [("check_1", "`价` > 0"), ("有效", "d > '2000-01-01'"), ("check_2", "id <> `价`")]);
        assert_eq!((found.partitions, found.key), (vec!["d".to_owned()], vec!["id".to_owned()]));
        assert_eq!(found.comments, [("id".to_owned(), "编号".to_owned())]);
        assert_eq!(declared("SELECT 1"), Ok(Declared::default()));
    }

    #[test]
    fn what_nobody_keeps_is_refused() {
        for (sql, code) in [
            ("CREATE TABLE t (a INT DEFAULT 1)", Code::UNSUPPORTED_STATEMENT),
            ("CREATE TABLE t (a INT UNIQUE)", Code::UNSUPPORTED_STATEMENT),
            ("CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u (a))", Code::UNSUPPORTED_STATEMENT),
            ("CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY)", Code::AMBIGUOUS_NAME),
            ("CREATE TABLE t (a INT, PRIMARY KEY (b))", Code::UNKNOWN_COLUMN),
            ("CREATE TABLE t (a INT NULL PRIMARY KEY)", Code::TYPE_MISMATCH),
            ("CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0), CONSTRAINT c CHECK (a < 9))", Code::AMBIGUOUS_NAME),
        ] {
            assert_eq!(declared(sql), Err(code), "{sql}");
        }
    }
}

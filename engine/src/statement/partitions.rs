//! `CREATE TABLE … PARTITIONED BY (a, b)`: columns whose values are kept in the log and not in the files.

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{CreateTable, Expr as Sql};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use crate::error::of_datafusion;

/// Spells `PARTITIONED BY (…)` as the parser reads it for PostgreSQL. (It knows the longer word with types behind the names.)
pub fn spell(tokens: &mut [TokenWithSpan]) {
    let words = || (0..tokens.len()).filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_)));
    let is = |index: usize, keyword| matches!(&tokens[index].token, Token::Word(word) if word.quote_style.is_none() && word.keyword == keyword);
    let mut first = words();
    let makes_table = first.next().is_some_and(|index| is(index, Keyword::CREATE))
        && first.next().is_some_and(|index| is(index, Keyword::TABLE));
    if !makes_table {
        return;
    }
    let found = words().zip(words().skip(1)).find(|(word, by)| is(*word, Keyword::PARTITIONED) && is(*by, Keyword::BY));
    if let Some((index, _)) = found {
        tokens[index].token = Token::make_keyword("PARTITION");
    }
}

/// Takes the columns out of a statement, which the planner would refuse with them.
pub fn take(create: &mut CreateTable) -> Result<Vec<String>> {
    let Some(columns) = create.partition_by.take() else { return Ok(Vec::new()) };
    let named = match *columns {
        Sql::Tuple(columns) => columns,
        Sql::Nested(column) => vec![*column],
        other => vec![other],
    };
    let name = |column: Sql| match column {
        Sql::Identifier(name) => Ok(fold(&name)),
        other => Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("a table cannot be partitioned by `{other}`"))
            .with_hint("write `PARTITIONED BY (column, …)`, with columns of the table")),
    };
    named.into_iter().map(name).collect()
}

/// Positions of a new table's columns with those of its partitions last, in their order.
pub fn order(columns: &SchemaRef, partitions: &[String]) -> Result<Vec<usize>> {
    let mut last = Vec::new();
    for name in partitions {
        let (index, field) = columns.column_with_name(name).ok_or_else(|| {
            let names = columns.fields().iter().map(|field| field.name().as_str());
            Error::new(Code::UNKNOWN_COLUMN, format!("unknown column `{name}` after PARTITIONED BY"))
                .with_suggestion(name, names)
        })?;
        if !is_key(field.data_type()) {
            let text =
                format!("column `{name}` has type {}, by which a table cannot be partitioned", field.data_type());
            return Err(
                Error::new(Code::TYPE_MISMATCH, text).with_hint("take a text, a whole number, a date or a time")
            );
        }
        if last.contains(&index) {
            return Err(Error::new(Code::AMBIGUOUS_NAME, format!("column `{name}` is twice after PARTITIONED BY")));
        }
        last.push(index);
    }
    if !last.is_empty() && last.len() == columns.fields().len() {
        return Err(Error::new(Code::TYPE_MISMATCH, "a table needs a column that is not after PARTITIONED BY"));
    }
    let stored = (0..columns.fields().len()).filter(|index| !last.contains(index));
    Ok(stored.chain(last.iter().copied()).collect())
}

/// The columns of a plan in another order.
pub fn reordered(plan: LogicalPlan, order: &[usize]) -> Result<LogicalPlan> {
    let columns = plan.schema().columns();
    let chosen: Vec<Expr> = order.iter().filter_map(|index| columns.get(*index).cloned().map(Expr::Column)).collect();
    LogicalPlanBuilder::from(plan).project(chosen).and_then(LogicalPlanBuilder::build).map_err(of_datafusion)
}

/// Types whose values the log writes without loss.
pub fn is_key(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Utf8
                | DataType::Date32
                | DataType::Timestamp(_, _)
                | DataType::Decimal128(_, _)
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::tokens;

    fn spelled(sql: &str) -> String {
        let mut tokens = tokens(sql).unwrap_or_default();
        spell(&mut tokens);
        tokens.iter().map(|token| token.token.to_string()).collect()
    }

    #[test]
    fn only_the_clause_is_spelled_anew() {
        assert_eq!(
            spelled("CREATE TABLE 表 (a INT)\n partitioned  by (a)"),
            "CREATE TABLE 表 (a INT)\n PARTITION  by (a)"
        );
        let others = [
            "SELECT 'PARTITIONED BY'",
            "CREATE TABLE t AS SELECT 'partitioned by' AS a",
            "SELECT partitioned FROM by",
            "CREATE TABLE t (\"partitioned\" INT)",
            "",
        ];
        for same in others {
            assert_eq!(spelled(same), same);
        }
    }
}

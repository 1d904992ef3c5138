//! Which kinds of statements there are for users: a list of all that the parser knows.
//!
//! It has no arm for the rest, so a kind that a newer parser brings stops the program from being built until somebody has said here whether
//! it runs.

use datafusion::sql::sqlparser::ast::Statement as Sql;

/// Whether statements of this kind run, in some form at least.
pub fn runs(statement: &Sql) -> bool {
    match statement {
        Sql::Set(_)
        | Sql::Query(_)
        | Sql::Insert(_)
        | Sql::Call(_)
        | Sql::Update(_)
        | Sql::Delete(_)
        | Sql::CreateView(_)
        | Sql::CreateTable(_)
        | Sql::AlterTable(_)
        | Sql::Drop { .. }
        | Sql::ShowFunctions { .. }
        | Sql::ShowVariable { .. }
        | Sql::ShowColumns { .. }
        | Sql::ShowDatabases { .. }
        | Sql::ShowSchemas { .. }
        | Sql::ShowTables { .. }
        | Sql::Use(_)
        | Sql::Comment { .. }
        | Sql::CreateSchema { .. }
        | Sql::ExplainTable { .. }
        | Sql::Explain { .. }
        | Sql::Merge(_) => true,
        Sql::Analyze(_)
        | Sql::Truncate(_)
        | Sql::Msck(_)
        | Sql::Install { .. }
        | Sql::Load { .. }
        | Sql::Directory { .. }
        | Sql::Case(_)
        | Sql::If(_)
        | Sql::While(_)
        | Sql::Raise(_)
        | Sql::Copy { .. }
        | Sql::CopyIntoSnowflake { .. }
        | Sql::Open(_)
        | Sql::Close { .. }
        | Sql::CreateVirtualTable { .. }
        | Sql::CreateIndex(_)
        | Sql::CreateRole(_)
        | Sql::CreateSecret { .. }
        | Sql::CreateServer(_)
        | Sql::CreatePolicy(_)
        | Sql::CreateConnector(_)
        | Sql::CreateOperator(_)
        | Sql::CreateOperatorFamily(_)
        | Sql::CreateOperatorClass(_)
        | Sql::AlterSchema(_)
        | Sql::AlterIndex { .. }
        | Sql::AlterView { .. }
        | Sql::AlterFunction(_)
        | Sql::AlterType(_)
        | Sql::AlterCollation(_)
        | Sql::AlterOperator(_)
        | Sql::AlterOperatorFamily(_)
        | Sql::AlterOperatorClass(_)
        | Sql::AlterRole { .. }
        | Sql::AlterPolicy(_)
        | Sql::AlterConnector { .. }
        | Sql::AlterSession { .. }
        | Sql::AttachDatabase { .. }
        | Sql::AttachDuckDBDatabase { .. }
        | Sql::DetachDuckDBDatabase { .. }
        | Sql::DropFunction(_)
        | Sql::DropDomain(_)
        | Sql::DropProcedure { .. }
        | Sql::DropSecret { .. }
        | Sql::DropPolicy(_)
        | Sql::DropConnector { .. }
        | Sql::Declare { .. }
        | Sql::CreateExtension(_)
        | Sql::CreateCollation(_)
        | Sql::DropExtension(_)
        | Sql::DropOperator(_)
        | Sql::DropOperatorFamily(_)
        | Sql::DropOperatorClass(_)
        | Sql::Fetch { .. }
        | Sql::Flush { .. }
        | Sql::Discard { .. }
        | Sql::ShowStatus { .. }
        | Sql::ShowVariables { .. }
        | Sql::ShowCreate { .. }
        | Sql::ShowCatalogs { .. }
        | Sql::ShowProcessList { .. }
        | Sql::ShowCharset(_)
        | Sql::ShowObjects(_)
        | Sql::ShowViews { .. }
        | Sql::ShowCollation { .. }
        | Sql::StartTransaction { .. }
        | Sql::Commit { .. }
        | Sql::Rollback { .. }
        | Sql::CreateDatabase { .. }
        | Sql::CreateFunction(_)
        | Sql::CreateTrigger(_)
        | Sql::DropTrigger(_)
        | Sql::CreateProcedure { .. }
        | Sql::CreateMacro { .. }
        | Sql::CreateStage { .. }
        | Sql::Assert { .. }
        | Sql::Grant(_)
        | Sql::Deny(_)
        | Sql::Revoke(_)
        | Sql::Deallocate { .. }
        | Sql::Execute { .. }
        | Sql::Prepare { .. }
        | Sql::Kill { .. }
        | Sql::Savepoint { .. }
        | Sql::ReleaseSavepoint { .. }
        | Sql::Cache { .. }
        | Sql::UNCache { .. }
        | Sql::CreateSequence { .. }
        | Sql::CreateDomain(_)
        | Sql::CreateType { .. }
        | Sql::Pragma { .. }
        | Sql::Lock(_)
        | Sql::LockTables { .. }
        | Sql::UnlockTables
        | Sql::Unload { .. }
        | Sql::OptimizeTable { .. }
        | Sql::LISTEN { .. }
        | Sql::UNLISTEN { .. }
        | Sql::NOTIFY { .. }
        | Sql::LoadData { .. }
        | Sql::RenameTable(_)
        | Sql::List(_)
        | Sql::Remove(_)
        | Sql::RaisError { .. }
        | Sql::Throw(_)
        | Sql::Print(_)
        | Sql::WaitFor(_)
        | Sql::Return(_)
        | Sql::ExportData(_)
        | Sql::CreateUser(_)
        | Sql::AlterUser(_)
        | Sql::Vacuum(_)
        | Sql::Reset(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::statement::parse;

    #[test]
    fn what_no_user_runs_is_on_the_list_of_refusals() {
        let runs = |sql: &str| match parse(sql).map(|parsed| parsed.statement) {
            Ok(datafusion::sql::parser::Statement::Statement(statement)) => super::runs(statement.as_ref()),
            // What is not even read does not run either.
            _ => false,
        };
        for sql in ["SELECT 1", "SHOW TABLES", "CREATE TABLE t (n INT)", "DELETE FROM t", "CALL huitong.x()"] {
            assert!(runs(sql), "{sql}");
        }
        for sql in [
            "LOAD DATA INPATH '/etc' INTO TABLE t",
            "ATTACH DATABASE 'x' AS y",
            "CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
            "CREATE POLICY p ON t",
            "GRANT SELECT ON t TO x",
            "TRUNCATE t",
        ] {
            assert!(!runs(sql), "{sql}");
        }
    }
}

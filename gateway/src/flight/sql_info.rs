//! Facts about the server that drivers ask for (FlightSql.proto, `SqlInfo`).
//!
//! All keys of the specification and no other one: older JDBC drivers fail on a key that is missing, and all of them on one
//! that they do not know. Each has the type that the specification gives it, which drivers rely on.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use arrow_flight::sql::SqlInfo::{self, *};
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{
    SqlNullOrdering, SqlOuterJoinsSupportLevel, SqlSupportedCaseSensitivity, SqlSupportedTransaction,
};
use tonic::Status;

/// How long a statement may be.
const STATEMENT_BYTES_MAX: i64 = 1024 * 1024;
/// How long a name may be.
const NAME_BYTES_MAX: i64 = 255;
/// Bit 0 of a set of what is supported, and bits 0 and 1 of it.
const FIRST: i32 = 0b1;
const BOTH: i32 = 0b11;

/// Limited and full ones. The specification says a number, and JDBC drivers (18.3) read a set.
const OUTER_JOINS: i32 = 1 << SqlOuterJoinsSupportLevel::SqlLimitedOuterJoins as i32
    | 1 << SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32;

static DATA: LazyLock<Option<SqlInfoData>> = LazyLock::new(|| {
    let built = build().build();
    built.inspect_err(|error| tracing::error!(%error, "SqlInfo cannot be built")).ok()
});

/// All answers.
pub fn all() -> Result<&'static SqlInfoData, Status> {
    DATA.as_ref().ok_or_else(|| Status::internal("SqlInfo is not there"))
}

fn build() -> SqlInfoDataBuilder {
    let mut info = SqlInfoDataBuilder::new();
    for (key, text) in TEXTS {
        info.append(key, text);
    }
    for (key, holds) in FLAGS {
        info.append(key, holds);
    }
    for (key, number) in numbers() {
        info.append(key, number);
    }
    for (key, limit) in LIMITS {
        info.append(key, limit);
    }
    for (key, words) in [
        (SqlKeywords, KEYWORDS),
        (SqlNumericFunctions, NUMERIC),
        (SqlStringFunctions, STRING),
        (SqlSystemFunctions, SYSTEM),
        (SqlDatetimeFunctions, DATETIME),
    ] {
        info.append(key, words);
    }
    // CONVERT is no function here; CAST is.
    info.append(SqlSupportsConvert, BTreeMap::<i32, Vec<i32>>::new());
    info
}

const TEXTS: [(SqlInfo, &str); 11] = [
    (FlightSqlServerName, "huitong"),
    (FlightSqlServerVersion, env!("CARGO_PKG_VERSION")),
    (FlightSqlServerArrowVersion, "59.3.0"),
    (FlightSqlServerSubstraitMinVersion, ""),
    (FlightSqlServerSubstraitMaxVersion, ""),
    (SqlIdentifierQuoteChar, "\""),
    (SqlSearchStringEscape, "\\"),
    (SqlExtraNameCharacters, ""),
    (SqlSchemaTerm, "schema"),
    (SqlProcedureTerm, "procedure"),
    (SqlCatalogTerm, "catalog"),
];

const FLAGS: [(SqlInfo, bool); 32] = [
    (FlightSqlServerReadOnly, false),
    (FlightSqlServerSql, true),
    (FlightSqlServerSubstrait, false),
    (FlightSqlServerCancel, true),
    (FlightSqlServerBulkIngestion, true),
    (FlightSqlServerIngestTransactionsSupported, false),
    (SqlDdlCatalog, false),
    (SqlDdlSchema, true),
    (SqlDdlTable, true),
    (SqlAllTablesAreSelectable, true),
    (SqlSupportsColumnAliasing, true),
    (SqlNullPlusNullIsNull, true),
    (SqlSupportsTableCorrelationNames, true),
    (SqlSupportsDifferentTableCorrelationNames, false),
    (SqlSupportsExpressionsInOrderBy, true),
    (SqlSupportsOrderByUnrelated, true),
    (SqlSupportsLikeEscapeClause, true),
    (SqlSupportsNonNullableColumns, true),
    // Foreign keys are not declared, and keys are checked on request.
    (SqlSupportsIntegrityEnhancementFacility, false),
    (SqlCatalogAtStart, true),
    (SqlSelectForUpdateSupported, false),
    (SqlStoredProceduresSupported, false),
    (SqlCorrelatedSubqueriesSupported, true),
    (SqlMaxRowSizeIncludesBlobs, true),
    (SqlTransactionsSupported, false),
    (SqlDataDefinitionCausesTransactionCommit, true),
    (SqlDataDefinitionsInTransactionsIgnored, false),
    (SqlBatchUpdatesSupported, true),
    (SqlSavepointsSupported, false),
    (SqlNamedParametersSupported, false),
    (SqlLocatorsUpdateCopy, false),
    (SqlStoredFunctionsUsingCallSyntaxSupported, false),
];

/// Numbers of one choice, and sets of several: bit n stands for the value n of the key's own list.
fn numbers() -> [(SqlInfo, i32); 21] {
    [
        (FlightSqlServerTransaction, SqlSupportedTransaction::None as i32),
        // No limit but the server's own settings.
        (FlightSqlServerStatementTimeout, 0),
        (FlightSqlServerTransactionTimeout, 0),
        (SqlIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32),
        (SqlQuotedIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32),
        // NULL counts as the largest value: last in ascending order, first in descending.
        (SqlNullOrdering, SqlNullOrdering::SqlNullsSortedHigh as i32),
        // By what is not selected, and by more than that.
        (SqlSupportedGroupBy, BOTH),
        // Minimum and core grammar; entry level of SQL-92.
        (SqlSupportedGrammar, BOTH),
        (SqlAnsi92SupportedLevel, FIRST),
        (SqlOuterJoinsSupportLevel, OUTER_JOINS),
        (SqlSchemasSupportedActions, 0),
        (SqlCatalogsSupportedActions, 0),
        (SqlSupportedPositionedCommands, 0),
        // In comparisons, EXISTS and IN; not behind ANY and ALL.
        (SqlSupportedSubqueries, 0b111),
        // UNION and UNION ALL.
        (SqlSupportedUnions, BOTH),
        // None: there are no transactions.
        (SqlSupportedTransactionsIsolationLevels, FIRST),
        // Forward only, read only.
        (SqlSupportedResultSetTypes, 0b10),
        (SqlSupportedConcurrenciesForResultSetUnspecified, 0),
        (SqlSupportedConcurrenciesForResultSetForwardOnly, 0b10),
        (SqlSupportedConcurrenciesForResultSetScrollSensitive, 0),
        (SqlSupportedConcurrenciesForResultSetScrollInsensitive, 0),
    ]
}

/// Zero is "no limit, or unknown".
const LIMITS: [(SqlInfo, i64); 21] = [
    (SqlMaxBinaryLiteralLength, STATEMENT_BYTES_MAX),
    (SqlMaxCharLiteralLength, STATEMENT_BYTES_MAX),
    (SqlMaxColumnNameLength, NAME_BYTES_MAX),
    (SqlMaxColumnsInGroupBy, 0),
    (SqlMaxColumnsInIndex, 0),
    (SqlMaxColumnsInOrderBy, 0),
    (SqlMaxColumnsInSelect, 0),
    (SqlMaxColumnsInTable, 0),
    (SqlMaxConnections, 0),
    (SqlMaxCursorNameLength, 0),
    (SqlMaxIndexLength, 0),
    (SqlDbSchemaNameLength, NAME_BYTES_MAX),
    (SqlMaxProcedureNameLength, 0),
    (SqlMaxCatalogNameLength, NAME_BYTES_MAX),
    (SqlMaxRowSize, 0),
    (SqlMaxStatementLength, STATEMENT_BYTES_MAX),
    (SqlMaxStatements, 0),
    (SqlMaxTableNameLength, NAME_BYTES_MAX),
    (SqlMaxTablesInSelect, 0),
    (SqlMaxUsernameLength, NAME_BYTES_MAX),
    // TRANSACTION_NONE of the list of levels.
    (SqlDefaultTransactionIsolation, 0),
];

/// Words that SQL:2003 does not have and that mean something here.
const KEYWORDS: &[&str] = &[
    "ANTI",
    "COPY",
    "DATABASES",
    "DESCRIBE",
    "EXPLAIN",
    "EXTERNAL",
    "FORMAT",
    "ILIKE",
    "KILL",
    "LIMIT",
    "LOCATION",
    "OFFSET",
    "OPTIMIZE",
    "PARTITIONED",
    "PURGE",
    "QUALIFY",
    "REPLACE",
    "RESTORE",
    "RETAIN",
    "SCHEMAS",
    "SEMI",
    "SHOW",
    "STORED",
    "TABLES",
    "TBLPROPERTIES",
    "UNDROP",
    "UNNEST",
    "USE",
    "VACUUM",
    "VERSION",
    "VIEW",
    "ZORDER",
];

/// Functions by the groups of JDBC's escapes, under the names that both know.
const NUMERIC: &[&str] = &[
    "ABS", "ACOS", "ASIN", "ATAN", "ATAN2", "CEIL", "COS", "COT", "DEGREES", "EXP", "FLOOR", "LOG", "LOG10", "PI",
    "POWER", "RADIANS", "ROUND", "SIN", "SQRT", "TAN", "TRUNC",
];
const STRING: &[&str] = &[
    "ASCII",
    "BTRIM",
    "CHR",
    "CONCAT",
    "LEFT",
    "LENGTH",
    "LOWER",
    "LPAD",
    "LTRIM",
    "MD5",
    "REPEAT",
    "REPLACE",
    "REVERSE",
    "RIGHT",
    "RPAD",
    "RTRIM",
    "SPLIT_PART",
    "STRPOS",
    "SUBSTRING",
    "UPPER",
];
const SYSTEM: &[&str] = &["COALESCE", "NULLIF", "NVL", "VERSION"];
const DATETIME: &[&str] =
    &["CURRENT_DATE", "CURRENT_TIME", "DATE_PART", "DATE_TRUNC", "EXTRACT", "MAKE_DATE", "NOW", "TO_TIMESTAMP"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Each key of the specification, and none else.
    #[test]
    fn every_key_is_answered_once() {
        let mut given: Vec<i32> = TEXTS.iter().map(|(key, _)| *key as i32).collect();
        given.extend(FLAGS.iter().map(|(key, _)| *key as i32));
        given.extend(numbers().iter().map(|(key, _)| *key as i32));
        given.extend(LIMITS.iter().map(|(key, _)| *key as i32));
        given.extend([508, 509, 510, 511, 512, 517]);
        assert_eq!(given.len(), given.iter().collect::<HashSet<_>>().len());
        given.sort_unstable();
        let all: Vec<i32> = (0..=11).chain([100, 101]).chain(500..=576).collect();
        assert_eq!(given, all);
        assert!(all_keys_are_built(all.len()));
    }

    fn all_keys_are_built(count: usize) -> bool {
        let batch = all().and_then(|data| data.record_batch([]).map_err(|e| Status::internal(e.to_string())));
        batch.is_ok_and(|batch| batch.num_rows() == count)
    }
}

//! Functions with one answer, and functions about what there is none of.

use arrow::datatypes::DataType;

use super::{Function, constant, flag, text, whole};

pub fn all() -> Vec<Function> {
    answered().into_iter().chain(unknown_here()).collect()
}

/// Functions with one answer.
fn answered() -> Vec<Function> {
    let always = |name, value: &'static str| flag(name, move |_| Ok(Some(value.to_owned())));
    let allowed = [
        "has_database_privilege",
        "has_function_privilege",
        "pg_conversion_is_visible",
        "pg_function_is_visible",
        "pg_operator_is_visible",
        "pg_opfamily_is_visible",
        "pg_statistics_obj_is_visible",
        "pg_ts_config_is_visible",
        "pg_ts_dict_is_visible",
        "pg_ts_parser_is_visible",
        "pg_ts_template_is_visible",
        "pg_type_is_visible",
        "pg_opclass_is_visible",
        "pg_collation_is_visible",
        "pg_has_role",
    ];
    let denied =
        ["has_sequence_privilege", "pg_is_in_recovery", "pg_is_other_temp_schema", "pg_relation_is_publishable"];
    let mut all: Vec<_> = allowed.map(|name| always(name, "true")).into_iter().collect();
    all.extend(denied.map(|name| always(name, "false")));
    all.extend([
        constant("pg_encoding_to_char", "UTF8"),
        whole("pg_char_to_encoding", |_| Ok(Some("6".to_owned()))),
        Function { returns: DataType::Int64, ..whole("pg_relation_filenode", |_| Ok(None)) },
        whole("pg_my_temp_schema", |_| Ok(Some("0".to_owned()))),
        constant("pg_advisory_unlock_all", ""),
    ]);
    all
}

/// Functions about what there is none of: they answer null.
fn unknown_here() -> Vec<Function> {
    let texts = [
        "col_description",
        "inet_client_addr",
        "inet_server_addr",
        "obj_description",
        "pg_get_constraintdef",
        "pg_blocking_pids",
        "pg_current_wal_lsn",
        "pg_get_expr",
        "pg_get_function_arg_default",
        "pg_get_function_sqlbody",
        "pg_last_wal_receive_lsn",
        "pg_last_wal_replay_lsn",
        "pg_get_publication_tables",
        "pg_get_statisticsobjdef",
        "pg_get_functiondef",
        "pg_get_indexdef",
        "pg_get_partition_constraintdef",
        "pg_get_partkeydef",
        "pg_get_ruledef",
        "pg_get_serial_sequence",
        "pg_get_statisticsobjdef_columns",
        "pg_get_triggerdef",
        "pg_tablespace_location",
        "shobj_description",
    ];
    let sizes = [
        "pg_stat_get_numscans",
        "pg_database_size",
        "pg_indexes_size",
        "pg_relation_size",
        "pg_table_size",
        "pg_total_relation_size",
    ];
    let mut all: Vec<_> = texts.map(|name| text(name, |_| Ok(None))).into_iter().collect();
    all.extend(sizes.map(|name| Function { returns: DataType::Int64, ..text(name, |_| Ok(None)) }));
    all
}

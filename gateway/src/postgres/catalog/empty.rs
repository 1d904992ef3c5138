//! Lists of what does not exist here. Clients join them to the others, so they are there with their columns and without rows.

use arrow::array::RecordBatch;
use huitong_catalog::Result;

use super::lists::{List, Same};

type Columns = &'static [&'static str];

/// Names with their columns: numbers, texts, flags.
const LISTS: &[(&str, Columns, Columns, Columns)] = &[
    ("pg_attrdef", &["oid", "adrelid", "adnum"], &["adbin"], &[]),
    ("pg_auth_members", &["oid", "roleid", "member", "grantor"], &[], &["admin_option"]),
    ("pg_cast", &["oid", "castsource", "casttarget", "castfunc"], &["castcontext", "castmethod"], &[]),
    (
        "pg_collation",
        &["oid", "collnamespace", "collowner", "collencoding"],
        &["collname", "collprovider", "collcollate", "collctype"],
        &["collisdeterministic"],
    ),
    (
        "pg_constraint",
        &["oid", "connamespace", "conrelid", "contypid", "conindid", "conparentid", "confrelid"],
        &["conname", "contype", "confupdtype", "confdeltype", "confmatchtype", "conkey", "confkey", "conbin"],
        &["condeferrable", "condeferred", "convalidated", "conislocal", "connoinherit"],
    ),
    ("pg_depend", &["classid", "objid", "objsubid", "refclassid", "refobjid", "refobjsubid"], &["deptype"], &[]),
    ("pg_description", &["objoid", "classoid", "objsubid"], &["description"], &[]),
    ("pg_enum", &["oid", "enumtypid", "enumsortorder"], &["enumlabel"], &[]),
    ("pg_event_trigger", &["oid", "evtowner", "evtfoid"], &["evtname", "evtevent", "evtenabled", "evttags"], &[]),
    (
        "pg_extension",
        &["oid", "extowner", "extnamespace"],
        &["extname", "extversion", "extconfig", "extcondition"],
        &["extrelocatable"],
    ),
    ("pg_foreign_data_wrapper", &["oid", "fdwowner", "fdwhandler"], &["fdwname", "fdwacl", "fdwoptions"], &[]),
    ("pg_foreign_server", &["oid", "srvowner", "srvfdw"], &["srvname", "srvtype", "srvversion", "srvoptions"], &[]),
    ("pg_foreign_table", &["ftrelid", "ftserver"], &["ftoptions"], &[]),
    (
        "pg_index",
        &["indexrelid", "indrelid", "indnatts", "indnkeyatts"],
        &["indkey", "indcollation", "indclass", "indoption", "indexprs", "indpred"],
        &[
            "indisunique",
            "indisprimary",
            "indisexclusion",
            "indimmediate",
            "indisclustered",
            "indisvalid",
            "indcheckxmin",
            "indisready",
            "indislive",
            "indisreplident",
            "indnullsnotdistinct",
        ],
    ),
    ("pg_indexes", &[], &["schemaname", "tablename", "indexname", "tablespace", "indexdef"], &[]),
    ("pg_inherits", &["inhrelid", "inhparent", "inhseqno"], &[], &["inhdetachpending"]),
    (
        "pg_language",
        &["oid", "lanowner", "lanplcallfoid", "laninline", "lanvalidator"],
        &["lanname", "lanacl"],
        &["lanispl", "lanpltrusted"],
    ),
    ("pg_locks", &["database", "relation", "pid"], &["locktype", "mode"], &["granted"]),
    (
        "pg_matviews",
        &[],
        &["schemaname", "matviewname", "matviewowner", "tablespace", "definition"],
        &["hasindexes", "ispopulated"],
    ),
    (
        "pg_opclass",
        &["oid", "opcmethod", "opcnamespace", "opcowner", "opcfamily", "opcintype", "opckeytype"],
        &["opcname"],
        &["opcdefault"],
    ),
    (
        "pg_operator",
        &["oid", "oprnamespace", "oprowner", "oprleft", "oprright", "oprresult", "oprcom", "oprnegate", "oprcode"],
        &["oprname", "oprkind"],
        &["oprcanmerge", "oprcanhash"],
    ),
    ("pg_partitioned_table", &["partrelid", "partdefid", "partnatts"], &["partstrat", "partattrs", "partexprs"], &[]),
    (
        "pg_policy",
        &["oid", "polrelid"],
        &["polname", "polcmd", "polroles", "polqual", "polwithcheck"],
        &["polpermissive"],
    ),
    (
        "pg_publication",
        &["oid", "pubowner"],
        &["pubname"],
        &["puballtables", "pubinsert", "pubupdate", "pubdelete", "pubtruncate", "pubviaroot"],
    ),
    ("pg_publication_namespace", &["oid", "pnpubid", "pnnspid"], &[], &[]),
    ("pg_publication_rel", &["oid", "prpubid", "prrelid"], &["prqual", "prattrs"], &[]),
    ("pg_range", &["rngtypid", "rngsubtype", "rngmultitypid", "rngcollation"], &[], &[]),
    ("pg_replication_slots", &["active_pid"], &["slot_name", "plugin", "slot_type", "database"], &["active"]),
    ("pg_rewrite", &["oid", "ev_class"], &["rulename", "ev_type", "ev_enabled"], &["is_instead"]),
    ("pg_sequence", &["seqrelid", "seqtypid", "seqstart", "seqincrement"], &[], &["seqcycle"]),
    ("pg_sequences", &[], &["schemaname", "sequencename", "sequenceowner"], &["cycle"]),
    ("pg_shdescription", &["objoid", "classoid"], &["description"], &[]),
    ("pg_stat_gssapi", &["pid"], &["principal"], &["gss_authenticated", "encrypted"]),
    ("pg_stat_ssl", &["pid", "bits"], &["version", "cipher"], &["ssl"]),
    ("pg_stat_user_tables", &["relid", "seq_scan", "n_live_tup", "n_dead_tup"], &["schemaname", "relname"], &[]),
    (
        "pg_statistic_ext",
        &["oid", "stxrelid", "stxnamespace", "stxstattarget"],
        &["stxname", "stxkeys", "stxkind"],
        &[],
    ),
    ("pg_tablespace", &["oid", "spcowner"], &["spcname", "spcacl", "spcoptions"], &[]),
    (
        "pg_trigger",
        &["oid", "tgrelid", "tgparentid", "tgfoid", "tgtype", "tgconstraint"],
        &["tgname", "tgenabled"],
        &["tgisinternal", "tgdeferrable", "tginitdeferred"],
    ),
    ("pg_aggregate", &["aggfnoid", "aggtransfn", "aggfinalfn", "aggtranstype"], &["aggkind", "agginitval"], &[]),
    (
        "pg_amop",
        &[
            "oid",
            "amopfamily",
            "amoplefttype",
            "amoprighttype",
            "amopstrategy",
            "amopopr",
            "amopmethod",
            "amopsortfamily",
        ],
        &["amoppurpose"],
        &[],
    ),
    ("pg_amproc", &["oid", "amprocfamily", "amproclefttype", "amprocrighttype", "amprocnum", "amproc"], &[], &[]),
    (
        "pg_conversion",
        &["oid", "connamespace", "conowner", "conforencoding", "contoencoding", "conproc"],
        &["conname"],
        &["condefault"],
    ),
    ("pg_db_role_setting", &["setdatabase", "setrole"], &["setconfig"], &[]),
    ("pg_default_acl", &["oid", "defaclrole", "defaclnamespace"], &["defaclobjtype", "defaclacl"], &[]),
    ("pg_largeobject_metadata", &["oid", "lomowner"], &["lomacl"], &[]),
    ("pg_opfamily", &["oid", "opfmethod", "opfnamespace", "opfowner"], &["opfname"], &[]),
    ("pg_rules", &[], &["schemaname", "tablename", "rulename", "definition"], &[]),
    ("pg_seclabel", &["objoid", "classoid", "objsubid"], &["provider", "label"], &[]),
    (
        "pg_seclabels",
        &["objoid", "classoid", "objsubid", "objnamespace"],
        &["objtype", "objname", "provider", "label"],
        &[],
    ),
    ("pg_stat_database", &["datid", "numbackends", "xact_commit", "xact_rollback"], &["datname"], &[]),
    ("pg_statio_user_tables", &["relid", "heap_blks_read", "heap_blks_hit"], &["schemaname", "relname"], &[]),
    (
        "pg_stat_all_tables",
        &["relid", "seq_scan", "idx_scan", "n_live_tup", "n_dead_tup"],
        &["schemaname", "relname"],
        &[],
    ),
    ("pg_stat_user_indexes", &["relid", "indexrelid", "idx_scan"], &["schemaname", "relname", "indexrelname"], &[]),
    ("pg_stats", &["n_distinct"], &["schemaname", "tablename", "attname"], &["inherited"]),
    (
        "pg_subscription",
        &["oid", "subdbid", "subowner"],
        &[
            "subname",
            "subconninfo",
            "subslotname",
            "subsynccommit",
            "subpublications",
            "substream",
            "suborigin",
            "subtwophasestate",
        ],
        &["subenabled", "subbinary", "subdisableonerr", "subpasswordrequired", "subrunasowner"],
    ),
    ("pg_timezone_names", &[], &["name", "abbrev", "utc_offset"], &["is_dst"]),
    ("pg_transform", &["oid", "trftype", "trflang", "trffromsql", "trftosql"], &[], &[]),
    ("pg_ts_config", &["oid", "cfgnamespace", "cfgowner", "cfgparser"], &["cfgname"], &[]),
    ("pg_ts_config_map", &["mapcfg", "maptokentype", "mapseqno", "mapdict"], &[], &[]),
    ("pg_ts_dict", &["oid", "dictnamespace", "dictowner", "dicttemplate"], &["dictname", "dictinitoption"], &[]),
    (
        "pg_ts_parser",
        &["oid", "prsnamespace", "prsstart", "prstoken", "prsend", "prsheadline", "prslextype"],
        &["prsname"],
        &[],
    ),
    ("pg_ts_template", &["oid", "tmplnamespace", "tmplinit", "tmpllexize"], &["tmplname"], &[]),
    ("pg_user_mapping", &["oid", "umuser", "umserver"], &["umoptions"], &[]),
    ("pg_user_mappings", &["umid", "srvid", "umuser"], &["srvname", "usename", "umoptions"], &[]),
    (
        "information_schema.check_constraints",
        &[],
        &["constraint_catalog", "constraint_schema", "constraint_name", "check_clause"],
        &[],
    ),
    (
        "information_schema.column_privileges",
        &[],
        &[
            "grantor",
            "grantee",
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "privilege_type",
            "is_grantable",
        ],
        &[],
    ),
    (
        "information_schema.constraint_column_usage",
        &[],
        &[
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
        ],
        &[],
    ),
    (
        "information_schema.constraint_table_usage",
        &[],
        &["table_catalog", "table_schema", "table_name", "constraint_catalog", "constraint_schema", "constraint_name"],
        &[],
    ),
    ("information_schema.domains", &[], &["domain_catalog", "domain_schema", "domain_name", "data_type"], &[]),
    (
        "information_schema.element_types",
        &[],
        &["object_catalog", "object_schema", "object_name", "object_type", "collection_type_identifier", "data_type"],
        &[],
    ),
    (
        "information_schema.key_column_usage",
        &["ordinal_position", "position_in_unique_constraint"],
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
        ],
        &[],
    ),
    (
        "information_schema.referential_constraints",
        &[],
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "unique_constraint_catalog",
            "unique_constraint_schema",
            "unique_constraint_name",
            "match_option",
            "update_rule",
            "delete_rule",
        ],
        &[],
    ),
    (
        "information_schema.role_table_grants",
        &[],
        &[
            "grantor",
            "grantee",
            "table_catalog",
            "table_schema",
            "table_name",
            "privilege_type",
            "is_grantable",
            "with_hierarchy",
        ],
        &[],
    ),
    (
        "information_schema.sequences",
        &[],
        &[
            "sequence_catalog",
            "sequence_schema",
            "sequence_name",
            "data_type",
            "start_value",
            "minimum_value",
            "maximum_value",
            "increment",
            "cycle_option",
        ],
        &[],
    ),
    (
        "information_schema.table_constraints",
        &[],
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "constraint_type",
            "is_deferrable",
            "initially_deferred",
            "enforced",
        ],
        &[],
    ),
    (
        "information_schema.table_privileges",
        &[],
        &[
            "grantor",
            "grantee",
            "table_catalog",
            "table_schema",
            "table_name",
            "privilege_type",
            "is_grantable",
            "with_hierarchy",
        ],
        &[],
    ),
    (
        "information_schema.triggers",
        &["action_order"],
        &[
            "trigger_catalog",
            "trigger_schema",
            "trigger_name",
            "event_manipulation",
            "event_object_catalog",
            "event_object_schema",
            "event_object_table",
            "action_statement",
            "action_orientation",
            "action_timing",
        ],
        &[],
    ),
    (
        "information_schema.user_defined_types",
        &[],
        &[
            "user_defined_type_catalog",
            "user_defined_type_schema",
            "user_defined_type_name",
            "user_defined_type_category",
        ],
        &[],
    ),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    LISTS.iter().map(|(name, ..)| *name)
}

/// Whether a list never has rows.
pub fn is_empty(name: &str) -> bool {
    names().any(|known| known == name)
}

/// A list of this file.
pub fn list(name: &str) -> Result<Option<RecordBatch>> {
    let Some((_, numbers, texts, flags)) = LISTS.iter().find(|(known, ..)| *known == name) else { return Ok(None) };
    let columns = |names: &[&'static str], same: Same| names.iter().map(|name| (*name, same)).collect::<Vec<_>>();
    let list = List::new(0).same(&columns(numbers, Same::NoNumber)).same(&columns(texts, Same::NoText));
    list.same(&columns(flags, Same::Flag(false))).build().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_can_be_made() {
        for name in names() {
            let rows = list(name).unwrap().unwrap();
            assert!(rows.num_rows() == 0 && rows.num_columns() > 0, "{name}");
        }
        assert!(list("pg_class").unwrap().is_none());
    }
}

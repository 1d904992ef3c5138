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
    ("pg_keywords", &[], &["word", "catcode", "catdesc", "baredesc"], &["barelabel"]),
    ("pg_language", &["oid", "lanowner"], &["lanname"], &["lanispl", "lanpltrusted"]),
    ("pg_locks", &["database", "relation", "pid"], &["locktype", "mode"], &["granted"]),
    (
        "pg_matviews",
        &[],
        &["schemaname", "matviewname", "matviewowner", "tablespace", "definition"],
        &["hasindexes", "ispopulated"],
    ),
    ("pg_opclass", &["oid", "opcmethod", "opcnamespace", "opcintype"], &["opcname"], &["opcdefault"]),
    ("pg_operator", &["oid", "oprnamespace", "oprleft", "oprright", "oprresult"], &["oprname", "oprkind"], &[]),
    ("pg_partitioned_table", &["partrelid", "partdefid", "partnatts"], &["partstrat", "partattrs", "partexprs"], &[]),
    (
        "pg_policy",
        &["oid", "polrelid"],
        &["polname", "polcmd", "polroles", "polqual", "polwithcheck"],
        &["polpermissive"],
    ),
    (
        "pg_proc",
        &["oid", "pronamespace", "proowner", "prolang", "prorettype", "pronargs"],
        &[
            "proname",
            "prokind",
            "prosrc",
            "proargtypes",
            "proargnames",
            "proargmodes",
            "proallargtypes",
            "provolatile",
            "proacl",
        ],
        &["proretset", "prosecdef", "proisstrict"],
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
    (
        "pg_stat_activity",
        &["datid", "pid", "usesysid"],
        &["datname", "usename", "application_name", "state", "query"],
        &[],
    ),
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

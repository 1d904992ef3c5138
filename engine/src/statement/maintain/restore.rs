//! `RESTORE TABLE t TO VERSION AS OF n`: the files of an older version, as a new one.

use datafusion::common::TableReference;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::transaction::CommitProperties;
use huitong_catalog::Result;

use super::super::versions::At;
use super::super::{table_name, write};
use crate::error::of_delta;
use crate::session::{Done, Session};
use crate::write::commit::{metadata, settled};
use crate::write::spelling;

/// Makes a table what it was, in one commit. A version whose files were removed by VACUUM is refused.
pub async fn run(session: &Session, table: &TableReference, to: At) -> Result<Done> {
    let name = table_name(session, table)?;
    let changing = session.engine().compaction().exclude(&name).await;
    let (object, version) = write::target(session, &name).await?;
    session.access().require_change(&object)?;
    let engine = session.engine();
    let old = engine.lake().at(&object.definition, &name.to_string(), to).await?;
    let log = engine.lake().log(&object.definition)?;
    let provenance = write::provenance(session, &engine.id()?);
    let text = name.to_string();
    write::to_the_end(async move {
        let _changing = changing;
        let told = |e| of_delta(e, &text);
        let files = old.files.iter().chain(&version.files).map(|file| file.log_path.as_str());
        let log = spelling::kept(log, [old.snapshot.as_ref(), version.snapshot.as_ref()], files).await.map_err(told)?;
        let mut newest = DeltaTable::new(log.clone());
        // That version and no later one: the files of a later one may have other spellings.
        let base = version.number;
        newest.load_version(base).await.map_err(told)?;
        let restored = newest
            .restore()
            .with_version_to_restore(old.number)
            .with_commit_properties(CommitProperties::default().with_metadata(metadata(&provenance)));
        match restored.await {
            Err(error) => match settled(&log, base, &provenance).await.map_err(told)? {
                Some(_) => Ok(()),
                None => Err(told(error)),
            },
            Ok(_) => Ok(()),
        }
    })
    .await?;
    Ok(Done { command: "RESTORE", rows: None })
}

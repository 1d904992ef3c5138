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

/// Makes a table what it was, in one commit. A version whose files were removed by VACUUM is refused.
pub async fn run(session: &Session, table: &TableReference, to: At) -> Result<Done> {
    let name = table_name(session, table)?;
    let (object, newest) = write::target(session, &name).await?;
    let engine = session.engine();
    let number = engine.lake().number_at(&object.definition, &name.to_string(), to, newest.number).await?;
    let log = engine.lake().log(&object.definition)?;
    let provenance = write::provenance(session, &engine.id()?);
    let text = name.to_string();
    write::to_the_end(async move {
        let told = |e| of_delta(e, &text);
        let mut newest = DeltaTable::new(log.clone());
        newest.load().await.map_err(told)?;
        let base = newest.version().unwrap_or_default();
        let restored = newest
            .restore()
            .with_version_to_restore(number)
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

//! Files that already lie in an allowed location, read in place: Parquet files and Delta tables.

use std::path::Path as FsPath;
use std::sync::Arc;

use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use huitong_catalog::{Code, Error, Result};

use crate::error;
use crate::stores::Stores;

/// The Parquet file, or every `*.parquet` file of the directory, at `location`.
///
/// The schema is read from the files now, so a missing or broken file is named at once.
pub async fn parquet(
    location: &str,
    table: &str,
    stores: &Stores,
    state: &dyn Session,
) -> Result<Arc<dyn TableProvider>> {
    let path = local_path(location);
    if !stores.allows(FsPath::new(&path)) {
        return Err(not_allowed(location));
    }
    if !FsPath::new(&path).exists() {
        return Err(Error::new(Code::FILE_MISSING, format!("table `{table}`: no file or directory at `{location}`")));
    }
    let url = ListingTableUrl::parse(&path).map_err(error::of_datafusion)?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let named = |e| error::in_table(error::of_datafusion(e), table);
    let config = ListingTableConfig::new(url).with_listing_options(options).infer_schema(state).await.map_err(named)?;
    Ok(Arc::new(ListingTable::try_new(config).map_err(named)?))
}

/// The path behind `file:///…` or a plain absolute path.
pub fn local_path(location: &str) -> String {
    location.strip_prefix("file://").unwrap_or(location).to_owned()
}

pub fn not_allowed(location: &str) -> Error {
    Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{location}` is outside the allowed locations"))
        .with_hint("an administrator allows locations with `storage.allowed_paths` in the configuration")
}

//! Files that already lie in an allowed location, read in place: Parquet files and Delta tables.

use std::any::Any;
use std::path::Path as FsPath;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl, PartitionedFile,
};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use huitong_catalog::{Code, Error, Result};

use crate::error;
use crate::rules::float_filters;
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
    Ok(Arc::new(ExternalFiles(ListingTable::try_new(config).map_err(named)?)))
}

/// Parquet files whose footers answer no question about floats: their bounds leave NaN out, which is larger than every number.
#[derive(Debug)]
pub struct ExternalFiles(ListingTable);

impl ExternalFiles {
    /// Bytes of all files.
    pub async fn size_bytes(&self, state: &dyn Session) -> DfResult<u64> {
        let files = self.0.list_files_for_scan(state, &[], None).await?;
        let sizes = files.file_groups.iter().flat_map(FileGroup::iter).map(|file| file.object_meta.size);
        Ok(sizes.fold(0, u64::saturating_add))
    }
}

#[async_trait]
impl TableProvider for ExternalFiles {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        self.0.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        self.0.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let plan = self.0.scan(state, projection, filters, limit).await?;
        Ok(without_float_bounds(&plan, &self.schema()).unwrap_or(plan))
    }
}

/// The same scan, which says nothing of the bounds of floats; none if it is not a scan of files.
fn without_float_bounds(plan: &Arc<dyn ExecutionPlan>, schema: &Schema) -> Option<Arc<dyn ExecutionPlan>> {
    let scan = (plan.as_ref() as &dyn Any).downcast_ref::<DataSourceExec>()?;
    let config = (scan.data_source().as_ref() as &dyn Any).downcast_ref::<FileScanConfig>()?;
    let without = |statistics: &Statistics| {
        let mut statistics = statistics.clone();
        for (column, field) in statistics.column_statistics.iter_mut().zip(schema.fields()) {
            if float_filters::holds_float(field.data_type()) {
                *column = ColumnStatistics { null_count: column.null_count, ..ColumnStatistics::new_unknown() };
            }
        }
        statistics
    };
    let group = |group: &FileGroup| {
        let file = |file: &PartitionedFile| {
            let statistics = file.statistics.as_ref().map(|statistics| Arc::new(without(statistics)));
            PartitionedFile { statistics, ..file.clone() }
        };
        let files = FileGroup::new(group.iter().map(file).collect());
        match group.file_statistics(None) {
            Some(statistics) => files.with_statistics(Arc::new(without(statistics))),
            None => files,
        }
    };
    let groups = config.file_groups.iter().map(group).collect();
    let config = FileScanConfigBuilder::from(config.clone())
        .with_statistics(without(&config.statistics()))
        .with_file_groups(groups)
        .build();
    Some(DataSourceExec::from_data_source(config))
}

/// The path behind `file:///…` or a plain absolute path.
pub fn local_path(location: &str) -> String {
    location.strip_prefix("file://").unwrap_or(location).to_owned()
}

/// What the paths of its files begin with, as plans name them.
pub fn path(location: &str) -> Result<String> {
    let url = ListingTableUrl::parse(local_path(location)).map_err(error::of_datafusion)?;
    Ok(url.prefix().to_string())
}

pub fn not_allowed(location: &str) -> Error {
    Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{location}` is outside the allowed locations"))
        .with_hint("an administrator allows locations with `storage.allowed_paths` in the configuration")
}

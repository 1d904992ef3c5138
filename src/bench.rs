//! `huitong bench`: what benchmarks need that is not a query.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatchReader;
use clap::{Args, Subcommand};
use huitong_catalog::{Code, Error, Result};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow, SupplierArrow,
};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Write the eight tables of TPC-H as Parquet files.
    TpchData {
        /// Scale factor: 1 is about a gigabyte of text.
        #[arg(long, default_value_t = 1.0)]
        scale: f64,
        /// Where the files go; made if missing.
        #[arg(long)]
        dir: PathBuf,
    },
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let Verb::TpchData { scale, dir } = &arguments.verb;
    if !(scale.is_finite() && *scale > 0.0) {
        return Err(
            Error::new(Code::BAD_VALUE, format!("`--scale {scale}` is no scale factor")).with_hint("a number above 0")
        );
    }
    std::fs::create_dir_all(dir).map_err(|e| unwritable(dir, e))?;
    let (s, one) = (*scale, 1);
    write(dir, "region", RegionArrow::new(RegionGenerator::new(s, one, one)))?;
    write(dir, "nation", NationArrow::new(NationGenerator::new(s, one, one)))?;
    write(dir, "supplier", SupplierArrow::new(SupplierGenerator::new(s, one, one)))?;
    write(dir, "customer", CustomerArrow::new(CustomerGenerator::new(s, one, one)))?;
    write(dir, "part", PartArrow::new(PartGenerator::new(s, one, one)))?;
    write(dir, "partsupp", PartSuppArrow::new(PartSuppGenerator::new(s, one, one)))?;
    write(dir, "orders", OrderArrow::new(OrderGenerator::new(s, one, one)))?;
    write(dir, "lineitem", LineItemArrow::new(LineItemGenerator::new(s, one, one)))
}

fn write(dir: &Path, table: &str, rows: impl RecordBatchReader) -> Result<()> {
    let path = dir.join(format!("{table}.parquet"));
    let file = File::create(&path).map_err(|e| unwritable(&path, e))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).map_err(|e| unwritable(&path, e))?;
    for batch in rows {
        let batch = batch.map_err(|e| unwritable(&path, e))?;
        writer.write(&batch).map_err(|e| unwritable(&path, e))?;
    }
    writer.close().map(drop).map_err(|e| unwritable(&path, e))
}

fn unwritable(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be written: {error}", path.display())).caused_by(error)
}

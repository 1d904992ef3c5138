//! `huitong bench`: what benchmarks need that is not a query.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use clap::{Args, Subcommand};
use huitong_catalog::{Code, Error, Result};
use huitong_sample::{City, Options};
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
    /// Write tables of a sample city as Parquet files, without making the rest of the city.
    CityData {
        /// Names such as legal.park_project.
        #[arg(required = true)]
        tables: Vec<String>,
        /// How many people the city has; other tables grow with it.
        #[arg(long, default_value_t = 100_000)]
        people: u64,
        #[arg(long, default_value_t = 2026)]
        seed: u64,
        /// Where the files go; made if missing.
        #[arg(long)]
        dir: PathBuf,
    },
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.verb {
        Verb::TpchData { scale, dir } => tpch(*scale, dir),
        Verb::CityData { tables, people, seed, dir } => {
            let city = City::new(Options { people: *people, seed: *seed, ..Options::default() });
            let city = city.map_err(|e| Error::new(Code::BAD_VALUE, e.to_string()))?;
            make(dir)?;
            tables.iter().try_for_each(|name| of_city(&city, name, dir))
        }
    }
}

fn of_city(city: &City, name: &str, dir: &Path) -> Result<()> {
    let table = name.split_once('.').and_then(|(schema, table)| city.table(schema, table));
    let Some(table) = table else {
        let known: Vec<String> = city.tables().iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
        let error = Error::new(Code::BAD_VALUE, format!("the city has no table `{name}`"));
        return Err(error.with_suggestion(name, known.iter().map(String::as_str)));
    };
    write(dir, name, &table.arrow_schema, table.batches().map(Ok))
}

fn tpch(scale: f64, dir: &Path) -> Result<()> {
    if !(scale.is_finite() && scale > 0.0) {
        return Err(
            Error::new(Code::BAD_VALUE, format!("`--scale {scale}` is no scale factor")).with_hint("a number above 0")
        );
    }
    make(dir)?;
    let (s, one) = (scale, 1);
    read(dir, "region", RegionArrow::new(RegionGenerator::new(s, one, one)))?;
    read(dir, "nation", NationArrow::new(NationGenerator::new(s, one, one)))?;
    read(dir, "supplier", SupplierArrow::new(SupplierGenerator::new(s, one, one)))?;
    read(dir, "customer", CustomerArrow::new(CustomerGenerator::new(s, one, one)))?;
    read(dir, "part", PartArrow::new(PartGenerator::new(s, one, one)))?;
    read(dir, "partsupp", PartSuppArrow::new(PartSuppGenerator::new(s, one, one)))?;
    read(dir, "orders", OrderArrow::new(OrderGenerator::new(s, one, one)))?;
    read(dir, "lineitem", LineItemArrow::new(LineItemGenerator::new(s, one, one)))
}

fn make(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|e| unwritable(dir, e))
}

fn read(dir: &Path, table: &str, rows: impl RecordBatchReader) -> Result<()> {
    write(dir, table, &rows.schema(), rows)
}

fn write(
    dir: &Path,
    table: &str,
    schema: &SchemaRef,
    rows: impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>>,
) -> Result<()> {
    let path = dir.join(format!("{table}.parquet"));
    let file = File::create(&path).map_err(|e| unwritable(&path, e))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer =
        ArrowWriter::try_new(file, Arc::clone(schema), Some(properties)).map_err(|e| unwritable(&path, e))?;
    for batch in rows {
        let batch = batch.map_err(|e| unwritable(&path, e))?;
        writer.write(&batch).map_err(|e| unwritable(&path, e))?;
    }
    writer.close().map(drop).map_err(|e| unwritable(&path, e))
}

fn unwritable(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be written: {error}", path.display())).caused_by(error)
}

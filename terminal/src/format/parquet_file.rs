//! `parquet`: one result as one Parquet file.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Out, ResultWriter, WriteError, not_begun};

/// A row group ends here even when its rows are few, which bounds the memory that wide rows take.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

pub(super) struct ParquetWriter<'a> {
    state: State<'a>,
    rows: u64,
}

enum State<'a> {
    New(Out<'a>),
    Begun(Box<ArrowWriter<Out<'a>>>),
    Ended,
}

impl<'a> ParquetWriter<'a> {
    pub(super) fn new(out: Out<'a>) -> Self {
        Self { state: State::New(out), rows: 0 }
    }

    fn writer(&mut self) -> Result<&mut ArrowWriter<Out<'a>>, WriteError> {
        match &mut self.state {
            State::Begun(writer) => Ok(writer),
            State::New(_) | State::Ended => Err(not_begun()),
        }
    }
}

impl ResultWriter for ParquetWriter<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError> {
        let State::New(out) = std::mem::replace(&mut self.state, State::Ended) else {
            return Err(WriteError::Refused("parquet holds one result".into()));
        };
        let zstd = Compression::ZSTD(ZstdLevel::try_new(3)?);
        let properties = WriterProperties::builder().set_compression(zstd).build();
        let writer = ArrowWriter::try_new(out, SchemaRef::clone(schema), Some(properties))?;
        self.state = State::Begun(Box::new(writer));
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let writer = self.writer()?;
        writer.write(batch)?;
        if writer.in_progress_size() > ROW_GROUP_BYTES {
            writer.flush()?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(&mut self) -> Result<u64, WriteError> {
        self.writer()?.finish()?;
        Ok(self.rows)
    }
}

//! Arrow's IPC streaming format. Its end has a mark of its own.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use huitong_catalog::{Code, Error, Result};

use super::unwritten;

/// The writer, once it has begun; it writes into a buffer that is emptied after each piece.
pub struct ArrowStream {
    schema: SchemaRef,
    writer: Option<StreamWriter<Vec<u8>>>,
}

impl ArrowStream {
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema, writer: None }
    }

    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let writer = StreamWriter::try_new(Vec::new(), &self.schema).map_err(unwritten)?;
        out.append(self.writer.insert(writer).get_mut());
        Ok(())
    }

    pub fn rows(&mut self, rows: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.with(out, |writer| writer.write(rows).map_err(unwritten))
    }

    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.with(out, |writer| writer.finish().map_err(unwritten))
    }

    fn with(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut StreamWriter<Vec<u8>>) -> Result<()>) -> Result<()> {
        let not_begun = || Error::new(Code::INTERNAL, "rows came before their schema");
        let writer = self.writer.as_mut().ok_or_else(not_begun)?;
        write(writer)?;
        out.append(writer.get_mut());
        Ok(())
    }
}

//! `arrow`: one result as an Arrow IPC stream, for programs at the other end of a pipe.

use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter as Ipc;
use arrow::record_batch::RecordBatch;

use super::{Out, ResultWriter, WriteError, not_begun};

pub(super) struct StreamWriter<'a> {
    out: Option<Out<'a>>,
    ipc: Option<Ipc<Out<'a>>>,
    rows: u64,
}

impl<'a> StreamWriter<'a> {
    pub(super) fn new(out: Out<'a>) -> Self {
        Self { out: Some(out), ipc: None, rows: 0 }
    }
}

impl ResultWriter for StreamWriter<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError> {
        let out = self.out.take().ok_or_else(|| WriteError::Refused("arrow holds one result".into()))?;
        self.ipc = Some(Ipc::try_new(out, schema)?);
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let ipc = self.ipc.as_mut().ok_or_else(not_begun)?;
        ipc.write(batch)?;
        ipc.flush()?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(&mut self) -> Result<u64, WriteError> {
        self.ipc.as_mut().ok_or_else(not_begun)?.finish()?;
        Ok(self.rows)
    }
}

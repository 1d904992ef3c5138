//! How a write travels to an executor.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::not_impl_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use super::exec::WriteExec;

/// Carries [`WriteExec`] as JSON: small, readable in a dump, and new fields can be given defaults.
#[derive(Debug)]
pub struct WriteCodec;

impl PhysicalExtensionCodec for WriteCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        _context: &TaskContext,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = inputs else { return not_impl_err!("a write has exactly one input") };
        let spec = serde_json::from_slice(buf).map_err(|e| DataFusionError::External(Box::new(e)))?;
        Ok(Arc::new(WriteExec::new(input.clone(), spec)))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match (node.as_ref() as &dyn Any).downcast_ref::<WriteExec>() {
            Some(write) => serde_json::to_writer(buf, write.spec()).map_err(|e| DataFusionError::External(Box::new(e))),
            None => not_impl_err!("`{}` cannot travel to an executor", node.name()),
        }
    }
}

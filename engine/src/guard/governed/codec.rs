//! How a barrier travels to an executor.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::not_impl_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use super::barrier::Barrier;

/// Carries [`Barrier`] as JSON.
#[derive(Debug)]
pub struct BarrierCodec;

impl PhysicalExtensionCodec for BarrierCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        _context: &TaskContext,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = inputs else { return not_impl_err!("a barrier has exactly one input") };
        let seal = serde_json::from_slice(buf).map_err(|e| DataFusionError::External(Box::new(e)))?;
        Ok(Arc::new(Barrier::new(input.clone(), seal)))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match (node.as_ref() as &dyn Any).downcast_ref::<Barrier>() {
            Some(barrier) => {
                serde_json::to_writer(buf, barrier.seal()).map_err(|e| DataFusionError::External(Box::new(e)))
            }
            None => not_impl_err!("`{}` cannot travel to an executor", node.name()),
        }
    }
}

//! How operators of ours travel to executors.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::common::not_impl_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An operator with one input and something to know about it.
pub trait Carried: ExecutionPlan + Sized {
    type Known: Serialize + DeserializeOwned;

    fn over(input: Arc<dyn ExecutionPlan>, known: Self::Known) -> Self;

    fn known(&self) -> &Self::Known;
}

/// Carries what an operator knows as JSON: small, readable in a dump, and new fields can be given defaults.
pub struct Codec<T>(PhantomData<fn() -> T>);

impl<T> Default for Codec<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T> fmt::Debug for Codec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec<{}>", std::any::type_name::<T>())
    }
}

impl<T: Carried + 'static> PhysicalExtensionCodec for Codec<T> {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        _context: &TaskContext,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = inputs else { return not_impl_err!("an operator of ours has exactly one input") };
        let known = serde_json::from_slice(buf).map_err(|e| DataFusionError::External(Box::new(e)))?;
        Ok(Arc::new(T::over(input.clone(), known)))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match (node.as_ref() as &dyn Any).downcast_ref::<T>() {
            Some(node) => serde_json::to_writer(buf, node.known()).map_err(|e| DataFusionError::External(Box::new(e))),
            None => not_impl_err!("`{}` cannot travel to an executor", node.name()),
        }
    }
}

//! Reads a finished job's partitions from the executors that hold them.

use arrow::datatypes::SchemaRef;
use ballista_core::client::BallistaClient;
use ballista_core::error::BallistaError;
use ballista_core::extension::{BallistaConfigGrpcEndpoint, EndpointOverrideFn};
use ballista_core::serde::protobuf::PartitionLocation;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::{Code, Error};
use huitong_engine::error::{into_datafusion, of_datafusion};
use huitong_engine::planning::MESSAGE_BYTES_MAX;
use std::sync::Arc;

use crate::rest::Rest;
use crate::staged::JobGuard;

const RETRIES: u8 = 3;
const RETRY_WAIT_MS: u64 = 250;

/// How executors are reached.
#[derive(Clone)]
pub struct Peers {
    pub endpoint: EndpointOverrideFn,
    pub tls: bool,
    /// Takes executors that cannot be reached.
    pub rest: Arc<Rest>,
}

/// The partitions one after the other, in order; the job's data is removed when the last row was read or the stream is
/// dropped. One partition at a time is in flight, so a slow reader holds back the executors and not this process.
pub fn stream(
    mut locations: Vec<PartitionLocation>,
    schema: SchemaRef,
    peers: Peers,
    guard: JobGuard,
) -> SendableRecordBatchStream {
    locations.sort_by_key(|location| {
        let partition = location.partition_id.as_ref().map_or(0, |id| id.partition_id);
        (partition, location.map_partition_id, location.file_id)
    });
    let parts =
        stream::iter(locations).then(move |location| fetch(location, peers.clone())).try_flatten().map_err(gone);
    let mut guard = guard;
    let end = stream::once(async move {
        guard.finished();
        Ok(None)
    });
    let rows = parts.map_ok(Some).chain(end).try_filter_map(|batch| async { Ok(batch) });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// The job has ended well, so whatever goes wrong now is the way of its result.
fn gone(error: DataFusionError) -> DataFusionError {
    let text = format!("an executor was lost with a part of the result: {}", of_datafusion(error).message);
    into_datafusion(Error::new(Code::JOB_FAILED, text).with_hint("try again"))
}

async fn fetch(location: PartitionLocation, Peers { endpoint, tls, rest }: Peers) -> Result<SendableRecordBatchStream> {
    let layout = location.layout();
    let missing = |what: &str| DataFusionError::Internal(format!("a result location without {what}"));
    let executor = location.executor_meta.ok_or_else(|| missing("executor"))?;
    let partition = location.partition_id.ok_or_else(|| missing("partition"))?;
    let port = u16::try_from(executor.port).map_err(|_| missing("port"))?;
    let endpoint = Some(Arc::new(BallistaConfigGrpcEndpoint::new(endpoint)));
    let fetched = async {
        let (size, wait) = (MESSAGE_BYTES_MAX, RETRY_WAIT_MS);
        let client = BallistaClient::try_new(&executor.host, port, size, tls, endpoint, RETRIES, wait, 0, 0);
        let mut client = client.await?;
        client.fetch_partition(&executor.id, &partition.into(), location.file_id, layout, false).await
    };
    let fetched = fetched.await.map_err(BallistaError::into_datafusion);
    fetched.inspect_err(|_| rest.send(&executor.id))
}

//! How answers are announced and sent.

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::ProstMessageExt;
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, SchemaAsIpc, Ticket};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use huitong_catalog::{Code, Error};
use prost::Message;
use prost::bytes::Bytes;
use tonic::{Request, Response, Status};

use super::service::FlightSql;
use crate::status;

/// Messages stay below what clients accept by default (4 MiB).
const MESSAGE_BYTES: usize = 2 * 1024 * 1024;

pub type DoGet = Result<Response<<FlightSql as FlightService>::DoGetStream>, Status>;
pub type Info = Result<Response<FlightInfo>, Status>;

/// One endpoint without a location: the answer comes over the same connection.
pub fn flight_info(schema: &Schema, ticket: Ticket) -> huitong_catalog::Result<FlightInfo> {
    let failed = |e| Error::new(Code::INTERNAL, "the schema cannot be sent").caused_by(e);
    Ok(FlightInfo::new()
        .try_with_schema(schema)
        .map_err(failed)?
        .with_endpoint(FlightEndpoint::new().with_ticket(ticket))
        .with_total_records(-1)
        .with_total_bytes(-1)
        .with_ordered(true))
}

/// The ticket of a metadata answer is the command itself.
pub fn info_of(command: &impl ProstMessageExt, schema: &Schema, request: Request<FlightDescriptor>) -> Info {
    let info = flight_info(schema, Ticket::new(command.as_any().encode_to_vec())).map_err(status::of)?;
    Ok(Response::new(info.with_descriptor(request.into_inner())))
}

pub fn answer(schema: SchemaRef, batches: BoxStream<'static, Result<RecordBatch, FlightError>>) -> DoGet {
    let encoded = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_max_flight_data_size(MESSAGE_BYTES)
        .build(batches)
        .map_err(|error| match error {
            FlightError::Tonic(status) => *status,
            other => Status::internal(other.to_string()),
        });
    Ok(Response::new(Box::pin(encoded)))
}

pub fn one(batch: RecordBatch) -> DoGet {
    answer(batch.schema(), stream::once(async { Ok(batch) }).boxed())
}

pub fn empty(schema: SchemaRef) -> DoGet {
    answer(schema, stream::empty().boxed())
}

/// A schema as clients read it: an encapsulated IPC message.
pub fn schema_bytes(schema: &Schema) -> Result<Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message = IpcMessage::try_from(SchemaAsIpc::new(schema, &options));
    message.map(|message| message.0).map_err(|e| Status::internal(format!("schema cannot be sent: {e}")))
}

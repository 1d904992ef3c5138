//! How answers are announced and sent.

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::ProstMessageExt;
use arrow_flight::{FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, SchemaAsIpc, Ticket};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use huitong_catalog::{Code, Error, Result as HtResult};
use huitong_engine::Session;
use prost::Message;
use prost::bytes::Bytes;
use tonic::{Request, Response, Status};

use super::clients::fit;
use super::life;
use super::service::FlightSql;
use crate::status;

/// Messages stay below what clients accept by default (4 MiB).
const MESSAGE_BYTES: usize = 2 * 1024 * 1024;

pub type DoGet = Result<Response<<FlightSql as FlightService>::DoGetStream>, Status>;
pub type Info = Result<Response<FlightInfo>, Status>;

/// Endpoints without a location: the answer comes over the same connection. The rows of one come in their order.
pub fn flight_info(schema: &Schema, tickets: Vec<Ticket>) -> HtResult<FlightInfo> {
    let failed = |e| Error::new(Code::INTERNAL, "the schema cannot be sent").caused_by(e);
    let info = FlightInfo::new().try_with_schema(schema).map_err(failed)?.with_ordered(tickets.len() == 1);
    let endpoint = |info: FlightInfo, ticket| info.with_endpoint(FlightEndpoint::new().with_ticket(ticket));
    Ok(tickets.into_iter().fold(info, endpoint).with_total_records(-1).with_total_bytes(-1))
}

/// The ticket of a metadata answer is the command itself.
pub fn info_of(command: &impl ProstMessageExt, schema: &Schema, request: Request<FlightDescriptor>) -> Info {
    let info = flight_info(schema, vec![Ticket::new(command.as_any().encode_to_vec())]).map_err(status::of)?;
    Ok(Response::new(info.with_descriptor(request.into_inner())))
}

fn answer(schema: SchemaRef, batches: BoxStream<'static, Result<RecordBatch, FlightError>>) -> DoGet {
    Ok(Response::new(Box::pin(encoded(schema, batches, IpcWriteOptions::default()))))
}

/// The rows of a statement, as its session wants them, with signs of life while they are long in coming.
pub fn rows(session: &Session, schema: SchemaRef, batches: BoxStream<'static, HtResult<RecordBatch>>) -> DoGet {
    let options = IpcWriteOptions::default().try_with_compression(session.settings().result_compression);
    let options = options.map_err(|error| Status::internal(error.to_string()))?;
    let to = schema.clone();
    let batches = batches.map(move |batch| match batch {
        Ok(batch) => fit(&batch, &to).map_err(FlightError::Arrow),
        Err(error) => Err(FlightError::Tonic(Box::new(status::of(error)))),
    });
    let messages = encoded(schema.clone(), batches.boxed(), options);
    life::with_signs(messages, &schema, session.engine().keep_alive()).map(Response::new).map_err(status::of)
}

fn encoded(
    schema: SchemaRef,
    batches: BoxStream<'static, Result<RecordBatch, FlightError>>,
    options: IpcWriteOptions,
) -> impl Stream<Item = Result<FlightData, Status>> + Send + 'static {
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_options(options)
        .with_max_flight_data_size(MESSAGE_BYTES)
        .build(batches)
        .map_err(|error| match error {
            FlightError::Tonic(status) => *status,
            other => Status::internal(other.to_string()),
        })
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

//! A server over Flight SQL.
//!
//! The calls are made on the plain Flight client: the ready-made Flight SQL client turns statuses into text, and with
//! them the code, the hint and the place that the server sent.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::{AsArray, BinaryArray};
use arrow::datatypes::Schema;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{
    CommandGetTables, CommandStatementIngest, CommandStatementQuery, DoPutUpdateResult, ProstMessageExt,
    TableDefinitionOptions, TableExistsOption, TableNotExistOption,
};
use arrow_flight::{Action, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, Ticket};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::backend::Progress;
use huitong_gateway::flight::PROGRESS;
use huitong_gateway::status;
use huitong_terminal::{ClientError, Connection, Name, QueryProgress, Statement};
use prost::Message;
use tokio::sync::{Notify, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

use super::{Client, Load, shown};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Results come in messages below 4 MiB; this is room for one very long row.
const MESSAGE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Messages of a load that wait for the connection.
const MESSAGES_AHEAD: usize = 4;

/// How often a running query is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// A signed-in connection.
#[derive(Clone)]
pub struct Flight {
    client: FlightServiceClient<Channel>,
    token: MetadataValue<Ascii>,
    url: String,
    user: String,
}

impl Flight {
    /// Signs in with the token of HUITONG_TOKEN, the password of HUITONG_PASSWORD, or a password asked for.
    pub async fn connect(url: &str, user: &str, ca: Option<&Path>) -> Result<Self> {
        let channel = channel(url, ca).await?;
        let mut client = FlightServiceClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let token = match std::env::var("HUITONG_TOKEN") {
            Ok(token) => header(&format!("Bearer {token}"))?,
            Err(_) => sign_in(&mut client, user, &password(user)?).await?,
        };
        Ok(Self { client, token, url: url.to_owned(), user: user.to_owned() })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.clone());
        request
    }

    async fn info(&self, command: &impl ProstMessageExt) -> Result<FlightInfo> {
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let info = self.client.clone().get_flight_info(self.request(descriptor)).await;
        info.map(tonic::Response::into_inner).map_err(|status| of_status(&status))
    }

    /// Asks how far a query is for as long as the second part of the answer lives.
    fn follow(&self, query_id: String) -> (watch::Receiver<QueryProgress>, Arc<()>) {
        let (sender, receiver) = watch::channel(QueryProgress::default());
        let alive = Arc::new(());
        let (flight, running) = (self.clone(), Arc::downgrade(&alive));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(ASK_EVERY).await;
                if running.strong_count() == 0 {
                    return;
                }
                // A server that cannot tell costs a bar, not an answer.
                if let Ok(Some(progress)) = flight.ask(&query_id).await {
                    sender.send_replace(shown_progress(&progress));
                }
            }
        });
        (receiver, alive)
    }

    async fn ask(&self, query_id: &str) -> Result<Option<Progress>, Status> {
        let action = Action::new(PROGRESS, query_id.to_owned());
        let mut answers = self.client.clone().do_action(self.request(action)).await?.into_inner();
        let answer = answers.message().await?;
        Ok(answer.and_then(|answer| serde_json::from_slice(&answer.body).ok()))
    }

    async fn fetch(&self, info: &FlightInfo) -> Result<FlightRecordBatchStream> {
        let ticket = info.endpoint.first().and_then(|endpoint| endpoint.ticket.clone());
        let ticket = ticket.ok_or_else(|| Error::new(Code::INTERNAL, "the server sent no ticket"))?;
        let data =
            self.client.clone().do_get(self.request::<Ticket>(ticket)).await.map_err(|status| of_status(&status))?;
        Ok(FlightRecordBatchStream::new_from_flight_data(
            data.into_inner().map_err(|status| FlightError::Tonic(Box::new(status))),
        ))
    }
}

fn shown_progress(progress: &Progress) -> QueryProgress {
    let stage = format!("stage {} of {}", (progress.stages_done + 1).min(progress.stages), progress.stages);
    QueryProgress { fraction: Some(progress.fraction), stage: Some(stage), ..QueryProgress::default() }
}

async fn channel(url: &str, ca: Option<&Path>) -> Result<Channel> {
    let refuse = |e: tonic::transport::Error| {
        let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        Error::new(Code::SERVER_UNREACHABLE, format!("`{url}` cannot be reached: {why}"))
            .with_hint("is the server up, and is this its address?")
            .caused_by(e)
    };
    let no_address = || {
        Error::new(Code::BAD_VALUE, format!("`{url}` is no server address"))
            .with_hint("write grpc://HOST:PORT or grpc+tls://HOST:PORT")
    };
    let (address, tls) = match url.split_once("://") {
        Some(("grpc" | "grpc+tcp" | "http", rest)) => (format!("http://{rest}"), false),
        Some(("grpc+tls" | "https", rest)) => (format!("https://{rest}"), true),
        _ => return Err(no_address()),
    };
    let mut endpoint = Endpoint::from_shared(address)
        .map_err(|e| no_address().caused_by(e))?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true);
    if tls {
        let mut config = ClientTlsConfig::new();
        if let Some(ca) = ca {
            config = config.ca_certificate(Certificate::from_pem(huitong_catalog::certs::read_pem("--ca", ca)?));
        }
        endpoint = endpoint.tls_config(config).map_err(refuse)?;
    }
    endpoint.connect().await.map_err(refuse)
}

fn password(user: &str) -> Result<String> {
    match std::env::var("HUITONG_PASSWORD") {
        Ok(password) => Ok(password),
        Err(_) => rpassword::prompt_password(format!("Password of {user}: ")).map_err(|e| {
            Error::new(Code::NOT_SIGNED_IN, format!("the password cannot be read: {e}"))
                .with_hint("set HUITONG_PASSWORD or HUITONG_TOKEN")
        }),
    }
}

async fn sign_in(
    client: &mut FlightServiceClient<Channel>,
    user: &str,
    password: &str,
) -> Result<MetadataValue<Ascii>> {
    let basic = STANDARD.encode(format!("{user}:{password}"));
    let mut request = Request::new(stream::iter([HandshakeRequest::default()]));
    request.metadata_mut().insert("authorization", header(&format!("Basic {basic}"))?);
    let answer = client.handshake(request).await.map_err(|status| of_status(&status))?;
    let token = answer.metadata().get("authorization").cloned();
    token.ok_or_else(|| Error::new(Code::NOT_SIGNED_IN, "the server sent no token"))
}

fn header(text: &str) -> Result<MetadataValue<Ascii>> {
    MetadataValue::try_from(text)
        .map_err(|_| Error::new(Code::TOKEN_INVALID, "the token has characters that a token never has"))
}

/// What the server sent, or what the connection says.
fn of_status(status: &Status) -> Error {
    status::read(status).unwrap_or_else(|| {
        let text = status.message().to_owned();
        let (code, text) = match text.split_once(": ") {
            Some((code, rest)) if code.parse::<Code>().is_ok() => {
                (code.parse().unwrap_or(Code::INTERNAL), rest.to_owned())
            }
            _ => (Code::SERVER_UNREACHABLE, format!("the connection failed: {text}")),
        };
        Error::new(code, text)
    })
}

fn of_flight(error: &FlightError) -> Error {
    match error {
        FlightError::Tonic(status) => of_status(status),
        other => Error::new(Code::INTERNAL, format!("the answer cannot be read: {other}")),
    }
}

#[async_trait]
impl Connection for Flight {
    async fn execute(&self, sql: &str) -> Result<Statement, ClientError> {
        let told = |e: Error| shown(&e, sql);
        let command = CommandStatementQuery { query: sql.to_owned(), transaction_id: None };
        let info = self.info(&command).await.map_err(told)?;
        let schema = info.clone().try_decode_schema().map_err(|e| told(Error::new(Code::INTERNAL, e.to_string())))?;
        if schema.fields().is_empty() && info.total_records >= 0 {
            let affected = u64::try_from(info.total_records).ok();
            return Ok(Statement { schema: schema.into(), batches: stream::empty().boxed(), affected, progress: None });
        }
        let (progress, alive) = self.follow(String::from_utf8_lossy(&info.app_metadata).into_owned());
        let (flight, owned) = (self.clone(), sql.to_owned());
        let rows = async move {
            let rows = flight.fetch(&info).await.map_err(|e| shown(&e, &owned))?;
            Ok::<_, ClientError>(rows.map_err(move |e| shown(&of_flight(&e), &owned)))
        };
        // The answer begins when the query has ended on a cluster, so it is not waited for here.
        let rows = stream::once(rows).try_flatten().map(move |batch| {
            let _ = &alive;
            batch
        });
        Ok(Statement { schema: schema.into(), batches: rows.boxed(), affected: None, progress: Some(progress) })
    }

    async fn cancel(&self) -> Result<(), ClientError> {
        // The call is dropped by whoever cancels; the server sees that and ends the work.
        Ok(())
    }

    async fn names(&self) -> Result<Vec<Name>, ClientError> {
        let command = CommandGetTables {
            catalog: None,
            db_schema_filter_pattern: None,
            table_name_filter_pattern: None,
            table_types: vec![],
            include_schema: true,
        };
        let told = |e: Error| shown(&e, "");
        let info = self.info(&command).await.map_err(told)?;
        let batches: Vec<_> =
            self.fetch(&info).await.map_err(told)?.try_collect().await.map_err(|e| told(of_flight(&e)))?;
        let mut names = Vec::new();
        for batch in batches {
            let (schemas, tables, kinds) = (
                batch.column(1).as_string::<i32>(),
                batch.column(2).as_string::<i32>(),
                batch.column(3).as_string::<i32>(),
            );
            let columns_of: &BinaryArray = batch.column(4).as_binary::<i32>();
            for row in 0..batch.num_rows() {
                let (schema, name) = (schemas.value(row).to_owned(), tables.value(row).to_owned());
                if let Ok(fields) = Schema::try_from(arrow_flight::IpcMessage(columns_of.value(row).to_vec().into())) {
                    names.extend(columns(&schema, &name, &fields));
                }
                names.push(Name::Schema { name: schema.clone(), comment: None });
                names.push(Name::Table { schema, name, kind: kinds.value(row).to_lowercase(), comment: None });
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn describe(&self) -> String {
        format!("{} as {}", self.url, self.user)
    }
}

/// What went wrong while reading the rows of a load.
#[derive(Default)]
struct Failure {
    error: Mutex<Option<Error>>,
    told: Notify,
}

impl Failure {
    fn tell(&self, error: Error) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        self.told.notify_one();
    }

    /// Unless something else was told before.
    fn tell_first(&self, error: Error) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.told.notify_one();
    }

    fn take(&self) -> Option<Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The messages of a load. At the first error the stream neither yields nor ends, because an end would look like a whole
/// load; the call is dropped instead, which the server takes for a broken one.
fn messages(load: Load, descriptor: FlightDescriptor, failure: Arc<Failure>) -> ReceiverStream<FlightData> {
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD);
    let at_row = failure.clone();
    let rows = load.rows.map_err(move |error| {
        at_row.tell(error);
        FlightError::ExternalError("a file cannot be read".into())
    });
    let encoder = FlightDataEncoderBuilder::new().with_schema(load.schema).with_flight_descriptor(Some(descriptor));
    let mut encoded = encoder.build(rows);
    tokio::spawn(async move {
        while let Some(message) = encoded.next().await {
            match message {
                Ok(message) => {
                    if sender.send(message).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    failure.tell_first(Error::new(Code::INTERNAL, format!("the rows cannot be sent: {error}")));
                    return sender.closed().await;
                }
            }
        }
    });
    ReceiverStream::new(receiver)
}

/// Names of a table's columns.
pub fn columns(schema: &str, table: &str, columns: &Schema) -> Vec<Name> {
    let column = |field: &Arc<arrow::datatypes::Field>| Name::Column {
        schema: schema.to_owned(),
        table: table.to_owned(),
        name: field.name().clone(),
        data_type: field.data_type().to_string(),
        comment: None,
    };
    columns.fields().iter().map(column).collect()
}

#[async_trait]
impl Client for Flight {
    async fn load(&self, load: Load) -> Result<u64> {
        let command = CommandStatementIngest {
            table_definition_options: Some(TableDefinitionOptions {
                if_not_exist: TableNotExistOption::Create.into(),
                if_exists: TableExistsOption::Append.into(),
            }),
            table: load.table.table().to_owned(),
            schema: Some(load.table.schema().to_owned()),
            catalog: None,
            temporary: false,
            transaction_id: None,
            options: Default::default(),
        };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let failure = Arc::new(Failure::default());
        let messages = messages(load, descriptor, failure.clone());
        let mut client = self.client.clone();
        let request = self.request(messages);
        let putting = async move { client.do_put(request).await?.into_inner().message().await };
        let answer = tokio::select! {
            answer = putting => answer,
            () = failure.told.notified() => Ok(None),
        };
        if let Some(error) = failure.take() {
            return Err(error);
        }
        let answer = answer.map_err(|status| of_status(&status))?;
        let result = answer.and_then(|answer| DoPutUpdateResult::decode(answer.app_metadata).ok());
        result
            .and_then(|result| u64::try_from(result.record_count).ok())
            .ok_or_else(|| Error::new(Code::INTERNAL, "the server did not say how many rows it wrote"))
    }
}

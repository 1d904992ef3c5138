//! Calls of Flight that drivers make beside queries: schemas, ending, keeping, and what belongs to whom.

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{
    Action, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, Empty, FlightDescriptor, FlightInfo,
    RenewFlightEndpointRequest,
};
use futures::TryStreamExt;
use prost::Message;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use crate::work::{PASSWORD, Server, sql};

/// A client with a token, and the raw protocol.
pub struct Caller {
    pub sql: FlightSqlServiceClient<Channel>,
    pub raw: FlightServiceClient<Channel>,
}

impl Caller {
    pub async fn connect(address: &str, user: &str) -> Self {
        let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await;
        let channel = channel.expect("connected");
        let mut sql = FlightSqlServiceClient::new(channel.clone());
        sql.handshake(user, PASSWORD).await.expect("signed in");
        Self { sql, raw: FlightServiceClient::new(channel) }
    }

    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let token = self.sql.token().expect("signed in");
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        request
    }

    /// The one result of an action.
    pub async fn act(&mut self, name: &str, body: Vec<u8>) -> Result<Vec<u8>, Status> {
        let request = self.request(Action::new(name, body));
        let results: Vec<_> = self.raw.do_action(request).await?.into_inner().try_collect().await?;
        assert_eq!(results.len(), 1, "{name}");
        Ok(results[0].body.to_vec())
    }

    async fn cancel(&mut self, info: &FlightInfo) -> CancelStatus {
        let request = CancelFlightInfoRequest { info: Some(info.clone()) };
        let answer = self.act("CancelFlightInfo", request.encode_to_vec()).await.expect("an answer");
        CancelFlightInfoResult::decode(answer.as_slice()).expect("a result").status()
    }

    async fn renew(&mut self, info: &FlightInfo) -> Result<Vec<u8>, Status> {
        let request = RenewFlightEndpointRequest { endpoint: info.endpoint.first().cloned() };
        self.act("RenewFlightEndpoint", request.encode_to_vec()).await
    }

    /// Runs a query; answers with the number of its rows.
    pub async fn ask(&mut self, query: &str) -> Result<usize, String> {
        let info = self.sql.execute(query.to_owned(), None).await.map_err(|error| error.to_string())?;
        self.fetch(&info).await
    }

    async fn fetch(&mut self, info: &FlightInfo) -> Result<usize, String> {
        let ticket = info.endpoint[0].ticket.clone().expect("a ticket");
        let rows = self.sql.do_get(ticket).await.map_err(|error| error.to_string())?;
        let rows: Vec<_> = rows.try_collect().await.map_err(|error| error.to_string())?;
        Ok(rows.iter().map(arrow::array::RecordBatch::num_rows).sum())
    }
}

#[test]
fn results_are_their_owners_and_can_be_kept_and_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    let arguments = ["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"];
    let server = Server::start(&arguments, folder.path());
    let address = server.address("flight");
    sql(&address, "csv", &format!("CREATE USER li PASSWORD '{PASSWORD}'")).expect("made");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut admin = Caller::connect(&address, "admin").await;
        let mut li = Caller::connect(&address, "li").await;

        let query = "SELECT v, '人口' AS 库 FROM unnest(range(0, 10)) AS r(v)";
        let info = admin.sql.execute(query.to_owned(), None).await.expect("planned");
        let command = CommandStatementQuery { query: query.to_owned(), transaction_id: None };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let schema = admin.raw.get_schema(admin.request(descriptor)).await.expect("a schema").into_inner();
        assert_eq!(schema.schema, info.schema, "what is told before is what comes");

        assert_eq!(li.renew(&info).await.expect_err("another's result").code(), Code::NotFound);
        assert_eq!(li.cancel(&info).await, CancelStatus::NotCancellable);
        let told = li.fetch(&info).await.expect_err("another's result");
        assert!(told.contains("no such result"), "{told}");
        admin.renew(&info).await.expect("kept");
        assert_eq!(admin.fetch(&info).await, Ok(10));
        assert_eq!(admin.renew(&info).await.expect_err("it was fetched").code(), Code::NotFound);

        let info = admin.sql.execute(query.to_owned(), None).await.expect("planned");
        assert_eq!(admin.cancel(&info).await, CancelStatus::Cancelled);
        assert_eq!(admin.cancel(&info).await, CancelStatus::NotCancellable);
        assert!(admin.fetch(&info).await.is_err(), "it was given up");
        assert_eq!(admin.cancel(&FlightInfo::new()).await, CancelStatus::NotCancellable);

        let actions: Vec<_> = admin
            .raw
            .list_actions(admin.request(Empty {}))
            .await
            .expect("a list")
            .into_inner()
            .try_collect()
            .await
            .expect("all");
        for name in ["CancelFlightInfo", "RenewFlightEndpoint", "SetSessionOptions", "CreatePreparedStatement"] {
            assert!(actions.iter().any(|action| action.r#type == name), "{name}");
        }
        for (name, body) in [("CancelFlightInfo", &b"\xff\xff"[..]), ("SetSessionOptions", b"\x0a\xff")] {
            let told = admin.act(name, body.to_vec()).await.expect_err("garbage");
            assert_eq!(told.code(), Code::InvalidArgument, "{name}: {told}");
        }
        assert_eq!(admin.act("DropEverything", Vec::new()).await.expect_err("unknown").code(), Code::Unimplemented);
        let descriptor = FlightDescriptor::new_path(vec!["a".to_owned()]);
        let path = admin.raw.get_flight_info(admin.request(descriptor)).await.map(drop);
        let list = admin.raw.list_flights(admin.request(arrow_flight::Criteria::default())).await.map(drop);
        let transaction =
            admin.act("BeginTransaction", arrow_flight::sql::ActionBeginTransactionRequest {}.as_any().encode_to_vec());
        for (told, code) in [(path, "HT0106"), (list, "HT0106"), (transaction.await.map(drop), "HT0106")] {
            let told = told.expect_err("refused");
            assert!(told.message().starts_with(code), "{told}");
        }
        let command = CommandStatementQuery { query: query.to_owned(), transaction_id: None }.as_any().encode_to_vec();
        let gone = arrow_flight::sql::TicketStatementQuery { statement_handle: "gone".into() }.as_any().encode_to_vec();
        for (ticket, code) in [(b"\xff\xfe".to_vec(), "HT0701"), (command, "HT0701"), (gone, "HT0702")] {
            let told = admin.raw.do_get(admin.request(arrow_flight::Ticket::new(ticket))).await.expect_err("no ticket");
            assert!(told.message().starts_with(code), "{told}");
        }
        let garbage = admin.request(FlightDescriptor::new_cmd(b"\xff\xfe".to_vec()));
        assert_eq!(admin.raw.poll_flight_info(garbage).await.expect_err("garbage").code(), Code::InvalidArgument);
        // Status CLOSED, field 1.
        assert_eq!(admin.act("CloseSession", Vec::new()).await.expect("closed"), b"\x08\x01");
        assert!(admin.raw.list_actions(Request::new(Empty {})).await.is_err(), "strangers are told nothing");
        let told = admin.ask("SELECT 1").await.expect_err("the session is closed");
        assert!(told.contains("HT0203"), "{told}");
        li.ask("SELECT 1").await.expect("another's session");
    });
    assert!(server.stop(), "the server did not stop well");
}

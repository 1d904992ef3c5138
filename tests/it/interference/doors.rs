//! The ways in which the same question is asked.

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection, Row, ValueRef};

use crate::calls::Caller;
use crate::city::City;
use crate::http::client::Client;
use crate::work::PASSWORD;

/// Rows as text, or an error as it is told.
pub type Told = Result<Vec<String>, String>;

pub enum Way {
    /// Flight SQL, on one of the back ends.
    Flight(Box<Caller>),
    /// The same with a statement that is prepared, and closed after its answer.
    Prepared(Box<Caller>),
    Postgres(Box<PgConnection>),
    /// `COPY … TO STDOUT` over the protocol of PostgreSQL.
    Copy(Box<PgConnection>, Box<PgConnectOptions>),
    Http(Client),
}

/// By name, so that two cities are asked by the same.
pub const WAYS: [&str; 6] = ["local", "staged", "prepared", "postgres", "copy", "http"];

impl Way {
    pub async fn open(city: &City, user: &str, name: &str) -> Self {
        match name {
            "prepared" => Self::Prepared(Box::new(Caller::connect(&city.address(), user).await)),
            "postgres" => Self::Postgres(Box::new(connected(&postgres(city, user)).await)),
            "copy" => {
                let options = postgres(city, user);
                Self::Copy(Box::new(connected(&options).await), Box::new(options))
            }
            "http" => {
                // A password is slow to check by design.
                let caller = Caller::connect(&city.address(), user).await;
                let token = caller.sql.token().expect("signed in").clone();
                let client = Client::stranger(&city.door("http"));
                Self::Http(client.with("authorization", &format!("Bearer {token}")))
            }
            backend => {
                let mut caller = Caller::connect(&city.address(), user).await;
                let set = format!("SET huitong.backend = '{backend}'");
                caller.sql.execute_update(set, None).await.expect("set");
                Self::Flight(Box::new(caller))
            }
        }
    }

    pub async fn ask(&mut self, sql: &str) -> Told {
        match self {
            Self::Flight(caller) => {
                let info = caller.sql.execute(sql.to_owned(), None).await.map_err(text)?;
                fetched(caller, info).await
            }
            Self::Prepared(caller) => {
                let mut statement = caller.sql.prepare(sql.to_owned(), None).await.map_err(text)?;
                let info = statement.execute().await.map_err(text)?;
                let rows = fetched(caller, info).await;
                statement.close().await.map_err(text)?;
                rows
            }
            // What is no query is not copied.
            Self::Copy(connection, options) if ["SELECT", "WITH"].iter().any(|word| sql.starts_with(word)) => {
                let copied = copied(connection, &format!("COPY ({sql}) TO STDOUT")).await;
                if copied.is_err() {
                    // The client does not read to the end of a copy that fails.
                    **connection = connected(options).await;
                }
                copied
            }
            Self::Postgres(connection) | Self::Copy(connection, _) => {
                let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut **connection).await.map_err(text)?;
                Ok(rows.iter().map(cells).collect())
            }
            Self::Http(client) => {
                let (client, sql) = (client.clone(), sql.to_owned());
                let answer = tokio::task::spawn_blocking(move || client.sql(&sql)).await.expect("asked");
                // What fails after rows were sent ends with its error; how many were sent before is a question of time.
                if answer.status != 200 || !answer.whole {
                    return Err(answer.text());
                }
                let mut document = answer.json();
                let taken = document["rows"].take();
                let rows = taken.as_array().into_iter().flatten();
                // Nothing else is told of a query by chance: its columns, how many rows it has or changed.
                document["query_id"] = serde_json::Value::Null;
                Ok(std::iter::once(&document).chain(rows).map(ToString::to_string).collect())
            }
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

pub fn postgres(city: &City, user: &str) -> PgConnectOptions {
    let address = city.door("postgres");
    let (host, port) = address.split_once(':').expect("both");
    let options = PgConnectOptions::new_without_pgpass().host(host).port(port.parse().expect("a number"));
    options.username(user).password(PASSWORD).database("city")
}

pub async fn connected(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options).await.expect("connected")
}

async fn copied(connection: &mut PgConnection, copy: &str) -> Told {
    let rows = connection.copy_out_raw(copy).await.map_err(text)?;
    let bytes: Vec<_> = rows.try_collect().await.map_err(text)?;
    let all = String::from_utf8(bytes.concat()).expect("text");
    Ok(all.lines().map(str::to_owned).collect())
}

/// The simple protocol sends texts.
fn cells(row: &PgRow) -> String {
    let cell = |place| {
        let value = row.try_get_raw(place).expect("a column");
        if value.is_null() { "∅".to_owned() } else { value.as_str().expect("a text").to_owned() }
    };
    (0..row.len()).map(cell).collect::<Vec<_>>().join("|")
}

async fn fetched(caller: &mut Caller, info: arrow_flight::FlightInfo) -> Told {
    let ticket = info.endpoint[0].ticket.clone().expect("a ticket");
    let rows = caller.sql.do_get(ticket).await.map_err(text)?;
    let batches: Vec<RecordBatch> = rows.try_collect().await.map_err(text)?;
    let options = FormatOptions::default().with_null("∅");
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).expect("shown")).collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            cells.join("|")
        }));
    }
    Ok(rows)
}

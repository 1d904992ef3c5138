//! Functions about the session and the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, Utc};
use datafusion::logical_expr::Volatility;
use huitong_catalog::{Code, Error};
use huitong_engine::Session;
use huitong_engine::planning::CATALOG;

use super::{Function, any, constant, list, text, whole};
use crate::postgres::catalog::SCHEMA;
use crate::postgres::variables::{SERVER_VERSION, Variables};

pub fn all(session: &Session, variables: &Arc<Variables>) -> Vec<Function> {
    let (shown, changed, own) = (variables.clone(), variables.clone(), session.clone());
    let schemas = session.clone();
    let user = session.principal().name.clone();
    vec![
        text("current_setting", move |row| match (row.first().copied().flatten(), row.get(1).copied().flatten()) {
            (None, _) => Ok(None),
            (Some(name), Some("true" | "t")) => Ok(shown.get(name).ok()),
            (Some(name), _) => shown.get(name).map(Some),
        }),
        Function {
            signature: any(Volatility::Volatile),
            ..text("set_config", move |row| match row {
                [Some(_), Some(_), Some("true" | "t"), ..] => {
                    Err(Error::new(Code::UNSUPPORTED_STATEMENT, "set_config for one transaction is not supported")
                        .with_hint("write SET LOCAL"))
                }
                [Some(name), Some(value), ..] => {
                    changed.set(name, value)?;
                    // Settings of the engine are not shown here; their value is as it was given.
                    Ok(changed.get(name).ok().or_else(|| Some((*value).to_owned())))
                }
                _ => Ok(None),
            })
        },
        text("current_schema", move |_| Ok(Some(own.settings().schema))),
        list("current_schemas", move |row| {
            let own = schemas.settings().schema;
            let implicit = matches!(row.first(), Some(Some("true" | "t")));
            Ok(Some(if implicit { vec![SCHEMA.to_owned(), own] } else { vec![own] }))
        }),
        constant("current_database", CATALOG),
        constant("current_catalog", CATALOG),
        Function { returns: moment(), ..text("pg_postmaster_start_time", |_| Ok(Some(written(started())))) },
        Function { returns: moment(), ..text("pg_conf_load_time", |_| Ok(Some(written(started())))) },
        Function {
            returns: moment(),
            signature: any(Volatility::Volatile),
            ..text("clock_timestamp", move |_| Ok(Some(written(SystemTime::now()))))
        },
        Function {
            signature: any(Volatility::Volatile),
            ..text("gen_random_uuid", |_| Ok(Some(uuid::Uuid::new_v4().to_string())))
        },
        transaction("txid_current"),
        transaction("pg_current_xact_id"),
        whole("inet_server_port", |_| Ok(None)),
        text("version", |_| Ok(Some(format!("PostgreSQL {SERVER_VERSION}")))),
    ]
    .into_iter()
    .chain(["current_user", "session_user", "user", "current_role"].map(|name| {
        let user = user.clone();
        text(name, move |_| Ok(Some(user.clone())))
    }))
    .collect()
}

fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn written(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).to_rfc3339()
}

/// When the door was first opened.
pub fn started() -> SystemTime {
    static STARTED: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);
    *STARTED
}

/// Transactions have no numbers here; each call is told one that was not told before, and is greater than those of rows (`xmin`).
fn transaction(name: &'static str) -> Function {
    static LAST: AtomicU64 = AtomicU64::new(1);
    Function {
        returns: DataType::Int64,
        signature: any(Volatility::Volatile),
        ..text(name, |_| Ok(Some((LAST.fetch_add(1, Ordering::Relaxed) + 1).to_string())))
    }
}

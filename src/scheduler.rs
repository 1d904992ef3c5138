//! `huitong scheduler`: the coordinator of a cluster. Clients meet it on one port, executors on another.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use huitong_catalog::Result;
use huitong_catalog::certs::Node as Peer;
use huitong_catalog::config::{Document, Scheduler as Config, Serve};
use huitong_engine::compaction;
use huitong_scheduler::{Scheduler, SchedulerOptions, jobs};

use crate::doors::Doors;
use crate::node::{self, Node};
use crate::signals::Stop;
use crate::{logs, ready, tls};

#[derive(Args)]
pub struct Arguments {
    /// The configuration file; `huitong config scheduler` prints one.
    #[arg(long)]
    config: PathBuf,
    /// Where to write the bound addresses as JSON once the server is ready.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let config = Config::from_document(&Document::read(&arguments.config)?)?;
    logs::start(&config.log_level);
    ready::clear(arguments.ready_file.as_deref());
    let stop = Stop::on_signal();
    let executors = node::Executors::Elsewhere { tls: config.internal_tls.is_some() };
    let shared = embedded(&config);
    let node = Node::open(&shared, &[], executors).await?;
    node.stop_when_not_alone(&stop);
    node::tell_first_admin(&node.first_admin().await?);
    let doors = Doors::bind(&shared).await?;
    let internal = node::bind("listen.internal", config.internal).await?;
    let inside = internal.local_addr().unwrap_or(config.internal);
    let addresses: Vec<_> = doors.addresses().into_iter().chain([("internal", inside)]).collect();
    let scheduler = Arc::new(Scheduler::start(&node.engine, options(&config)?).await?);
    ready::write(arguments.ready_file.as_deref(), &addresses)?;
    eprintln!("huitong serves {}, executors on {inside}", doors.describe());
    // When one part has ended the others end too: a process without a door would hold the lease for nothing.
    let (executors, clients, (), ()) = tokio::join!(
        stop.after(scheduler.serve(internal, stop.stopped())),
        doors.serve(&node.engine, &stop),
        jobs::work(node.engine.clone(), node.epoch(), stop.stopped()),
        compaction::work(node.engine.clone(), stop.stopped()),
    );
    let alone = node.close().await;
    executors.and(clients).and(alone)
}

fn options(config: &Config) -> Result<SchedulerOptions> {
    let Some(tls) = &config.internal_tls else { return Ok(SchedulerOptions::default()) };
    Ok(SchedulerOptions {
        server_tls: Some(tls::internal_server(tls)?),
        client_tls: Some(tls::internal_client(tls, Peer::Executor)?),
    })
}

/// The part of the configuration that a coordinator shares with `serve`.
fn embedded(config: &Config) -> Serve {
    Serve {
        storage: config.storage.clone(),
        keep_dropped: config.keep_dropped,
        state: config.state.clone(),
        flight: config.flight,
        postgres: config.postgres,
        http: config.http,
        tls: config.tls.clone(),
        engine: config.engine.clone(),
        admission: config.admission.clone(),
        clients: config.clients.clone(),
        identity: config.identity.clone(),
        history_keep: config.history_keep,
        audit: config.audit.clone(),
        log_level: config.log_level.clone(),
    }
}

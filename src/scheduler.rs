//! `huitong scheduler`: the coordinator of a cluster. Clients meet it on one port, executors on another.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use huitong_catalog::Result;
use huitong_catalog::certs::Node as Peer;
use huitong_catalog::config::{Document, Scheduler as Config, Serve};
use huitong_engine::compaction;
use huitong_gateway::flight;
use huitong_scheduler::{Scheduler, SchedulerOptions, jobs};

use crate::node::{self, Node};
use crate::serve::GRACE;
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
    let node = Node::open(&embedded(&config), &[], executors).await?;
    node.stop_when_not_alone(&stop);
    node::tell_first_admin(&node.first_admin().await?);
    let public = node::bind("listen.flight", config.flight).await?;
    let internal = node::bind("listen.internal", config.internal).await?;
    let addresses = [
        ("flight", public.local_addr().unwrap_or(config.flight)),
        ("internal", internal.local_addr().unwrap_or(config.internal)),
    ];
    let scheduler = Arc::new(Scheduler::start(&node.engine, options(&config)?).await?);
    let public_tls = config.tls.as_ref().map(tls::public).transpose()?;
    ready::write(arguments.ready_file.as_deref(), &addresses)?;
    eprintln!("huitong serves Flight SQL on {}, executors on {}", addresses[0].1, addresses[1].1);
    // When one part has ended the others end too: a process without a door would hold the lease for nothing.
    let (executors, clients, (), ()) = tokio::join!(
        stop.after(scheduler.serve(internal, stop.stopped())),
        stop.after(flight::serve(node.engine.clone(), public, public_tls, stop.stopped(), GRACE)),
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
        tls: config.tls.clone(),
        engine: config.engine.clone(),
        admission: config.admission.clone(),
        log_level: config.log_level.clone(),
    }
}

//! `huitong serve`: coordinator and executors in one process, nothing else to install.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use huitong_catalog::Result;
use huitong_catalog::config::{Document, Serve};
use huitong_engine::compaction;
use huitong_gateway::flight;
use huitong_scheduler::jobs;

use crate::node::{self, Node};
use crate::signals::Stop;
use crate::{logs, ready, tls};

/// How long calls under way may finish after a stop.
pub const GRACE: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct Arguments {
    /// A data directory, made if missing; everything else is the default.
    #[arg(long, conflicts_with = "config", required_unless_present = "config")]
    dir: Option<PathBuf>,
    /// A configuration file; `huitong config serve` prints one.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The Flight SQL address, over that of the configuration.
    #[arg(long)]
    listen: Option<String>,
    /// Where to write the bound addresses as JSON once the server is ready.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let config = configuration(&arguments)?;
    logs::start(&config.log_level);
    ready::clear(arguments.ready_file.as_deref());
    let stop = Stop::on_signal();
    let node = Node::open(&config, &[], node::Executors::Embedded).await?;
    node.stop_when_not_alone(&stop);
    node::tell_first_admin(&node.first_admin().await?);
    let listener = node::bind("listen.flight", config.flight).await?;
    let address = listener.local_addr().unwrap_or(config.flight);
    let cluster = node.start_cluster(&stop).await?;
    let tls = config.tls.as_ref().map(tls::public).transpose()?;
    ready::write(arguments.ready_file.as_deref(), &[("flight", address)])?;
    eprintln!("huitong serves Flight SQL on {address}");
    let (served, (), ()) = tokio::join!(
        stop.after(flight::serve(node.engine.clone(), listener, tls, stop.stopped(), GRACE)),
        jobs::work(node.engine.clone(), node.epoch(), stop.stopped()),
        compaction::work(node.engine.clone(), stop.stopped()),
    );
    stop.now();
    let ended = cluster.ended().await;
    let alone = node.close().await;
    served.and(ended).and(alone)
}

fn configuration(arguments: &Arguments) -> Result<Serve> {
    let mut document = match (&arguments.config, &arguments.dir) {
        (Some(file), _) => Document::read(file)?,
        (None, Some(dir)) => node::document_of(dir)?,
        (None, None) => node::document_of(&PathBuf::from("."))?,
    };
    if let Some(listen) = &arguments.listen {
        document.set("listen.flight", listen)?;
    }
    Serve::from_document(&document)
}

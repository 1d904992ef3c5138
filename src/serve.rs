//! `huitong serve`: coordinator and executors in one process, nothing else to install.

use std::path::PathBuf;

use clap::Args;
use huitong_catalog::Result;
use huitong_catalog::config::{Document, Serve};
use huitong_engine::compaction;
use huitong_scheduler::jobs;

use crate::doors::Doors;
use crate::node::{self, Node};
use crate::signals::Stop;
use crate::{logs, ready};

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
    /// The address for clients of PostgreSQL, over that of the configuration.
    #[arg(long)]
    listen_postgres: Option<String>,
    /// The address for HTTP, over that of the configuration.
    #[arg(long)]
    listen_http: Option<String>,
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
    let doors = Doors::bind(&config).await?;
    let cluster = node.start_cluster(&stop).await?;
    ready::write(arguments.ready_file.as_deref(), &doors.addresses())?;
    eprintln!("huitong serves {}", doors.describe());
    let (served, (), ()) = tokio::join!(
        doors.serve(&node.engine, &stop),
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
    if let Some(listen) = &arguments.listen_postgres {
        document.set("listen.postgres", listen)?;
    }
    if let Some(listen) = &arguments.listen_http {
        document.set("listen.http", listen)?;
    }
    Serve::from_document(&document)
}

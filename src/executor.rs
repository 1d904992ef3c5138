//! `huitong executor`: runs tasks of a cluster. It dials the coordinator and serves only shuffle files.

use std::path::PathBuf;

use clap::Args;
use huitong_catalog::Result;
use huitong_catalog::certs::Node as Peer;
use huitong_catalog::config::{Document, Executor as Config};
use huitong_catalog::ids::{SystemRandomness, uuid};
use huitong_engine::runtime::{Limits, environment};
use huitong_engine::stores;
use huitong_executor::{Executor, ExecutorOptions};

use crate::signals::Stop;
use crate::{files, logs, node, ready, tls};

#[derive(Args)]
pub struct Arguments {
    /// The configuration file; `huitong config executor` prints one.
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
    files::ask();
    let listener = node::bind("executor.listen", config.listen).await?;
    let address = listener.local_addr().unwrap_or(config.listen);
    let executor = Executor::new(options(&config)?, listener)?;
    ready::write(arguments.ready_file.as_deref(), &[("executor", address)])?;
    eprintln!("huitong executor serves shuffle files on {address}, work comes from {}", config.scheduler);
    executor.serve(stop.stopped()).await
}

fn options(config: &Config) -> Result<ExecutorOptions> {
    let memory_bytes = node::memory_bytes(config.memory);
    let limits = Limits { memory_bytes, spill_dir: config.work_dir.join("spill"), roots: config.storage.roots() };
    let (runtime, _) = environment(&limits, config.storage.root.bucket().map(stores::open).transpose()?)?;
    let tls = config.internal_tls.as_ref();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(ExecutorOptions {
        id: uuid(&SystemRandomness)?,
        coordinator: config.scheduler.to_string(),
        advertise_host: config.advertise_host.clone(),
        work_dir: config.work_dir.join("shuffle"),
        slots: config.slots.map_or(cores, usize::from),
        memory_bytes,
        runtime,
        grace: config.grace,
        embedded: false,
        server_tls: tls.map(tls::internal_server).transpose()?,
        client_tls: tls.map(|tls| tls::internal_client(tls, Peer::Scheduler)).transpose()?,
        peer_tls: tls.map(|tls| tls::internal_client(tls, Peer::Executor)).transpose()?,
    })
}

//! `huitong demo`: makes the sample city, loads it through the cluster, shows what can be asked, and stays up.

mod apps;
mod build;
mod economy;
mod housing_marriage;
mod model;
mod park_projects;
mod tour;
mod users;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use huitong_catalog::Result;
use huitong_catalog::config::Serve;
use huitong_gateway::flight;
use huitong_sample::{ErrorLevel, Options};
use huitong_scheduler::jobs;

use crate::doors::GRACE;
use crate::node::{self, Node};
use crate::signals::Stop;
use crate::{files, logs, ready};

#[derive(Args)]
pub struct Arguments {
    /// Where the city is kept; a second start finds it there.
    #[arg(long, default_value = "huitong-demo")]
    dir: PathBuf,
    /// Persons in the city.
    #[arg(long, default_value_t = 200_000)]
    people: u64,
    /// How many errors the registers have.
    #[arg(long, value_enum, default_value_t = Errors::Medium)]
    errors: Errors,
    /// The same seed makes the same city.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Leave after the tour.
    #[arg(long)]
    exit: bool,
    /// The Flight SQL address; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:50050")]
    listen: String,
    /// Where to write the bound address as JSON once the tour is over.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Errors {
    Light,
    Medium,
    Heavy,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    logs::start("warn");
    ready::clear(arguments.ready_file.as_deref());
    let mut document = node::document_of(&arguments.dir)?;
    document.set("listen.flight", &arguments.listen)?;
    let config = Serve::from_document(&document)?;
    let staging = arguments.dir.join("staging");
    let stop = Stop::on_signal();
    let node = Node::open(&config, std::slice::from_ref(&staging), node::Executors::Embedded).await?;
    // Bound before the long work, so that a port that is taken is told at once.
    let listener = if arguments.exit { None } else { Some(node::bind("--listen", config.flight).await?) };
    let cluster = node.start_cluster(&stop).await?;
    let shown = async {
        let city = build::City { node: &node, staging: &staging, options: options(&arguments) };
        city.ensure().await?;
        economy::ensure(&node).await?;
        housing_marriage::ensure(&node).await?;
        park_projects::ensure(&node).await?;
        model::ensure(&node).await?;
        tour::show(&node).await
    };
    tokio::select! {
        shown = shown => shown?,
        () = stop.stopped() => return cluster.ended().await,
    }
    if let Some(listener) = listener {
        let address = listener.local_addr().unwrap_or(config.flight);
        ready::write(arguments.ready_file.as_deref(), &[("flight", address)])?;
        println!("{}", how_to_connect(address));
        node::tell_first_admin(&node.first_admin().await?);
        users::ensure(&node).await?;
        let (served, ()) = tokio::join!(
            stop.after(flight::serve(node.engine.clone(), listener, None, files::places(), stop.stopped(), GRACE)),
            jobs::work(node.engine.clone(), node.epoch(), stop.stopped()),
        );
        served?;
    }
    node.engine.audit().finish(node::AUDIT_GRACE).await;
    stop.now();
    cluster.ended().await
}

fn options(arguments: &Arguments) -> Options {
    let errors = match arguments.errors {
        Errors::Light => ErrorLevel::Light,
        Errors::Medium => ErrorLevel::Medium,
        Errors::Heavy => ErrorLevel::Heavy,
    };
    Options { seed: arguments.seed, people: arguments.people, errors }
}

fn how_to_connect(address: SocketAddr) -> String {
    format!(
        "The city stays up at {address}. 城市服务已就绪。Ctrl-C stops it.\n\n\
         \x20 terminal   huitong sql --url grpc://{address} --user analyst\n\
         \x20 Python     adbc_driver_flightsql.dbapi.connect(\"grpc://{address}\", db_kwargs={{\"username\": \"analyst\", \"password\": \"…\"}})\n\
         \x20 JDBC       jdbc:arrow-flight-sql://{address}/?useEncryption=false&user=analyst&password=…\n"
    )
}

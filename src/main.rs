//! The one program: every role and every tool is a verb of it. This file only reads the command line; what a verb does is
//! in the file of its name.

mod audit;
mod backup;
mod bench;
mod certs;
mod client;
mod config;
mod demo;
mod doors;
mod executor;
mod files;
mod job;
mod load;
mod logs;
mod node;
mod outfile;
mod plan;
mod ready;
mod scheduler;
mod schema;
mod search;
mod serve;
mod signals;
mod sql;
mod tls;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use huitong_catalog::Error;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// huitong (汇通): the data platform of a city.
#[derive(Parser)]
#[command(name = "huitong", version, about, propagate_version = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make the sample city, show what huitong does with it, and stay up for clients.
    Demo(demo::Arguments),
    /// Run coordinator and executors in one process.
    Serve(serve::Arguments),
    /// Run the coordinator of a cluster.
    Scheduler(scheduler::Arguments),
    /// Run an executor of a cluster.
    Executor(executor::Arguments),
    /// Ask in SQL, at a prompt or from a script.
    Sql(sql::Arguments),
    /// Load files into a table.
    Load(load::Arguments),
    /// Show what a directory of contracts would change, and what stands in its way.
    Plan(plan::Arguments),
    /// Put a directory of contracts in force.
    Apply(plan::Apply),
    /// Write what files of contracts may hold as JSON Schema, for completion in editors.
    Schema(schema::Arguments),
    /// Find datasets, fields, elements and code tables by words.
    Search(search::Arguments),
    /// Hand in scripts that run on the server, once or by schedule, and see what became of them.
    Job(job::Arguments),
    /// Add, list and remove users and their tokens.
    User(user::Arguments),
    /// Check the audit, and print what others need to check it.
    Audit(audit::Arguments),
    /// Write the state (users, names, jobs, models) into a file.
    Backup(backup::Backup),
    /// Fill an empty state database from such a file.
    Restore(backup::Restore),
    /// Make certificates for a cluster.
    Certs(certs::Arguments),
    /// Print every configuration key with its meaning.
    Config(config::Arguments),
    /// Make data for benchmarks.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    // Two providers are linked, because libraries disagree; with no default, the first handshake would panic. This one
    // cannot be set before.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let arguments = Arguments::parse();
    // The main thread's stack is what the machine gives it; ours is what the longest allowed statement needs.
    let running =
        std::thread::Builder::new().stack_size(huitong_engine::work::STACK_BYTES).spawn(|| run(arguments.verb));
    let ended = running.map(std::thread::JoinHandle::join);
    match ended {
        Ok(Ok(Ok(code))) => code,
        Ok(Ok(Err(error))) => {
            tell(&error);
            ExitCode::FAILURE
        }
        // A panic has told itself.
        Ok(Err(_)) | Err(_) => ExitCode::FAILURE,
    }
}

fn run(verb: Verb) -> Result<ExitCode, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(huitong_engine::work::STACK_BYTES)
        .build()
        .map_err(|e| {
            Error::new(huitong_catalog::Code::INTERNAL, "the program cannot start its threads").caused_by(e)
        })?;
    let done = |result: Result<(), Error>| result.map(|()| ExitCode::SUCCESS);
    let code = match verb {
        Verb::Demo(arguments) => done(runtime.block_on(demo::run(arguments))),
        Verb::Serve(arguments) => done(runtime.block_on(serve::run(arguments))),
        Verb::Scheduler(arguments) => done(runtime.block_on(scheduler::run(arguments))),
        Verb::Executor(arguments) => done(runtime.block_on(executor::run(arguments))),
        Verb::Sql(arguments) => sql::run(arguments, &runtime),
        Verb::Load(arguments) => done(runtime.block_on(load::run(arguments))),
        Verb::Plan(arguments) => runtime.block_on(plan::run(arguments)),
        Verb::Apply(arguments) => runtime.block_on(plan::apply(arguments)),
        Verb::Schema(arguments) => done(schema::run(&arguments)),
        Verb::Search(arguments) => runtime.block_on(search::run(arguments)),
        Verb::Job(arguments) => runtime.block_on(job::run(arguments)),
        Verb::User(arguments) => done(runtime.block_on(user::run(arguments))),
        Verb::Audit(arguments) => done(runtime.block_on(audit::run(arguments))),
        Verb::Backup(arguments) => done(runtime.block_on(backup::backup(arguments))),
        Verb::Restore(arguments) => done(runtime.block_on(backup::restore(arguments))),
        Verb::Certs(arguments) => done(certs::run(&arguments)),
        Verb::Config(arguments) => done(config::run(&arguments)),
        Verb::Bench(arguments) => done(bench::run(&arguments)),
    };
    // Tasks that only wait, such as idle connections, need not hold the program back.
    runtime.shutdown_background();
    code
}

/// An error as the command line shows it.
fn tell(error: &Error) {
    eprintln!("error[{}]: {}", error.code, error.message);
    if let Some(hint) = &error.hint {
        eprintln!("  hint: {hint}");
    }
}

//! `huitong certs init`: a private authority and certificates for the nodes of a cluster.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use huitong_catalog::Result;
use huitong_catalog::certs::{Validity, init};
use huitong_catalog::clock::SystemClock;
use huitong_catalog::ids::SystemRandomness;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make an authority and one certificate each for scheduler, executor and public door.
    Init {
        /// Where the files go; nothing there is overwritten.
        dir: PathBuf,
        /// A host name or address that the certificates are good for; may be given several times.
        #[arg(long = "host")]
        hosts: Vec<String>,
    },
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let Verb::Init { dir, hosts } = &arguments.verb;
    let files = init(dir, hosts, Validity::default(), &SystemClock, &SystemRandomness)?;
    for file in files {
        println!("{}", file.display());
    }
    Ok(())
}

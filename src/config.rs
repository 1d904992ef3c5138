//! `huitong config`: the configuration reference, as a file to start from.

use clap::{Args, ValueEnum};
use huitong_catalog::Result;
use huitong_catalog::config::{Role, reference};

#[derive(Args)]
pub struct Arguments {
    /// Whose configuration.
    role: RoleName,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    Serve,
    Scheduler,
    Executor,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let role = match arguments.role {
        RoleName::Serve => Role::Serve,
        RoleName::Scheduler => Role::Scheduler,
        RoleName::Executor => Role::Executor,
    };
    print!("{}", reference(role));
    Ok(())
}

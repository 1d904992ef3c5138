//! What a coordinator tells executors, which only dial out: both sides read it from here.

use std::fmt;
use std::str::FromStr;

/// Name of the Flight action by which an executor subscribes to commands.
pub const SUBSCRIBE: &str = "huitong.subscribe";

/// A message to every executor; it travels as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Poll now.
    Work,
    /// Stop the tasks of this job.
    Cancel(String),
    /// Ids of this coordinator's jobs begin so: all others belonged to one that is gone, and nobody will ask for them.
    Begins(String),
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Work => f.write_str("work"),
            Self::Cancel(job) => write!(f, "cancel {job}"),
            Self::Begins(prefix) => write!(f, "begins {prefix}"),
        }
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(' ') {
            None if text == "work" => Ok(Self::Work),
            Some(("cancel", job)) if !job.is_empty() => Ok(Self::Cancel(job.to_owned())),
            Some(("begins", prefix)) if !prefix.is_empty() => Ok(Self::Begins(prefix.to_owned())),
            _ => Err(format!("`{text}` is no command")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_survive_the_wire() {
        for command in [Command::Work, Command::Cancel("j 1".into()), Command::Begins("0a".into())] {
            assert_eq!(command.to_string().parse(), Ok(command));
        }
        for garbage in ["", "cancel", "cancel ", "begins ", "stop", "work now"] {
            assert!(garbage.parse::<Command>().is_err(), "{garbage}");
        }
    }
}

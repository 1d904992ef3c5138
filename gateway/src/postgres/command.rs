//! Statements that the door answers itself: transactions, settings, and what clients send to clean a connection up.

use huitong_catalog::{Code, Error, Result};

use super::words::{Words, first_word, parts, refused};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// With what is said of reading only, like the two below.
    Begin(Option<bool>),
    Commit,
    Rollback,
    Savepoint(String),
    Release(String),
    RollbackTo(String),
    /// `SET TRANSACTION`, for the one that is open.
    SetTransaction(Option<bool>),
    /// `SET SESSION CHARACTERISTICS`, for those that follow.
    SetSession(Option<bool>),
    Set {
        name: String,
        /// None is how the session began.
        value: Option<String>,
        local: bool,
    },
    ResetAll,
    Show(String),
    ShowAll,
    /// `DISCARD ALL`.
    Discard,
    /// A prepared statement, or all.
    Deallocate(Option<String>),
    /// A cursor, or all.
    Close(Option<String>),
    /// Something to clean up that this door never has; answered with its name.
    Nothing(&'static str),
}

/// Such statements are short.
const BYTES_MAX: usize = 64 * 1024;

/// Their first words.
const FIRST: [&str; 15] = [
    "ABORT",
    "BEGIN",
    "CLOSE",
    "COMMIT",
    "DEALLOCATE",
    "DISCARD",
    "END",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "SHOW",
    "START",
    "UNLISTEN",
];

impl Command {
    /// Reads one; none if the statement is the engine's.
    pub fn read(sql: &str) -> Result<Option<Self>> {
        let word = first_word(sql).to_uppercase();
        if !FIRST.contains(&word.as_str()) {
            return Ok(None);
        }
        if sql.len() > BYTES_MAX {
            return Err(Error::new(Code::SYNTAX, format!("the statement is longer than {BYTES_MAX} bytes")));
        }
        let Some(parts) = parts(sql) else { return Ok(None) };
        Words(&parts).command()
    }

    /// Whether it ends a transaction that has failed, or goes back to before it did.
    pub fn leaves_failure(&self) -> bool {
        matches!(self, Self::Commit | Self::Rollback | Self::RollbackTo(_))
    }
}

/// Statements of this door.
impl Words<'_> {
    fn command(&mut self) -> Result<Option<Command>> {
        let first = self.next();
        let command = match first.as_str() {
            "begin" => self.skip(&["work", "transaction"]).modes().map(Command::Begin)?,
            "start" if self.take("transaction") => self.modes().map(Command::Begin)?,
            "commit" | "end" => self.skip(&["work", "transaction"]).no_chain(Command::Commit)?,
            "rollback" | "abort" => {
                self.skip(&["work", "transaction"]);
                match self.take("to") {
                    true => Command::RollbackTo(self.skip(&["savepoint"]).next()),
                    false => self.no_chain(Command::Rollback)?,
                }
            }
            "savepoint" => Command::Savepoint(self.next()),
            "release" => Command::Release(self.skip(&["savepoint"]).next()),
            "set" => return self.set(),
            "reset" if self.take("all") => Command::ResetAll,
            "reset" if self.take("session") => {
                self.skip(&["authorization"]);
                Command::Nothing("RESET")
            }
            "reset" => Command::Set { name: self.name(), value: None, local: false },
            "show" => return Ok(self.show()),
            "discard" if self.take("all") => Command::Discard,
            "discard" if self.take("plans") => Command::Nothing("DISCARD PLANS"),
            "discard" if self.take("sequences") => Command::Nothing("DISCARD SEQUENCES"),
            "discard" if self.take("temp") || self.take("temporary") => Command::Nothing("DISCARD TEMP"),
            "deallocate" => {
                self.skip(&["prepare"]);
                let name = self.next();
                Command::Deallocate((name != "all").then_some(name))
            }
            "close" if self.take("all") => Command::Close(None),
            "close" if !self.0.is_empty() => Command::Close(Some(self.next())),
            "unlisten" if self.take("*") => Command::Nothing("UNLISTEN"),
            _ => return Ok(None),
        };
        self.end().map(|()| Some(command))
    }

    fn set(&mut self) -> Result<Option<Command>> {
        if self.take("transaction") {
            return self.modes().map(|mode| Some(Command::SetTransaction(mode)));
        }
        let local = self.take("local");
        let session = !local && self.take("session");
        if session && self.take("characteristics") {
            self.skip(&["as"]).skip(&["transaction"]);
            return self.modes().map(|mode| Some(Command::SetSession(mode)));
        }
        if session && self.take("authorization") {
            // Whoever signed in is who they are; pools send this to be sure.
            return Ok(self.take("default").then_some(Command::Nothing("SET")));
        }
        let name = match () {
            () if self.take("time") && self.take("zone") => "timezone".to_owned(),
            () if self.take("names") => "client_encoding".to_owned(),
            () => {
                let name = self.name();
                if !self.take("=") && !self.take("to") {
                    return Ok(None);
                }
                name
            }
        };
        let value = match self.0 {
            [] => return Ok(None),
            [one] if one.bare && one.text == "default" => None,
            // One value is as it is; several are a list.
            [one] => Some(one.text.clone()),
            parts => {
                Some(parts.iter().map(|part| if part.bare && part.text == "," { ", " } else { &part.text }).collect())
            }
        };
        Ok(Some(Command::Set { name, value, local }))
    }

    fn show(&mut self) -> Option<Command> {
        match self.0 {
            [one] if one.bare && one.text == "all" => Some(Command::ShowAll),
            // Lists and settings of the engine.
            [first, ..]
                if ["tables", "columns", "functions", "schemas", "databases", "create"]
                    .contains(&first.text.as_str()) =>
            {
                None
            }
            [first, dot, ..] if first.text == "huitong" && dot.text == "." => None,
            [_] => Some(Command::Show(self.next())),
            [time, zone] if time.text == "time" && zone.text == "zone" => Some(Command::Show("TimeZone".into())),
            [a, b, c] if a.text == "transaction" && b.text == "isolation" && c.text == "level" => {
                Some(Command::Show("transaction_isolation".into()))
            }
            [session, authorization] if session.text == "session" && authorization.text == "authorization" => {
                Some(Command::Show("session_authorization".into()))
            }
            _ => None,
        }
    }

    /// Modes of a transaction: those that are so anyway, and whether it only reads, if that is said.
    fn modes(&mut self) -> Result<Option<bool>> {
        let mut read_only = None;
        loop {
            if self.take("isolation") {
                self.skip(&["level"]);
                let (first, second) = (self.next(), self.next());
                if first != "read" || !["committed", "uncommitted"].contains(&second.as_str()) {
                    return Err(refused(&format!("the isolation level {first} {second}"))
                        .with_hint("each statement reads the newest versions of its tables: READ COMMITTED"));
                }
            } else if self.take("read") {
                read_only = Some(self.take("only"));
                self.skip(&["write"]);
            } else if self.take("not") {
                self.skip(&["deferrable"]);
            } else if !self.take("deferrable") && !self.take(",") {
                return self.end().map(|()| read_only);
            }
        }
    }

    fn no_chain(&mut self, command: Command) -> Result<Command> {
        if self.take("and") {
            if !self.take("no") {
                return Err(refused("AND CHAIN"));
            }
            self.skip(&["chain"]);
        }
        Ok(command)
    }

    /// A name of a setting, which may have dots.
    fn name(&mut self) -> String {
        let mut name = self.next();
        while self.take(".") {
            name = format!("{name}.{}", self.next());
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let set = |name: &str, value: Option<&str>, local| {
            Some(Command::Set { name: name.into(), value: value.map(str::to_owned), local })
        };
        let cases = [
            ("begin", Some(Command::Begin(None))),
            ("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY", Some(Command::Begin(Some(true)))),
            ("start transaction read write not deferrable", Some(Command::Begin(Some(false)))),
            ("COMMIT WORK;", Some(Command::Commit)),
            ("end", Some(Command::Commit)),
            ("rollback and no chain", Some(Command::Rollback)),
            ("ROLLBACK TO SAVEPOINT \"A b\"", Some(Command::RollbackTo("A b".into()))),
            ("RELEASE a", Some(Command::Release("a".into()))),
            ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", Some(Command::SetSession(Some(true)))),
            ("SET TRANSACTION READ WRITE", Some(Command::SetTransaction(Some(false)))),
            ("SET SESSION AUTHORIZATION DEFAULT", Some(Command::Nothing("SET"))),
            ("RESET SESSION AUTHORIZATION", Some(Command::Nothing("RESET"))),
            ("SET application_name = 'a,b'", set("application_name", Some("a,b"), false)),
            (";BEGIN", Some(Command::Begin(None))),
            ("DISCARD SEQUENCES", Some(Command::Nothing("DISCARD SEQUENCES"))),
            ("/* x */ -- y\n SET extra_float_digits = 3", set("extra_float_digits", Some("3"), false)),
            (
                "set application_name = 'PostgreSQL JDBC Driver'",
                set("application_name", Some("PostgreSQL JDBC Driver"), false),
            ),
            ("SET LOCAL search_path TO a, \"B\"", set("search_path", Some("a, B"), true)),
            ("SET TIME ZONE 'Asia/Shanghai'", set("timezone", Some("Asia/Shanghai"), false)),
            ("SET NAMES 'utf8'", set("client_encoding", Some("utf8"), false)),
            ("SET huitong.backend = 'local'", set("huitong.backend", Some("local"), false)),
            ("SET timezone = -8", set("timezone", Some("-8"), false)),
            ("SET datestyle TO DEFAULT", set("datestyle", None, false)),
            ("RESET ALL", Some(Command::ResetAll)),
            ("SHOW TRANSACTION ISOLATION LEVEL", Some(Command::Show("transaction_isolation".into()))),
            ("show server_version", Some(Command::Show("server_version".into()))),
            ("SHOW TABLES", None),
            ("SHOW huitong.backend", None),
            ("DISCARD ALL", Some(Command::Discard)),
            ("DEALLOCATE ALL", Some(Command::Deallocate(None))),
            ("DEALLOCATE \"S_1\"", Some(Command::Deallocate(Some("S_1".into())))),
            ("CLOSE ALL", Some(Command::Close(None))),
            ("close \"C\"", Some(Command::Close(Some("C".into())))),
            ("UNLISTEN *", Some(Command::Nothing("UNLISTEN"))),
            ("LISTEN x", None),
            ("SELECT 1", None),
            ("settle", None),
        ];
        for (sql, expected) in cases {
            assert_eq!(Command::read(sql).ok(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        for sql in ["BEGIN ISOLATION LEVEL SERIALIZABLE", "COMMIT AND CHAIN", "BEGIN x", "COMMIT PREPARED 'a'"] {
            assert!(Command::read(sql).is_err(), "{sql}");
        }
    }
}

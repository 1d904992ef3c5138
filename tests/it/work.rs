//! Running the program as users do: as a process, stopped by its id when the test ends.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The administrator's password in tests.
pub const PASSWORD: &str = "test-password-1";
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The program under test.
pub fn huitong() -> Command {
    as_user(Command::new(env!("CARGO_BIN_EXE_huitong")))
}

/// The program under test as the last arguments of a command that becomes it; by itself if that is empty.
fn huitong_behind(prefix: &[String]) -> Command {
    let Some((program, arguments)) = prefix.split_first() else { return huitong() };
    let mut command = as_user(Command::new(program));
    command.args(arguments).arg(env!("CARGO_BIN_EXE_huitong"));
    command
}

fn as_user(mut command: Command) -> Command {
    command.env("HUITONG_ADMIN_PASSWORD", PASSWORD).env("HUITONG_PASSWORD", PASSWORD).env_remove("HUITONG_TOKEN");
    command
}

/// Runs a verb to its end.
pub fn run(arguments: &[&str]) -> Output {
    huitong().args(arguments).stdin(Stdio::null()).output().expect("the program starts")
}

/// Runs SQL over Flight SQL and answers with standard output, or with standard error if it failed.
pub fn sql(address: &str, format: &str, script: &str) -> Result<String, String> {
    told(&run(&["sql", "--url", &format!("grpc://{address}"), "--format", format, "-c", script]))
}

/// The same as a user who has the password of all.
pub fn sql_as(address: &str, user: &str, script: &str) -> Result<String, String> {
    told(&run(&["sql", "--url", &format!("grpc://{address}"), "--user", user, "--format", "csv", "-c", script]))
}

/// Runs `huitong job …` as that user and answers with standard output, or with standard error if it failed.
pub fn job_as(address: &str, user: &str, arguments: &[&str]) -> Result<String, String> {
    told(&run(&[&["job"], arguments, &["--url", &format!("grpc://{address}"), "--user", user]].concat()))
}

/// How a statement that was given a time limit ended.
pub enum Limited {
    Ended(Result<String, String>),
    Hung,
}

/// The same for a statement that may hang; its client is killed then. Answers and errors are short: nobody reads them before the end.
pub fn sql_within(address: &str, format: &str, script: &str, limit: Duration) -> Limited {
    let mut child = huitong()
        .args(["sql", "--url", &format!("grpc://{address}"), "--format", format, "-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    match ended(&mut child, limit) {
        Some(_) => Limited::Ended(told(&child.wait_with_output().expect("it has ended"))),
        None => {
            child.kill().ok();
            child.wait().ok();
            Limited::Hung
        }
    }
}

/// Waits for a process; none if it has not ended within the time.
fn ended(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = child.try_wait().expect("the process is ours") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

/// Sends a signal to a process of ours.
pub fn signal(name: &str, id: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().expect("kill runs");
    assert!(sent.success(), "no process {id}");
}

/// Runs SQL in process on a data directory.
pub fn sql_in(dir: &Path, script: &str) -> Result<String, String> {
    told(&run(&["sql", "--dir", dir.to_str().expect("a path is text"), "--format", "csv", "-c", script]))
}

fn told(output: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// A server process; killed when dropped.
pub struct Server {
    child: Child,
    ready: serde_json::Value,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a verb with a ready file in `folder` and waits until it is ready.
    pub fn start(arguments: &[&str], folder: &Path) -> Self {
        Self::start_with(arguments, folder, &[])
    }

    /// The same with variables of its environment.
    pub fn start_with(arguments: &[&str], folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_behind(&[], arguments, folder, environment)
    }

    /// The same by a command that sets something up and then becomes the program, so that signals reach it.
    pub fn start_behind(prefix: &[String], arguments: &[&str], folder: &Path, environment: &[(&str, &str)]) -> Self {
        let file: PathBuf = folder.join(format!("ready-{}.json", arguments[0]));
        std::fs::remove_file(&file).ok();
        let mut child = huitong_behind(prefix)
            .args(arguments)
            .envs(environment.iter().copied())
            .arg("--ready-file")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let errors = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let log: Arc<Mutex<String>> = Arc::default();
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                eprintln!("[server] {line}");
                kept.lock().expect("the log").push_str(&(line + "\n"));
            }
        });
        let begun = Instant::now();
        while !file.exists() {
            assert!(child.try_wait().expect("the process is ours").is_none(), "the server ended at its start");
            assert!(begun.elapsed() < START_TIMEOUT, "the server is not ready after {START_TIMEOUT:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        let ready = std::fs::read_to_string(&file).expect("the ready file is whole");
        Self { child, ready: serde_json::from_str(&ready).expect("the ready file is JSON"), log }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has told on standard error until now.
    pub fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    pub fn address(&self, name: &str) -> String {
        self.ready[name].as_str().expect("the address is in the ready file").to_owned()
    }

    /// Asks the process to stop and waits; answers whether it ended well.
    pub fn stop(mut self) -> bool {
        signal("TERM", self.id());
        self.child.wait().expect("the process is ours").success()
    }

    /// The same within a time; none if it has not ended then, and is killed.
    pub fn stop_within(mut self, limit: Duration) -> Option<bool> {
        signal("TERM", self.id());
        ended(&mut self.child, limit).map(|status| status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

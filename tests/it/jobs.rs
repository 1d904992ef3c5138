//! Scripts that run on the server: submitted, looked at, cancelled, tried again, and outliving their coordinator.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::work::{PASSWORD, job_as, sql};

const END_TIMEOUT: Duration = Duration::from_secs(120);

fn job(address: &str, arguments: &[&str]) -> Result<String, String> {
    job_as(address, "admin", arguments)
}

fn script(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("text").to_owned()
}

/// Waits until the newest run of a job is in that state, and answers with its id.
fn wait_for(address: &str, name: &str, state: &str) -> String {
    let begun = Instant::now();
    let query =
        format!("SELECT run, state, error FROM huitong.batch_runs WHERE job = '{name}' ORDER BY tick DESC LIMIT 1");
    loop {
        let told = sql(address, "csv", &query);
        let line = told.as_ref().ok().and_then(|text| text.lines().nth(1)).unwrap_or_default().to_owned();
        let mut fields = line.split(',');
        let (run, found) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        if found == state {
            return run.to_owned();
        }
        assert!(begun.elapsed() < END_TIMEOUT, "job {name} is not {state}: {told:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// One coordinator for all of it, since starting a cluster is the dear part.
#[test]
fn scripts_run_without_their_client() {
    let cluster = Cluster::start();
    let (address, folder) = (cluster.address(), cluster.folder());
    // With parameters, waited for.
    let file = script(
        folder,
        "汇总.sql",
        "SET timezone = '+08:00';\nCREATE SCHEMA IF NOT EXISTS 汇总;\n\
         CREATE TABLE 汇总.月报 AS SELECT v, :month AS month FROM unnest(range(0, CAST(:n AS BIGINT))) AS r(v);\n\
         INSERT INTO 汇总.月报 SELECT v + 1000, :job FROM 汇总.月报",
    );
    let submit = ["submit", &file, "--name", "monthly", "--param", "month=2026-10", "--param", "n=10", "--wait"];
    job(&address, &submit).expect("done");
    let counted = "SELECT count(*) AS n, min(month) AS low, max(month) AS high FROM 汇总.月报";
    assert_eq!(sql(&address, "csv", counted), Ok("n,low,high\n20,2026-10,monthly\n".to_owned()));
    assert!(job(&address, &submit).unwrap_err().contains("HT0409"), "a name is taken once");
    let shown = job(&address, &["show", "monthly", "--format", "csv"]).expect("shown");
    assert!(shown.contains("done") && shown.contains(",4,4,1,"), "{shown}");

    // One that fails keeps its whole error and the steps that were done; mended, it goes on behind them.
    let file = script(folder, "b.sql", "INSERT INTO 汇总.月报 VALUES (1, 'once'); INSERT INTO 汇总.明细 SELECT 1 AS a");
    let told = job(&address, &["submit", &file, "--name", "broken", "--wait"]).unwrap_err();
    assert!(told.contains("HT0102") && told.contains("step 2"), "{told}");
    let run = wait_for(&address, "broken", "failed");
    sql(&address, "csv", "CREATE TABLE 汇总.明细 (a BIGINT)").expect("made");
    job(&address, &["retry", &run]).expect("waits again");
    wait_for(&address, "broken", "done");
    assert_eq!(
        sql(&address, "csv", "SELECT count(*) AS n FROM 汇总.月报 WHERE month = 'once'"),
        Ok("n\n1\n".to_owned())
    );
    let log = job(&address, &["show", &run, "--format", "csv"]).expect("shown");
    assert!(log.contains("failed") && log.contains("step 1 of 2: INSERT"), "{log}");

    // One that would run for long is ended.
    let endless = "SELECT count(*) FROM unnest(range(0, 3000000)) AS a(v) JOIN unnest(range(0, 3000000)) AS b(v) ON a.v % 3 = b.v % 3";
    let file = script(folder, "c.sql", endless);
    job(&address, &["submit", &file, "--name", "endless"]).expect("submitted");
    let run = wait_for(&address, "endless", "running");
    job(&address, &["cancel", &run]).expect("asked to end");
    wait_for(&address, "endless", "cancelled");

    // A schedule has ticks; a job that others own does not exist for a user.
    let file = script(folder, "d.sql", "SELECT 1");
    job(&address, &["submit", &file, "--name", "each_minute", "--cron", "* * * * *"]).expect("submitted");
    let next = "SELECT next_tick > now() AS ahead, enabled FROM huitong.batch_jobs WHERE job = 'each_minute'";
    assert_eq!(sql(&address, "csv", next), Ok("ahead,enabled\ntrue,true\n".to_owned()));
    job(&address, &["disable", "each_minute"]).expect("disabled");
    sql(&address, "csv", &format!("CREATE USER wang PASSWORD '{PASSWORD}'")).expect("made");
    let as_wang = |arguments: &[&str]| job_as(&address, "wang", arguments);
    assert!(as_wang(&["drop", "each_minute"]).unwrap_err().contains("HT0410"));
    assert!(!as_wang(&["list", "--format", "csv"]).expect("a list").contains("monthly"));
    job(&address, &["drop", "each_minute"]).expect("dropped");
    for (text, code) in [("SELEC 1", "HT0101"), ("CREATE SCHEMA s", "HT0411")] {
        let file = script(folder, "e.sql", text);
        assert!(job(&address, &["submit", &file, "--name", "wrong"]).unwrap_err().contains(code), "{text}");
    }
}

/// A coordinator is killed while runs wait and run; the next one goes on with them, and each step has its effect once.
#[test]
fn runs_go_on_when_the_coordinator_was_killed() {
    let mut cluster = Cluster::start();
    let folder = cluster.folder().to_path_buf();
    sql(&cluster.address(), "csv", "CREATE TABLE ledger (step BIGINT, v BIGINT)").expect("made");
    let step = |number: u32| {
        format!(
            "INSERT INTO ledger SELECT {number}, a.v FROM unnest(range(0, 2000)) AS a(v) JOIN unnest(range(0, 300)) AS b(v) ON b.v >= 0"
        )
    };
    let text = (1..=6).map(step).collect::<Vec<_>>().join(";\n");
    let file = script(&folder, "long.sql", &text);
    for name in ["one", "two", "three"] {
        job(&cluster.address(), &["submit", &file, "--name", name]).expect("submitted");
    }
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(700));
        cluster.restart_scheduler();
        cluster.wait_for_executors(2);
    }
    let address = cluster.address();
    for name in ["one", "two", "three"] {
        wait_for(&address, name, "done");
    }
    let counted = "SELECT step, count(*) AS n FROM ledger GROUP BY step ORDER BY step";
    let expected: String = (1..=6).map(|step| format!("{step},1800000\n")).collect();
    assert_eq!(sql(&address, "csv", counted), Ok(format!("step,n\n{expected}")));
    let attempts = "SELECT count(*) > 3 AS more FROM huitong.batch_attempts";
    assert_eq!(sql(&address, "csv", attempts), Ok("more\ntrue\n".to_owned()), "nothing was interrupted");
}

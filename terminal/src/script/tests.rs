use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::fake::{Answer, Fake, Pipe, Shared, people};
use crate::format::Format;

fn csv() -> Output {
    Output { format: Format::Csv, ..Output::default() }
}

async fn play(fake: &Fake, script: &str, output: &Output) -> (Outcome, String, String) {
    let (mut out, mut err) = (Shared::default(), Shared::default());
    let outcome = run_script(fake, script, output, &Interrupts::new(), &mut out, &mut err).await;
    (outcome, out.text(), err.text())
}

fn two() -> Answer {
    Answer::Batches(vec![people(&[(Some(1), Some("张三"))]), people(&[(Some(2), None)])])
}

#[tokio::test]
async fn only_results_reach_the_output() {
    let fake = Fake::new([
        ("create t", Answer::Nothing),
        ("insert t", Answer::Affected(3)),
        ("select 1", two()),
        ("select 2", two()),
    ]);
    let (outcome, out, err) = play(&fake, "create t; insert t; select 1; -- again\nselect 2", &csv()).await;
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(out, "id,姓名\n1,张三\n2,\n\nid,姓名\n1,张三\n2,\n");
    assert_eq!(err, "");
}

#[tokio::test]
async fn the_first_error_stops_the_script() {
    let error = ClientError {
        code: Some("HT0101".into()),
        message: "no table `t`".into(),
        hint: Some("did you mean `u`?".into()),
        query: None,
    };
    let fake = Fake::new([("select 1", two()), ("select t", Answer::Fail(error))]);
    let (outcome, out, err) = play(&fake, "select 1;\n\nselect t;\nselect 1;", &csv()).await;
    assert_eq!((outcome, outcome.code()), (Outcome::Failed, 1));
    assert_eq!(out, "id,姓名\n1,张三\n2,\n");
    assert_eq!(err, "error[HT0101]: no table `t`\n  hint: did you mean `u`?\n  in the statement on line 3\n");
    assert_eq!(fake.asked(), ["select 1", "select t"]);
}

#[tokio::test]
async fn an_error_within_a_result_is_an_error() {
    let broken = Answer::Broken(people(&[(Some(1), None)]), ClientError::new("executor lost"));
    let fake = Fake::new([("select 1", broken)]);
    let (outcome, out, err) = play(&fake, "select 1", &csv()).await;
    assert_eq!((outcome, out.as_str(), err.as_str()), (Outcome::Failed, "id,姓名\n1,\n", "error: executor lost\n"));
}

#[tokio::test]
async fn an_unclosed_quote_runs_nothing() {
    let fake = Fake::new([("select 1", two())]);
    let (outcome, out, err) = play(&fake, "select 1;\nselect 'a", &csv()).await;
    assert_eq!((outcome, out.as_str()), (Outcome::Failed, ""));
    assert_eq!(err, "error[HT0101]: the quoted string that starts on line 2 is never closed\n");
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_closed_pipe_ends_quietly_and_a_full_disk_does_not() {
    let rows = people(&[(Some(1), Some("x")); 5_000]);
    for format in Format::ALL {
        let fake = Fake::new([("select 1", Answer::Batches(vec![rows.clone(); 8]))]);
        let mut output = Output { format, ..Output::default() };
        output.table.rows_max = None;
        let closed = &mut Pipe { room: 100, kind: ErrorKind::BrokenPipe };
        let mut err = Shared::default();
        let outcome = run_script(&fake, "select 1; select 1", &output, &Interrupts::new(), closed, &mut err).await;
        assert_eq!((outcome, outcome.code(), err.text().as_str()), (Outcome::OutputClosed, 0, ""), "{format}");
        assert_eq!((fake.asked().len(), *fake.cancelled.lock().unwrap()), (1, 1), "{format}");

        let full = &mut Pipe { room: 100, kind: ErrorKind::StorageFull };
        let outcome = run_script(&fake, "select 1", &output, &Interrupts::new(), full, &mut err).await;
        assert_eq!(outcome, Outcome::Failed, "{format}");
        assert!(err.text().starts_with("error[HT0604]: cannot "), "{format}: {}", err.text());
    }
}

#[tokio::test]
async fn binary_formats_hold_one_result_and_refuse_a_terminal() {
    for format in [Format::Parquet, Format::Arrow] {
        let fake = Fake::new([("create", Answer::Nothing), ("select 1", two())]);
        let output = Output { format, ..Output::default() };
        let (mut out, mut err) = (Vec::new(), Shared::default());
        let outcome = run_script(&fake, "create; select 1", &output, &Interrupts::new(), &mut out, &mut err).await;
        assert_eq!((outcome, out.is_empty()), (Outcome::Done, false));
        let outcome = run_script(&fake, "select 1; select 1", &output, &Interrupts::new(), &mut out, &mut err).await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(err.take().contains("holds one result"));
        let terminal = Output { terminal: true, ..output };
        let (outcome, out, err) = play(&fake, "select 1", &terminal).await;
        assert_eq!((outcome, out.as_str()), (Outcome::Failed, ""));
        assert!(err.contains("not for a terminal"), "{err}");
    }
}

#[tokio::test]
async fn an_interrupt_cancels_on_the_server() {
    for answer in [Answer::Hang, Answer::Endless(people(&[(Some(1), None)]))] {
        let fake = Arc::new(Fake::new([("select 1", answer)]));
        let interrupts = Interrupts::new();
        let (mut out, mut err) = (Shared::default(), Shared::default());
        let output = Output::default();
        let presser = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            interrupts.raise();
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = run_script(fake.as_ref(), "select 1; select 1", &output, &interrupts, &mut out, &mut err) => outcome,
            () = presser => unreachable!(),
        };
        assert_eq!((outcome, outcome.code()), (Outcome::Interrupted, 130));
        assert_eq!((*fake.cancelled.lock().unwrap(), fake.asked().len()), (1, 1));
        assert!(err.text().ends_with("\ncancelled\n"), "{}", err.text());
    }
}

#[tokio::test]
async fn a_second_interrupt_does_not_wait_for_the_server() {
    let fake = Fake { cancel_hangs: true, ..Fake::new([("select 1", Answer::Hang)]) };
    let interrupts = Interrupts::new();
    interrupts.raise();
    let (mut out, mut err) = (Shared::default(), Shared::default());
    let output = Output::default();
    let presser = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            interrupts.raise();
        }
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = run_script(&fake, "select 1", &output, &interrupts, &mut out, &mut err) => outcome,
        () = presser => unreachable!(),
    };
    assert_eq!((outcome, outcome.code()), (Outcome::Abandoned, 130));
    assert_eq!(*fake.cancelled.lock().unwrap(), 1, "the press before the script is not its own");
}

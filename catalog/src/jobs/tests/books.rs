//! The life of jobs, one example for each promise.

use super::*;

on_every_database! {
    a_script_runs_once
    a_failure_is_tried_again_until_the_retries_are_used
    a_lost_attempt_is_no_failure_and_goes_on_where_it_was
    a_former_coordinator_changes_nothing
    a_run_is_cancelled_while_it_waits_or_by_its_worker
    a_tick_is_decided_once
    a_schedule_can_be_switched_off_and_on
    runs_of_a_job_do_not_overlap
    two_coordinators_never_get_the_same_run
    the_log_keeps_its_last_lines
    what_is_old_is_forgotten
    a_user_with_jobs_stays
}

async fn a_script_runs_once(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let jobs = &office.jobs;
    let run = jobs.submit(job("once")).await.unwrap().unwrap();
    assert_eq!(code(jobs.submit(job("once")).await), Some(Code::JOB_EXISTS));
    assert_eq!(jobs.due().await.unwrap(), 0);
    let stored = jobs.job("once").await.unwrap();
    assert_eq!((&stored.params, stored.timeout, stored.next_tick), (&job("once").params, Some(MINUTE), None));

    let epoch = office.epoch().await;
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert_eq!((&claim.run, claim.attempt, claim.steps_done, claim.tick), (&run, 1, 0, START));
    assert_eq!(
        (claim.owner.as_str(), claim.sql.as_str(), &claim.params),
        ("li", "INSERT INTO t SELECT :day", &stored.params)
    );
    assert_eq!(jobs.claim(epoch).await.unwrap(), None);
    assert!(jobs.step_done(&claim, 0, 2).await.unwrap());
    assert!(jobs.step_done(&claim, 1, 2).await.unwrap());
    assert!(!jobs.step_done(&claim, 0, 2).await.unwrap(), "a step is not undone");
    office.clock.advance(MINUTE);
    assert_eq!(jobs.finish(&claim, End::Done { rows: Some(7) }).await.unwrap(), Some(RunState::Done));
    assert_eq!(jobs.finish(&claim, failed()).await.unwrap(), None);

    let RunDetail { run, attempts, log } = jobs.run(&run).await.unwrap();
    assert_eq!((run.state, run.cause, run.rows, run.error), (RunState::Done, Cause::Submit, Some(7), None));
    assert_eq!((run.steps_done, run.steps_total, run.attempts, run.failures), (1, 2, 1, 0));
    assert_eq!((run.started_at, run.ended_at), (Some(START), Some(START.plus(MINUTE))));
    assert_eq!((attempts.len(), attempts[0].outcome, log), (1, Some(Outcome::Done), vec![]));
    assert_eq!(code(jobs.retry(&run.id).await), Some(Code::JOB_STATE));
    assert_eq!(code(jobs.retry("none").await), Some(Code::UNKNOWN_JOB));
    assert_eq!(code(jobs.enable("once").await), Some(Code::JOB_STATE));
    jobs.drop_job("once").await.unwrap();
    assert_eq!(code(jobs.drop_job("once").await), Some(Code::UNKNOWN_JOB));
    assert_eq!(code(jobs.run(&run.id).await), Some(Code::UNKNOWN_JOB));
}

async fn a_failure_is_tried_again_until_the_retries_are_used(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let (jobs, epoch) = (&office.jobs, office.epoch().await);
    let run = jobs.submit(job("j")).await.unwrap().unwrap();
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert!(jobs.step_done(&claim, 3, 5).await.unwrap());
    assert_eq!(jobs.finish(&claim, failed()).await.unwrap(), Some(RunState::Waiting));
    assert_eq!(jobs.claim(epoch).await.unwrap(), None, "not before its time");
    office.clock.advance(MINUTE);
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert_eq!((claim.attempt, claim.steps_done), (2, 3));
    assert_eq!(jobs.finish(&claim, failed()).await.unwrap(), Some(RunState::Failed));
    let detail = jobs.run(&run).await.unwrap();
    assert_eq!(detail.run.error.as_deref(), Some("HT0114: a value\nmade it fail"));
    assert_eq!(detail.attempts.iter().map(|attempt| attempt.outcome).collect::<Vec<_>>(), [Some(Outcome::Failed); 2]);

    jobs.retry(&run).await.unwrap();
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert_eq!((claim.attempt, claim.steps_done, claim.tick), (3, 3, START));
    assert_eq!(jobs.finish(&claim, failed()).await.unwrap(), Some(RunState::Waiting), "with all retries");
    assert_eq!(jobs.run(&run).await.unwrap().run.cause, Cause::Retry);
}

async fn a_lost_attempt_is_no_failure_and_goes_on_where_it_was(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let jobs = &office.jobs;
    let run = jobs.submit(NewJob { retries: 0, ..job("j") }).await.unwrap().unwrap();
    for round in 1..=3 {
        let epoch = office.epoch().await;
        assert_eq!(jobs.recover(epoch).await.unwrap(), u64::from(round > 1));
        assert_eq!(jobs.recover(epoch).await.unwrap(), 0);
        let claim = jobs.claim(epoch).await.unwrap().unwrap();
        assert_eq!((claim.attempt, claim.steps_done), (round, round - 1));
        assert!(jobs.step_done(&claim, round, 9).await.unwrap());
    }
    let detail = jobs.run(&run).await.unwrap();
    let outcomes: Vec<_> = detail.attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!((detail.run.failures, outcomes), (0, vec![Some(Outcome::Lost), Some(Outcome::Lost), None]));
    assert_eq!(jobs.cancel(&run).await.unwrap(), RunState::Running);
    assert_eq!(jobs.recover(office.epoch().await).await.unwrap(), 1);
    assert_eq!(office.states("j").await, [RunState::Cancelled], "what nobody wants is not begun again");
}

async fn a_former_coordinator_changes_nothing(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let (jobs, old) = (&office.jobs, office.epoch().await);
    for name in ["a", "b"] {
        jobs.submit(job(name)).await.unwrap();
    }
    let stale = jobs.claim(old).await.unwrap().unwrap();
    let new = office.epoch().await;
    assert_eq!(jobs.claim(old).await.unwrap(), None, "somebody else has the lease");
    assert_eq!(jobs.recover(new).await.unwrap(), 1);
    for claimed in 0..2 {
        let before = jobs.run(&stale.run).await.unwrap();
        assert!(!jobs.step_done(&stale, 1, 1).await.unwrap());
        assert!(!jobs.log(&stale, "still here").await.unwrap());
        assert_eq!(jobs.finish(&stale, End::Done { rows: None }).await.unwrap(), None);
        assert_eq!(jobs.recover(old).await.unwrap(), 0);
        assert_eq!(jobs.run(&stale.run).await.unwrap(), before, "with {claimed} runs claimed");
        jobs.claim(new).await.unwrap().unwrap();
    }
}

async fn a_run_is_cancelled_while_it_waits_or_by_its_worker(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let (jobs, epoch) = (&office.jobs, office.epoch().await);
    let waiting = jobs.submit(job("a")).await.unwrap().unwrap();
    assert_eq!(jobs.cancel(&waiting).await.unwrap(), RunState::Cancelled);
    assert_eq!(code(jobs.cancel(&waiting).await), Some(Code::JOB_STATE));
    assert_eq!(jobs.claim(epoch).await.unwrap(), None);

    let running = jobs.submit(job("b")).await.unwrap().unwrap();
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert_eq!(jobs.cancel_requests(epoch).await.unwrap(), Vec::<String>::new());
    assert_eq!(code(jobs.drop_job("b").await), Some(Code::JOB_STATE));
    assert_eq!(jobs.cancel(&running).await.unwrap(), RunState::Running);
    assert_eq!(jobs.cancel_requests(epoch).await.unwrap(), std::slice::from_ref(&running));
    assert_eq!(jobs.finish(&claim, failed()).await.unwrap(), Some(RunState::Cancelled), "no further attempt");
    assert_eq!(jobs.cancel_requests(epoch).await.unwrap(), Vec::<String>::new());

    jobs.retry(&running).await.unwrap();
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert_eq!(jobs.cancel(&running).await.unwrap(), RunState::Running);
    assert_eq!(jobs.finish(&claim, End::Done { rows: None }).await.unwrap(), Some(RunState::Done), "done is done");
}

async fn a_tick_is_decided_once(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let other = Office::open(database, START.plus(10 * MINUTE), 2).await;
    let jobs = &office.jobs;
    for (name, catch_up) in [("all", CatchUp::All), ("last", CatchUp::Last), ("none", CatchUp::None)] {
        jobs.submit(scheduled(name, "*/2 * * * *", "Asia/Shanghai", catch_up)).await.unwrap();
    }
    office.clock.set(START.plus(10 * MINUTE + MINUTE / 2));
    let (one, two) = tokio::join!(jobs.due(), other.jobs.due());
    assert_eq!(one.unwrap() + two.unwrap(), 5 + 1 + 1);
    assert_eq!(jobs.due().await.unwrap(), 0);
    office.clock.set(START);
    assert_eq!(jobs.due().await.unwrap(), 0, "a clock that goes back brings no tick back");
    office.clock.set(START.plus(15 * MINUTE));
    assert_eq!(jobs.due().await.unwrap(), 2 + 1);
    let ticks = jobs.runs(Some("all"), None, 3).await.unwrap();
    let ticks: Vec<Timestamp> = ticks.into_iter().map(|run| run.tick).collect();
    assert_eq!(ticks, [14, 12, 10].map(|minute| START.plus(minute * MINUTE)));
}

async fn a_schedule_can_be_switched_off_and_on(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let jobs = &office.jobs;
    jobs.submit(scheduled("j", "* * * * *", "UTC", CatchUp::All)).await.unwrap();
    jobs.disable("j").await.unwrap();
    jobs.disable("j").await.unwrap();
    office.clock.advance(10 * MINUTE);
    assert_eq!(jobs.due().await.unwrap(), 0);
    jobs.enable("j").await.unwrap();
    office.clock.advance(2 * MINUTE);
    jobs.enable("j").await.unwrap();
    assert_eq!(jobs.due().await.unwrap(), 2, "enabling what is enabled loses no tick");
    assert_eq!(code(jobs.disable("x").await), Some(Code::UNKNOWN_JOB));
}

async fn runs_of_a_job_do_not_overlap(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let (jobs, epoch) = (&office.jobs, office.epoch().await);
    jobs.submit(scheduled("j", "* * * * *", "UTC", CatchUp::All)).await.unwrap();
    office.clock.advance(3 * MINUTE);
    jobs.due().await.unwrap();
    for minute in 1..=3 {
        let claim = jobs.claim(epoch).await.unwrap().unwrap();
        assert_eq!(claim.tick, START.plus(minute * MINUTE));
        assert_eq!(jobs.claim(epoch).await.unwrap(), None);
        jobs.finish(&claim, End::Done { rows: None }).await.unwrap();
    }
}

async fn two_coordinators_never_get_the_same_run(database: &Database) {
    let (one, two) = (Office::open(database, START, 1).await, Office::open(database, START, 2).await);
    let epoch = one.epoch().await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        one.jobs.submit(scheduled(name, "* * * * *", "UTC", CatchUp::All)).await.unwrap();
    }
    for office in [&one, &two] {
        office.clock.advance(5 * MINUTE);
    }
    assert_eq!(one.jobs.due().await.unwrap(), 30);
    let claims = (0..12).map(|at| {
        let jobs = if at % 2 == 0 { one.jobs.clone() } else { two.jobs.clone() };
        tokio::spawn(async move { jobs.claim(epoch).await })
    });
    let mut claimed = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        claimed.extend(claim.await.unwrap().unwrap().map(|claim| claim.job));
    }
    claimed.sort_unstable();
    assert_eq!(claimed, ["a", "b", "c", "d", "e", "f"]);
}

async fn the_log_keeps_its_last_lines(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let (jobs, epoch) = (&office.jobs, office.epoch().await);
    let run = jobs.submit(job("j")).await.unwrap().unwrap();
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    for at in 1..=LOG_LINES_MAX + 2 {
        assert!(jobs.log(&claim, &format!("step {at}\0")).await.unwrap());
    }
    let log = jobs.run(&run).await.unwrap().log;
    assert_eq!((log.len(), log[0].no), (LOG_LINES_MAX as usize, 3));
    assert_eq!(log[0].line, "step 3\u{fffd}");
    assert!(jobs.log(&claim, &"长".repeat(4_000)).await.unwrap());
    let last = jobs.run(&run).await.unwrap().log.pop().unwrap().line;
    assert!(last.ends_with('…') && last.len() <= (4 << 10) + '…'.len_utf8(), "{} bytes", last.len());
}

async fn what_is_old_is_forgotten(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let (jobs, epoch) = (&office.jobs, office.epoch().await);
    let run = jobs.submit(job("once")).await.unwrap().unwrap();
    office.clock.advance(MINUTE);
    jobs.submit(job("waits")).await.unwrap();
    jobs.submit(scheduled("daily", "0 0 * * *", "UTC", CatchUp::All)).await.unwrap();
    let claim = jobs.claim(epoch).await.unwrap().unwrap();
    assert_eq!(claim.job, "once", "{run}");
    jobs.log(&claim, "line").await.unwrap();
    jobs.finish(&claim, End::Done { rows: None }).await.unwrap();
    office.clock.advance(MINUTE);
    assert_eq!(jobs.forget(MINUTE).await.unwrap(), 0);
    office.clock.advance(Duration::from_millis(1));
    assert_eq!(jobs.forget(MINUTE).await.unwrap(), 1);
    let left: Vec<String> = jobs.jobs().await.unwrap().into_iter().map(|job| job.name).collect();
    assert_eq!(left, ["daily", "waits"]);
}

async fn a_user_with_jobs_stays(database: &Database) {
    let office = Office::open(database, START, 1).await;
    let user = crate::state::UserRow {
        name: "li".to_owned(),
        office: String::new(),
        department: None,
        roles: "[]".to_owned(),
        clearance: "1".to_owned(),
        password_hash: "hash".to_owned(),
        scram_verifier: "verifier".to_owned(),
        created_at: START,
        disabled_at: None,
    };
    assert!(office.state.insert_user(&user).await.unwrap());
    office.jobs.submit(job("j")).await.unwrap();
    assert_eq!(office.state.owned_by("li").await.unwrap(), ["j"]);
    assert!(!office.state.delete_user("li").await.unwrap());
    office.jobs.drop_job("j").await.unwrap();
    assert!(office.state.delete_user("li").await.unwrap());
}

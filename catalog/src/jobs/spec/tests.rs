use super::*;

#[test]
fn a_job_within_its_bounds_is_taken() {
    let row = job().into_row(Timestamp::from_ms(0)).unwrap();
    assert_eq!((row.enabled, row.next_tick), (true, Some(Timestamp::from_ms(60_000))));
    let once = NewJob { cron: None, zone: "any".into(), ..job() };
    assert_eq!(once.into_row(Timestamp::from_ms(0)).unwrap().next_tick, None);
}

#[test]
fn what_is_beyond_them_is_refused() {
    let params = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let many = (0..=PARAMS_MAX).map(|at| (format!("p{at}"), String::new())).collect();
    let cases = [
        NewJob { sql: " \n".into(), ..job() },
        NewJob { sql: "x".repeat(SQL_BYTES_MAX + 1), ..job() },
        NewJob { sql: "SELECT '\0'".into(), ..job() },
        NewJob { params: many, ..job() },
        NewJob { params: params("1st", "x"), ..job() },
        NewJob { params: params("", "x"), ..job() },
        NewJob { params: params("城", "x"), ..job() },
        NewJob { params: params("p", &"x".repeat(PARAM_BYTES_MAX)), ..job() },
        NewJob { retries: RETRIES_MAX + 1, ..job() },
        NewJob { retry_wait: RETRY_WAIT_MAX + Duration::from_millis(1), ..job() },
        NewJob { timeout: Some(Duration::ZERO), ..job() },
        NewJob { timeout: Some(Duration::MAX), ..job() },
        NewJob { cron: Some("often".into()), ..job() },
        NewJob { zone: "nowhere".into(), ..job() },
    ];
    for job in cases {
        let shown = format!("{job:.200?}");
        assert_eq!(job.into_row(Timestamp::from_ms(0)).map_err(|error| error.code), Err(Code::BAD_JOB), "{shown}");
    }
    let unnamed = NewJob { name: "a/b".into(), ..job() }.into_row(Timestamp::from_ms(0));
    assert_eq!(unnamed.map_err(|error| error.code), Err(Code::NAME_NOT_ALLOWED));
}

fn job() -> NewJob {
    NewJob {
        name: "日报_1".into(),
        owner: "li".into(),
        sql: "SELECT :day".into(),
        params: BTreeMap::from([("day".to_owned(), "2027-01-01".to_owned())]),
        cron: Some("* * * * *".into()),
        zone: "Asia/Shanghai".into(),
        catch_up: CatchUp::Last,
        retries: 3,
        retry_wait: Duration::from_secs(60),
        timeout: None,
    }
}

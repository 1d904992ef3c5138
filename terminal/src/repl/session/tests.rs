use std::time::Duration;

use super::*;
use crate::fake::{Answer, Fake, Shared, people};

struct Desk {
    session: Session,
    fake: Arc<Fake>,
    out: Shared,
    err: Shared,
    interrupts: Interrupts,
}

impl Desk {
    /// Must be made within a runtime. Times are not told, as they differ.
    fn new(fake: Fake) -> Self {
        let (out, err, interrupts, fake) = (Shared::default(), Shared::default(), Interrupts::new(), Arc::new(fake));
        let screen = Screen {
            sink: Sink::new(Box::new(out.clone()), Output::default()),
            err: Box::new(err.clone()),
            columns: || Some(60),
        };
        let conn: Arc<dyn Connection> = Arc::clone(&fake) as _;
        let session = Session::new(conn, Handle::current(), interrupts.clone(), screen, Output::default(), false);
        Self { session, fake, out, err, interrupts }
    }

    /// What an input writes to the output and to the person.
    async fn take(&mut self, input: &str) -> (String, String) {
        assert_eq!(self.session.take(input).await, Flow::Continue);
        (self.out.take(), self.err.take())
    }
}

fn rows() -> Answer {
    Answer::Batches(vec![people(&[(Some(1), Some("张三")), (None, Some("李四"))])])
}

const TABLE: &str = "\
+------+------+
|   id | 姓名 |
+------+------+
|    1 | 张三 |
| NULL | 李四 |
+------+------+
";

#[tokio::test]
async fn statements_show_rows_and_tell_counts() {
    let fake = Fake::new([("select 1", rows()), ("insert", Answer::Affected(1)), ("create", Answer::Nothing)]);
    let mut desk = Desk::new(fake);
    assert_eq!(desk.take("select 1;").await, (TABLE.into(), "2 rows\n".into()));
    assert_eq!(desk.take("insert; create;").await, (String::new(), "1 row affected\ndone\n".into()));
    assert_eq!(desk.take(" ; -- nothing").await, (String::new(), String::new()));
    desk.take("\\timing").await;
    let (_, err) = desk.take("select 1;").await;
    assert!(err.starts_with("2 rows in 0.") && err.ends_with(" s\n"), "{err}");
}

#[tokio::test]
async fn an_error_stops_the_input_and_not_the_conversation() {
    let fake = Fake::new([("select 1", rows()), ("bad", Answer::Fail(ClientError::new("no")))]);
    let mut desk = Desk::new(fake);
    assert_eq!(desk.take("bad; select 1;").await, (String::new(), "error: no\n".into()));
    assert_eq!(desk.take("select 1;").await.0, TABLE);
    assert_eq!(desk.take("\\nope").await.1, "error: no command `\\nope`\n  hint: `\\?` shows the commands\n");
}

#[tokio::test]
async fn results_go_where_and_how_one_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b.csv");
    let mut desk = Desk::new(Fake::new([("select 1", rows())]));
    assert_eq!(desk.take("\\format csv").await.1, "the format is csv\n");
    assert_eq!(desk.take("select 1;").await.0, "id,姓名\n1,张三\n,李四\n");
    desk.take(&format!("\\o {}", path.display())).await;
    assert_eq!(desk.take("select 1; select 1;").await, (String::new(), "2 rows\n2 rows\n".into()));
    assert_eq!(desk.take("\\o").await.1, format!("wrote `{}`\n", path.display()));
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, "id,姓名\n1,张三\n,李四\n\nid,姓名\n1,张三\n,李四\n");
    assert_eq!(desk.take("select 1;").await.0, "id,姓名\n1,张三\n,李四\n");
    let nowhere = folder.path().join("no/where");
    assert!(desk.take(&format!("\\o {}", nowhere.display())).await.1.starts_with("error[HT0604]: cannot write"));
}

#[tokio::test]
async fn a_file_of_statements_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sql");
    std::fs::write(&path, "-- two\nselect 1;\nbad;\nselect 1;").unwrap();
    let mut desk = Desk::new(Fake::new([("select 1", rows()), ("bad", Answer::Fail(ClientError::new("no")))]));
    let expected = (TABLE.into(), "error: no\n  in the statement on line 3\n".into());
    assert_eq!(desk.take(&format!("\\i {}", path.display())).await, expected);
    assert!(desk.take("\\i nowhere.sql").await.1.starts_with("error[HT0301]: cannot read `nowhere.sql`"));
}

#[tokio::test]
async fn the_catalogue_is_described() {
    let desk = Desk::new(Fake::default());
    *desk.fake.names.lock().unwrap() = vec![
        Name::Schema { name: "population".into(), comment: Some("人口库".into()) },
        Name::Table { schema: "population".into(), name: "resident".into(), kind: "table".into(), comment: None },
        Name::Column {
            schema: "population".into(),
            table: "resident".into(),
            name: "xm".into(),
            data_type: "text".into(),
            comment: Some("姓名".into()),
        },
    ];
    let mut desk = desk;
    assert!(desk.take("\\dn").await.0.contains("| population | 人口库  |"));
    assert!(desk.take("\\d").await.0.contains("| population | resident | table | NULL    |"));
    for name in ["resident", "population.resident", "population", "RESIDENT;"] {
        let (out, _) = desk.take(&format!("\\d {name}")).await;
        assert!(out.contains("| population | resident | xm     | text | 姓名    |"), "{name}: {out}");
    }
    assert!(desk.take("\\d nothing").await.1.starts_with("error[HT0102]: no table `nothing`"));
    assert_eq!(desk.session.names().get().len(), 3);
}

#[tokio::test]
async fn names_are_read_again_after_a_definition() {
    let mut desk = Desk::new(Fake::new([("create", Answer::Nothing)]));
    let names = desk.session.names();
    *desk.fake.names.lock().unwrap() = vec![Name::Schema { name: "new".into(), comment: None }];
    desk.take("create;").await;
    for _ in 0..200 {
        if names.get().len() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the names were not read again");
}

#[tokio::test]
async fn one_interrupt_cancels_and_two_leave() {
    let mut desk = Desk::new(Fake::new([("select 1", Answer::Hang), ("select 2", rows())]));
    let interrupts = desk.interrupts.clone();
    let press = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        interrupts.raise();
    });
    let (out, err) = desk.take("select 1; select 2;").await;
    assert_eq!(out, "", "what follows a cancelled statement does not run");
    assert!(err.ends_with("\ncancelled\n"), "{err}");
    press.await.unwrap();
    assert_eq!(desk.take("select 2;").await.0, TABLE);

    let mut desk = Desk::new(Fake { cancel_hangs: true, ..Fake::new([("select 1", Answer::Hang)]) });
    let interrupts = desk.interrupts.clone();
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            interrupts.raise();
        }
    });
    assert_eq!(desk.session.take("select 1;").await, Flow::Leave(130));
}

#[tokio::test]
async fn people_leave() {
    let mut desk = Desk::new(Fake::default());
    for farewell in ["\\q", "exit;", "QUIT"] {
        assert_eq!(desk.session.take(farewell).await, Flow::Leave(0));
    }
}

#[tokio::test]
async fn a_closed_screen_ends_the_conversation_quietly() {
    let mut desk = Desk::new(Fake::new([("select 1", rows())]));
    let closed = crate::fake::Pipe { room: 0, kind: std::io::ErrorKind::BrokenPipe };
    desk.session.screen.sink = Sink::new(Box::new(closed), Output::default());
    assert_eq!(desk.session.take("select 1;").await, Flow::Leave(0));
    assert_eq!(desk.err.text(), "");
}

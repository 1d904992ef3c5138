//! A small city with contracts and policies, for tests of who sees what: users have the password of all.

use std::fs;
use std::path::PathBuf;

use crate::work::{Server, run, sql, sql_as};

const ORGANISATION: &str = "departments:
  police: {zh: 公安局, en: Police, code: 11990100MB0010743L}
  civil: {zh: 民政局, en: Civil affairs}
roles:
  analyst: {zh: 分析员, en: Analyst}
  modeller: {zh: 建模员, en: Modeller}
  steward: {zh: 管理员, en: Steward}
";

pub struct City {
    server: Server,
    folder: tempfile::TempDir,
}

impl City {
    /// Starts it with these files of its model, the security administrator `wang` who applies them, and these users.
    pub fn open(model: &[(&str, &str)], users: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("model");
        for (file, text) in [("org.yaml", ORGANISATION)].iter().chain(model) {
            let file = files.join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("written");
        }
        let dir = folder.path().join("city");
        let doors = ["--listen", "127.0.0.1:0", "--listen-postgres", "127.0.0.1:0", "--listen-http", "127.0.0.1:0"];
        let serve = ["serve", "--dir", dir.to_str().expect("text")];
        let server = Server::start(&[serve.as_slice(), doors.as_slice()].concat(), folder.path());
        let city = Self { server, folder };
        city.make_user("wang", "SECURITY ADMIN");
        users.iter().for_each(|user| city.make_user(user, ""));
        let url = format!("grpc://{}", city.address());
        let applied = run(&["apply", files.to_str().expect("text"), "--url", &url, "--user", "wang"]);
        assert!(applied.status.success(), "{applied:?}");
        city
    }

    pub fn make_user(&self, user: &str, office: &str) {
        let made = format!("CREATE USER {user} PASSWORD 'test-password-1' {office}");
        sql(&self.address(), "csv", &made).expect("a user");
    }

    /// The data files of all tables of a schema.
    pub fn files(&self, schema: &str) -> Vec<PathBuf> {
        let below =
            |folder: PathBuf| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let tables = below(self.folder.path().join("city/lake").join(schema)).filter(|path| path.is_dir());
        tables.flat_map(below).filter(|path| path.extension().is_some_and(|kind| kind == "parquet")).collect()
    }

    pub fn address(&self) -> String {
        self.door("flight")
    }

    pub fn door(&self, name: &str) -> String {
        self.server.address(name)
    }

    pub fn ask(&self, user: &str, script: &str) -> Result<String, String> {
        sql_as(&self.address(), user, script)
    }
}

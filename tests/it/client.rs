//! The command line of `huitong sql` and its kin: what goes where, and what is told when an argument is wrong.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::work::{Server, run};

fn serve(folder: &Path) -> Server {
    let dir = folder.join("data");
    Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder)
}

fn url(server: &Server) -> String {
    format!("grpc://{}", server.address("flight"))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_output_file_is_replaced_only_when_all_went_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let exports = folder.path().join("exports");
    fs::create_dir(&exports).expect("made");
    let file = exports.join("表.csv");
    let write = |script: &str, to: &Path| {
        run(&["sql", "--url", &url(&server), "--format", "csv", "-o", to.to_str().expect("text"), "-c", script])
    };
    fs::write(&file, "old\n").expect("written");
    for broken in ["SELECT 1 AS n; SELECT nothing", "SELECT CAST('x' AS INT)", "SELECT 'open"] {
        let output = write(broken, &file);
        assert!(!output.status.success(), "{broken}");
        assert_eq!(fs::read_to_string(&file).expect("read"), "old\n", "{broken}");
    }
    assert!(write("SELECT 1 AS n; SELECT 2 AS m", &file).status.success());
    assert_eq!(fs::read_to_string(&file).expect("read"), "n\n1\n\nm\n2\n");
    // A link stays a link, and nothing else is left in the directory.
    let link = exports.join("link.csv");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    assert!(write("SELECT 3 AS n", &link).status.success());
    assert_eq!(fs::read_to_string(&file).expect("read"), "n\n3\n");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_dir(&exports).expect("listed").count(), 2);
    let output = write("SELECT 4 AS n", Path::new("/dev/stdout"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "n\n4\n");
}

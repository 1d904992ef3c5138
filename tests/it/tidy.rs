//! The house keeps its shape: dependencies point down only, as the map in `docs/architecture.md` says.

use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates each crate may use.
const MAP: [(&str, &[&str]); 9] = [
    ("catalog", &[]),
    ("udfs", &[]),
    ("sample", &[]),
    ("terminal", &[]),
    ("engine", &["catalog", "udfs"]),
    ("exchange", &["catalog", "engine"]),
    ("executor", &["catalog", "engine"]),
    ("gateway", &["catalog", "engine"]),
    ("scheduler", &["catalog", "engine"]),
];

/// Crates that must stay light.
const LIGHT: [&str; 5] = ["catalog", "udfs", "sample", "terminal", "exchange"];

#[test]
fn dependencies_point_down() {
    for (folder, allowed) in MAP {
        let manifest = manifest(folder);
        let (_, dependencies) = manifest.split_once("[dependencies]").expect("a manifest lists dependencies");
        for line in dependencies.lines().filter_map(|line| line.strip_prefix("huitong-")) {
            let used = line.split([' ', '=']).next().expect("a name");
            assert!(allowed.contains(&used), "{folder} must not use {used}");
        }
    }
}

#[test]
fn light_crates_know_no_engine() {
    for folder in LIGHT {
        for heavy in ["datafusion = ", "deltalake", "ballista", "tonic = "] {
            assert!(!manifest(folder).lines().any(|line| line.starts_with(heavy)), "{folder} must not use {heavy}");
        }
    }
}

/// `terminal` knows no catalogue, so it writes codes as text.
#[test]
fn codes_that_the_terminal_tells_are_registered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    for source in sources(&root.join("terminal/src")) {
        let text = fs::read_to_string(&source).expect("a source is read");
        for code in text.split("with_code(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(root.join(format!("docs/errors/{code}.md")).is_file(), "{}: {code}", source.display());
            found += 1;
        }
    }
    assert!(found >= 4, "{found}");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

fn manifest(folder: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

use std::path::Path;

use super::*;
use crate::config::{Document, Executor, Scheduler, Serve};

const INTERNAL_TLS: [(&str, &str); 3] =
    [("internal_tls.ca", "ca.pem"), ("internal_tls.cert", "n.pem"), ("internal_tls.key", "n.key")];

#[test]
fn the_reference_is_a_valid_file_with_the_defaults() {
    let minimal = document("[storage]\nroot = \"data\"\n");
    let serve = document(&reference(Role::Serve));
    assert_eq!(Serve::from_document(&serve).unwrap(), Serve::from_document(&minimal).unwrap());
    let scheduler = document(&reference(Role::Scheduler));
    assert_eq!(Scheduler::from_document(&scheduler).unwrap(), Scheduler::from_document(&minimal).unwrap());
    let mut executor = document(&reference(Role::Executor));
    for (key, value) in INTERNAL_TLS {
        executor.set(key, value).unwrap();
    }
    assert!(Executor::from_document(&executor).is_ok());
}

#[test]
fn the_reference_stays_valid_with_every_comment_sign_removed() {
    for role in [Role::Serve, Role::Scheduler, Role::Executor] {
        let reference = reference(role);
        // One of the two places for the state excludes the other.
        let lines = reference.lines().filter(|line| !line.starts_with("#path = "));
        let text: Vec<&str> = lines.map(uncommented).collect();
        let document = document(&text.join("\n"));
        match role {
            Role::Serve => Serve::from_document(&document).map(drop),
            Role::Scheduler => Scheduler::from_document(&document).map(drop),
            Role::Executor => Executor::from_document(&document).map(drop),
        }
        .unwrap();
    }
}

#[test]
fn each_role_sees_its_own_keys() {
    assert!(!reference(Role::Serve).contains("[executor]"));
    assert!(!reference(Role::Serve).contains("[internal_tls]"));
    assert!(!reference(Role::Executor).contains("[state]"));
    assert!(reference(Role::Executor).contains("\nwork_dir = \"work\"\n"));
    assert!(reference(Role::Scheduler).contains("#internal = \"127.0.0.1:50060\"\n"));
}

#[test]
fn the_list_is_orderly() {
    let mut sections: Vec<&str> = KEYS.iter().map(|key| key.section).collect();
    sections.dedup();
    let mut unique = sections.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), sections.len(), "keys of a section stand together");
    let mut paths: Vec<String> = KEYS.iter().map(Key::path).collect();
    paths.sort_unstable();
    assert!(paths.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(KEYS.iter().all(|key| !key.roles.is_empty() && key.doc.ends_with('.') && key.doc_zh.ends_with('。')));
}

fn uncommented(line: &str) -> &str {
    match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest,
        _ => line,
    }
}

fn document(text: &str) -> Document {
    Document::parse("reference", Path::new("/etc/huitong"), text).unwrap()
}

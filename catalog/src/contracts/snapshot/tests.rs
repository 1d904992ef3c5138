use super::*;
use crate::contracts::tests::{compiled, with};

fn snapshot() -> Snapshot {
    compiled(&with(&[])).snapshot
}

#[test]
fn what_is_stored_is_read_back() {
    let snapshot = snapshot();
    let read = Snapshot::from_json(&snapshot.to_json()).unwrap();
    assert_eq!(read, snapshot);
    assert_eq!(read.to_json(), snapshot.to_json());
    let empty = Snapshot::empty();
    assert_eq!(Snapshot::from_json(&empty.to_json()).unwrap(), empty);
    assert_ne!(empty.hash(), snapshot.hash());
}

/// A change of this number means that stored models, and the hashes in the history of queries, no longer say the same.
#[test]
fn the_canonical_form_is_fixed() {
    let value = serde_json::json!({ "b": [1, "人\n\""], "a": { "d": null, "c": true } });
    let mut text = String::new();
    write_canonical(&value, &mut text);
    assert_eq!(text, r#"{"a":{"c":true,"d":null},"b":[1,"人\n\""]}"#);
    let empty = "c4bafcd91f047ae9f0e1fde48ecd9c0f";
    assert_eq!(&Snapshot::empty().hash().to_string()[..32], empty);
}

#[test]
fn hashes_read_back() {
    let hash = snapshot().hash();
    assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
    assert_eq!(hash.short(), hash.to_string()[..12]);
    for text in ["", "12", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
        assert_eq!(text.parse::<Hash>().unwrap_err().code, Code::SNAPSHOT_UNREADABLE);
    }
}

#[test]
fn whatever_was_changed_is_refused() {
    let json = snapshot().to_json();
    let refused = |text: &str| {
        let error = Snapshot::from_json(text).unwrap_err();
        assert_eq!(error.code, Code::SNAPSHOT_UNREADABLE);
        error.message
    };
    assert!(refused(&json.replace("keep(3,4)", "keep(9,9)")).contains("hash"));
    assert!(refused(&json.replace("\"grade\":\"4\"", "\"grade\":\"1\"")).contains("hash"));
    assert!(refused(&json.replace("\"format\":1,", "\"format\":2,")).contains("format 2"));
    assert!(refused("{}").contains("no format"));
    assert!(refused("[]").contains("no format"));
    assert!(refused(&json[..json.len() / 2]).contains("not JSON"));
    // With a hash that fits, a content that this version does not know is not half understood.
    let mut whole: Value = serde_json::from_str(&json).unwrap();
    whole["content"]["datasets"]["population.person"]["secret"] = true.into();
    whole["hash"] = Hash::of(&whole["content"]).to_string().into();
    assert!(refused(&whole.to_string()).contains("another version"));
}

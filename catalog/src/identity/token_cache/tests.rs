use super::*;
use crate::identity::{Attributes, Scope, Via};

#[test]
fn an_entry_lives_for_the_ttl_but_never_past_its_token() {
    let mut cache = TokenCache::new(Duration::from_millis(30));
    let generation = cache.generation();
    cache.put("long".to_owned(), li(), ms(1_000), ms(0), generation);
    cache.put("short".to_owned(), li(), ms(10), ms(0), generation);
    assert_eq!(cache.get("long", ms(29)), Some(li()));
    assert_eq!(cache.get("long", ms(30)), None);
    assert_eq!(cache.get("short", ms(9)), Some(li()));
    assert_eq!(cache.get("short", ms(10)), None);
}

#[test]
fn what_was_read_before_a_revocation_is_not_kept() {
    let mut cache = TokenCache::new(Duration::from_secs(30));
    let before = cache.generation();
    cache.forget("wang");
    cache.put("a".to_owned(), li(), ms(1_000), ms(0), before);
    assert_eq!(cache.get("a", ms(1)), None);
    cache.put("a".to_owned(), li(), ms(1_000), ms(0), cache.generation());
    assert_eq!(cache.get("a", ms(1)), Some(li()));
    cache.forget("li");
    assert_eq!(cache.get("a", ms(1)), None);
}

#[test]
fn the_size_is_bounded() {
    let mut cache = TokenCache::new(Duration::from_secs(30));
    for at in 0..3 * TOKENS_MAX {
        cache.put(at.to_string(), li(), ms(i64::MAX), ms(0), cache.generation());
        assert!(cache.entries.len() <= TOKENS_MAX);
        assert_eq!(cache.get(&at.to_string(), ms(0)), Some(li()));
    }
}

fn li() -> Principal {
    Principal {
        name: "li".to_owned(),
        office: None,
        standing: Attributes::default(),
        scope: Scope::default(),
        via: Via::Password,
    }
}

fn ms(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

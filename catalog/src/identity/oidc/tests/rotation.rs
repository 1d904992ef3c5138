//! Keys that change while the process lives.

use super::issuer::{Answers, jwks};
use super::*;
use crate::error::Error;
use crate::identity::oidc::keys::{ASK_EVERY, KEYS_AGE_MAX};

fn issuer(answers: &Arc<Answers>) -> Issuer {
    Issuer::new(rules(), answers.clone())
}

/// A token of that signer that lives for a year.
fn token(signer: &Signer) -> String {
    signer.token(&claims(json!({"exp": NOW_S + 366 * 24 * 3600})))
}

fn why(result: Result<Said>) -> (Code, Option<Refusal>) {
    let error: Error = result.unwrap_err();
    (error.code, error.source.as_ref().and_then(|source| source.downcast_ref::<Refusal>().cloned()))
}

#[tokio::test]
async fn new_keys_are_learnt_of_from_a_token_that_names_one() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let answers = Answers::of(&[&old]);
    let issuer = issuer(&answers);
    assert!(issuer.check(&token(&old), NOW).await.is_ok());
    assert_eq!(answers.asked(), 1);
    answers.set(Some(jwks(&[&new])));
    let later = NOW.plus(ASK_EVERY);
    assert!(issuer.check(&token(&old), later).await.is_ok(), "nothing has told of new keys");
    assert!(issuer.check(&token(&new), later).await.is_ok());
    assert_eq!(answers.asked(), 2);
    assert_eq!(why(issuer.check(&token(&old), later).await), (Code::TOKEN_INVALID, Some(Refusal::UnknownKey)));
}

#[tokio::test]
async fn a_flood_of_unknown_keys_asks_once_in_a_while() {
    let (known, stranger) = (Signer::ed25519("known"), Signer::ed25519("stranger"));
    let answers = Answers::of(&[&known]);
    let issuer = issuer(&answers);
    for _ in 0..200 {
        let refused = issuer.check(&token(&stranger), NOW).await;
        assert_eq!(why(refused), (Code::TOKEN_INVALID, Some(Refusal::UnknownKey)));
    }
    assert_eq!(answers.asked(), 1);
    let together: Vec<_> = (0..50)
        .map(|_| {
            let (issuer, token) = (issuer.clone(), token(&stranger));
            tokio::spawn(async move { issuer.check(&token, NOW.plus(ASK_EVERY)).await.is_err() })
        })
        .collect();
    for one in together {
        assert!(one.await.unwrap());
    }
    assert_eq!(answers.asked(), 2);
    assert!(issuer.check(&token(&known), NOW.plus(ASK_EVERY)).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_is_down_keeps_nobody_with_a_known_key_out() {
    let (known, other) = (Signer::ed25519("known"), Signer::ed25519("other"));
    let answers = Answers::of(&[&known]);
    let issuer = issuer(&answers);
    issuer.prepare(NOW).await.unwrap();
    for answer in [None, Some("<html>".to_owned()), Some(json!({"keys": []}).to_string())] {
        answers.set(answer);
        let later = NOW.plus(KEYS_AGE_MAX * u32::try_from(answers.asked()).unwrap());
        assert!(issuer.check(&token(&other), later).await.is_err());
        assert!(issuer.check(&token(&known), later).await.is_ok());
    }
    assert!(answers.asked() > 1);
}

#[tokio::test]
async fn without_any_keys_it_is_not_the_token_that_is_at_fault() {
    let signer = Signer::ed25519("one");
    let answers = Answers::of(&[&signer]);
    answers.set(None);
    let issuer = issuer(&answers);
    for _ in 0..3 {
        assert_eq!(why(issuer.check(&token(&signer), NOW).await), (Code::ISSUER_UNAVAILABLE, None));
    }
    assert_eq!(answers.asked(), 1);
    assert_eq!(why(issuer.check("a.b.c", NOW).await).0, Code::TOKEN_INVALID);
    answers.set(Some(jwks(&[&signer])));
    assert!(issuer.check(&token(&signer), NOW.plus(ASK_EVERY)).await.is_ok());
}

#[tokio::test]
async fn a_key_that_was_taken_away_ends_with_the_age_of_the_keys() {
    let (stays, leaves) = (Signer::ed25519("stays"), Signer::ed25519("leaves"));
    let answers = Answers::of(&[&stays, &leaves]);
    let issuer = issuer(&answers);
    assert!(issuer.check(&token(&leaves), NOW).await.is_ok());
    answers.set(Some(jwks(&[&stays])));
    let later = NOW.plus(KEYS_AGE_MAX);
    // The keys are read beside the sign-in that finds them old.
    issuer.check(&token(&stays), later).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(answers.asked(), 2);
    assert_eq!(why(issuer.check(&token(&leaves), later).await), (Code::TOKEN_INVALID, Some(Refusal::UnknownKey)));
}

#[tokio::test]
async fn asking_goes_on_when_the_one_who_asked_goes_away() {
    let signer = Signer::ed25519("one");
    let answers = Answers::of(&[&signer]);
    let issuer = issuer(&answers);
    let token = token(&signer);
    let mut asking = Box::pin(issuer.check(&token, NOW));
    let waits = std::future::poll_fn(|context| std::task::Poll::Ready(asking.as_mut().poll(context).is_pending()));
    assert!(waits.await, "it went away before the answer came");
    drop(asking);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(answers.asked(), 1);
    assert!(issuer.check(&token, NOW).await.is_ok());
    assert_eq!(answers.asked(), 1);
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_stop_the_asking() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let answers = Answers::of(&[&old]);
    let issuer = issuer(&answers);
    issuer.prepare(NOW).await.unwrap();
    answers.set(Some(jwks(&[&old, &new])));
    assert!(issuer.check(&token(&new), NOW.minus(Duration::from_secs(600))).await.is_ok());
}

#[tokio::test]
async fn keys_come_from_a_file() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let issuer = Issuer::new(rules(), Arc::new(FileKeys(path.clone())));
    assert_eq!(why(issuer.check(&token(&old), NOW).await).0, Code::ISSUER_UNAVAILABLE);
    std::fs::write(&path, jwks(&[&old])).unwrap();
    assert!(issuer.check(&token(&old), NOW.plus(ASK_EVERY)).await.is_ok());
    std::fs::write(&path, jwks(&[&new])).unwrap();
    assert!(issuer.check(&token(&new), NOW.plus(2 * ASK_EVERY)).await.is_ok());
    std::fs::write(&path, "x".repeat(JWKS_BYTES_MAX + 1)).unwrap();
    let error = FileKeys(path).fetch().await.unwrap_err();
    assert!(error.message.ends_with("are larger than 1 MiB"), "{}", error.message);
}

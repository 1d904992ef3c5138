use std::num::NonZeroU32;

use super::tokens::TOKEN_LIFETIME_MAX;
use super::*;
use crate::clock::FixedClock;
use crate::identity::{Principal, Token, TokenKind, Via};
use crate::ids::SeededRandomness;

const PASSWORD: &str = "a good password";
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_user_signs_in_under_any_spelling_of_the_name() {
    let (users, _) = users().await;
    users.add("Li.Wei", PASSWORD, false).await.unwrap();
    let principal = users.authenticate("LI.WEI", PASSWORD).await.unwrap();
    assert_eq!(principal, Principal { name: "li.wei".to_owned(), admin: false, via: Via::Password });
    assert_eq!(code(users.add("li.wei", PASSWORD, true).await), Code::USER_EXISTS);
    assert!(principal.require_admin("add users").is_err());
}

#[tokio::test]
async fn a_stranger_cannot_tell_which_users_exist() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    users.add("gone", PASSWORD, false).await.unwrap();
    users.disable("gone").await.unwrap();
    let mut answers = Vec::new();
    let long = "x".repeat(5_000);
    for (name, password) in [("li", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("a b", ""), ("li", &long)] {
        let error = users.authenticate(name, password).await.unwrap_err();
        answers.push((error.code, error.message, error.hint));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(answers[0].0, Code::WRONG_PASSWORD);
}

#[tokio::test]
async fn guessing_is_slowed_down_for_known_and_unknown_names_alike() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    for name in ["li", "nobody"] {
        for _ in 0..5 {
            assert_eq!(code(users.authenticate(name, "wrong").await), Code::WRONG_PASSWORD);
        }
        let error = users.authenticate(name, PASSWORD).await.unwrap_err();
        assert_eq!((error.code, error.hint.as_deref()), (Code::TOO_MANY_SIGN_INS, Some("try again in 1 s")));
    }
    clock.advance(Duration::from_secs(1));
    assert!(users.authenticate("li", PASSWORD).await.is_ok());
    assert_eq!(code(users.authenticate("li", "wrong").await), Code::WRONG_PASSWORD);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_guesses_at_once_do_not_pass_the_lockout() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let guesses = (0..64).map(|at| {
        let users = users.clone();
        tokio::spawn(async move { code(users.authenticate("li", &format!("guess number {at}")).await) })
    });
    let mut tried = 0;
    for guess in guesses.collect::<Vec<_>>() {
        tried += usize::from(guess.await.unwrap() == Code::WRONG_PASSWORD);
    }
    assert!((5..=8).contains(&tried), "{tried} guesses were checked");
}

#[tokio::test]
async fn a_scram_exchange_signs_in() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let attempt = users.scram_start("LI").await.unwrap();
    let proof = client_proof(&attempt, PASSWORD);
    let (principal, signature) = users.scram_finish(attempt, b"message", &proof).unwrap();
    assert_eq!(principal.name, "li");
    assert_ne!(signature, [0; 32]);

    let attempt = users.scram_start("li").await.unwrap();
    let proof = client_proof(&attempt, "another password");
    assert_eq!(code(users.scram_finish(attempt, b"message", &proof)), Code::WRONG_PASSWORD);
}

#[tokio::test]
async fn a_decoy_exchange_looks_alike_and_fails() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let real = users.scram_start("li").await.unwrap().verifier;
    let salts = [users.scram_start("nobody").await.unwrap(), users.scram_start("nobody").await.unwrap()];
    assert_eq!(salts[0].verifier.salt(), salts[1].verifier.salt(), "the salt of a decoy is stable");
    assert_eq!(salts[0].verifier.salt().len(), real.salt().len());
    assert_eq!(salts[0].verifier.iterations(), real.iterations());
    assert_ne!(users.scram_start("no one").await.unwrap().verifier.salt(), salts[0].verifier.salt());
    for attempt in salts {
        let proof = client_proof(&attempt, PASSWORD);
        assert_eq!(code(users.scram_finish(attempt, b"message", &proof)), Code::WRONG_PASSWORD);
    }
}

#[tokio::test]
async fn scram_failures_count_towards_the_lockout() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let mut attempts = Vec::new();
    for _ in 0..6 {
        attempts.push(users.scram_start("li").await.unwrap());
    }
    let late = attempts.pop().unwrap();
    for attempt in attempts {
        assert_eq!(code(users.scram_finish(attempt, b"m", &[0; 32])), Code::WRONG_PASSWORD);
    }
    assert_eq!(code(users.scram_start("li").await.map(|_| ())), Code::TOO_MANY_SIGN_INS);
    let proof = client_proof(&late, PASSWORD);
    assert_eq!(code(users.scram_finish(late, b"message", &proof)), Code::TOO_MANY_SIGN_INS);
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_never_with_a_default_password() {
    let (users, _) = users().await;
    let first = users.ensure_first_admin(None).await.unwrap();
    let password = first.one_time_password.clone().unwrap();
    assert!(first.created && users.authenticate("admin", &password).await.unwrap().admin);
    let again = users.ensure_first_admin(Some("another password".to_owned())).await.unwrap();
    assert_eq!(again, FirstAdmin { name: "admin".to_owned(), created: false, one_time_password: None });
    assert!(users.authenticate("admin", "another password").await.is_err());
}

#[tokio::test]
async fn a_given_first_password_obeys_the_rules_and_is_not_repeated() {
    let (users, _) = users().await;
    for weak in ["", "admin", "short"] {
        assert_eq!(code(users.ensure_first_admin(Some(weak.to_owned())).await), Code::WEAK_PASSWORD);
    }
    let first = users.ensure_first_admin(Some(PASSWORD.to_owned())).await.unwrap();
    assert_eq!((first.created, first.one_time_password), (true, None));
    assert!(users.authenticate("admin", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (users, _) = users().await;
    users.add("one", PASSWORD, true).await.unwrap();
    users.add("member", PASSWORD, false).await.unwrap();
    assert_eq!(code(users.remove("one").await), Code::LAST_ADMINISTRATOR);
    assert_eq!(code(users.disable("one").await), Code::LAST_ADMINISTRATOR);
    users.add("two", PASSWORD, true).await.unwrap();
    users.remove("one").await.unwrap();
    users.remove("member").await.unwrap();
    assert_eq!(code(users.remove("one").await), Code::UNKNOWN_USER);
    assert_eq!(users.list().await.unwrap().iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["two"]);
}

#[tokio::test]
async fn a_token_stands_for_its_user_until_it_expires() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let (token, info) = users.issue_token("Li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    let principal = users.authenticate_token(token.reveal()).await.unwrap();
    assert_eq!(principal, Principal { name: "li".to_owned(), admin: true, via: Via::Token(info.id) });
    clock.advance(HOUR - Duration::from_millis(1));
    assert!(users.authenticate_token(token.reveal()).await.is_ok());
    clock.advance(Duration::from_millis(1));
    assert_eq!(code(users.authenticate_token(token.reveal()).await), Code::TOKEN_INVALID);
}

#[tokio::test]
async fn only_the_hash_of_a_token_is_stored() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let (token, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    let rows = users.inner.state.tokens_of("li").await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains(&token.reveal()[4..]));
    assert_eq!(rows[0].hash, token.hash());
}

#[tokio::test]
async fn revoking_works_at_once_though_tokens_are_cached() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let (one, info) = users.issue_token("li", TokenKind::Personal, "one", HOUR).await.unwrap();
    let (two, _) = users.issue_token("li", TokenKind::Personal, "two", HOUR).await.unwrap();
    for token in [&one, &two] {
        users.authenticate_token(token.reveal()).await.unwrap();
    }
    users.revoke("li", &info.id).await.unwrap();
    assert_eq!(code(users.authenticate_token(one.reveal()).await), Code::TOKEN_INVALID);
    assert!(users.authenticate_token(two.reveal()).await.is_ok());
    assert_eq!(code(users.revoke("li", &info.id).await), Code::TOKEN_INVALID);
    assert_eq!(users.revoke_all("li").await.unwrap(), 1);
    assert_eq!(code(users.authenticate_token(two.reveal()).await), Code::TOKEN_INVALID);
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_token_and_no_personal_one() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let (session, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    let (other, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    let (personal, _) = users.issue_token("li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    for token in [&session, &other, &personal] {
        users.authenticate_token(token.reveal()).await.unwrap();
    }
    assert!(users.end_sign_in(session.reveal()).await.unwrap());
    assert!(!users.end_sign_in(session.reveal()).await.unwrap());
    assert!(!users.end_sign_in(personal.reveal()).await.unwrap());
    assert!(!users.end_sign_in("no token").await.unwrap());
    assert_eq!(code(users.authenticate_token(session.reveal()).await), Code::TOKEN_INVALID);
    for token in [&other, &personal] {
        users.authenticate_token(token.reveal()).await.unwrap();
    }
}

#[tokio::test]
async fn removing_disabling_and_a_new_password_end_what_they_should() {
    let (users, _) = users().await;
    users.add("boss", PASSWORD, true).await.unwrap();
    users.add("li", PASSWORD, false).await.unwrap();
    let (session, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    let (personal, _) = users.issue_token("li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    let valid = async |token: &Token| users.authenticate_token(token.reveal()).await.is_ok();
    assert!(valid(&session).await && valid(&personal).await);

    users.set_password("li", "a newer password").await.unwrap();
    assert!(!valid(&session).await && valid(&personal).await);
    assert!(users.authenticate("li", PASSWORD).await.is_err());
    assert!(users.authenticate("li", "a newer password").await.is_ok());

    users.disable("li").await.unwrap();
    assert!(!valid(&personal).await);
    assert!(users.issue_token("li", TokenKind::Personal, "x", HOUR).await.is_err());
    users.enable("li").await.unwrap();
    assert!(valid(&personal).await);

    users.remove("li").await.unwrap();
    assert!(!valid(&personal).await);
    users.add("li", PASSWORD, false).await.unwrap();
    assert!(!valid(&personal).await, "a new user does not inherit the tokens of an old one");
}

#[tokio::test]
async fn a_cached_token_does_not_ask_the_database() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let (token, info) = users.issue_token("li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    users.authenticate_token(token.reveal()).await.unwrap();
    // Another process revokes: seen when the memory of this one has run out.
    users.inner.state.revoke_token("li", &info.id, clock.now()).await.unwrap();
    assert!(users.authenticate_token(token.reveal()).await.is_ok());
    clock.advance(Options::default().token_cache_ttl);
    assert_eq!(code(users.authenticate_token(token.reveal()).await), Code::TOKEN_INVALID);
}

#[tokio::test]
async fn tokens_are_listed_with_their_use_and_end() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let (token, info) = users.issue_token("li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    clock.advance(Duration::from_secs(5));
    users.authenticate_token(token.reveal()).await.unwrap();
    let listed = users.list_tokens("li").await.unwrap();
    assert_eq!(listed, [TokenInfo { last_used_at: Some(clock.now()), ..info }]);
    assert_eq!(code(users.list_tokens("nobody").await), Code::UNKNOWN_USER);
}

#[tokio::test]
async fn tokens_without_bounds_are_refused() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    let issue = async |label: &str, lifetime| code(users.issue_token("li", TokenKind::Personal, label, lifetime).await);
    assert_eq!(issue("x", Duration::ZERO).await, Code::SETTING_VALUE);
    assert_eq!(issue("x", TOKEN_LIFETIME_MAX + Duration::from_secs(1)).await, Code::SETTING_VALUE);
    assert_eq!(issue(&"x".repeat(129), HOUR).await, Code::SETTING_VALUE);
    assert_eq!(issue("two\nlines", HOUR).await, Code::SETTING_VALUE);
    assert_eq!(code(users.issue_token("nobody", TokenKind::Session, "", HOUR).await), Code::UNKNOWN_USER);
}

#[tokio::test]
async fn the_decoy_salt_survives_a_restart() {
    let state = State::in_memory().await.unwrap();
    let mut salts = Vec::new();
    for seed in [1, 2] {
        let users = open(state.clone(), Arc::new(FixedClock::default()), seed).await;
        salts.push(users.scram_start("nobody").await.unwrap().verifier.salt().to_vec());
    }
    assert_eq!(salts[0], salts[1]);
}

/// What a client computes (RFC 5802, section 3), from its own derivation of the password.
fn client_proof(attempt: &ScramAttempt, password: &str) -> Vec<u8> {
    use aws_lc_rs::{digest, hmac, pbkdf2};
    let sign = |key: &[u8], message: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut salted = [0; 32];
    let iterations = NonZeroU32::new(attempt.verifier.iterations()).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, attempt.verifier.salt(), password.as_bytes(), &mut salted);
    let client_key = sign(&salted, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
    let signature = sign(stored_key.as_ref(), b"message");
    client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, sign)| key ^ sign).collect()
}

fn code<T>(result: Result<T>) -> Code {
    result.err().map_or(Code::INTERNAL, |error| error.code)
}

async fn users() -> (Users, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(Timestamp::from_ms(1_800_000_000_000)));
    (open(State::in_memory().await.unwrap(), clock.clone(), 1).await, clock)
}

async fn open(state: State, clock: Arc<dyn Clock>, seed: u64) -> Users {
    let options = Options { cost: Cost::LIGHT, ..Options::default() };
    Users::open(state, clock, Arc::new(SeededRandomness::new(seed)), options).await.unwrap()
}

#[tokio::test]
async fn what_a_sign_in_granted_ends_with_the_user() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, true).await.unwrap();
    for name in ["wang", "zhao", "sun"] {
        users.add(name, PASSWORD, false).await.unwrap();
    }
    let standing = |name: &str| users.standing().of(name);
    let (wang, zhao, sun, li) = (standing("wang"), standing("zhao"), standing("sun"), standing("li"));
    users.remove("wang").await.unwrap();
    users.disable("zhao").await.unwrap();
    users.set_password("sun", "another password").await.unwrap();
    assert_eq!(code(users.remove("li").await), Code::LAST_ADMINISTRATOR);
    assert_eq!([&wang, &zhao, &sun, &li].map(Standing::holds), [false, false, false, true]);
    wang.ended().await;
    // Who signs in afterwards has what was granted then.
    assert!(standing("sun").holds());
}

use std::num::NonZeroU32;

use serde_json::json;

use super::*;
use crate::clock::FixedClock;
use crate::contracts::Grade;
use crate::identity::oidc::Rules;
use crate::identity::oidc::tests::issuer::{Answers, Signer};
use crate::identity::oidc::tests::{claims, rules};
use crate::identity::{Attributes, Office, Principal, Scope, Token, TokenKind, Via};
use crate::ids::SeededRandomness;
use crate::state::TokenRow;

const PASSWORD: &str = "a good password";
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_user_signs_in_under_any_spelling_of_the_name() {
    let (users, _) = users().await;
    users.add("Li.Wei", PASSWORD, None).await.unwrap();
    let principal = users.authenticate("LI.WEI", PASSWORD).await.unwrap();
    assert_eq!(
        principal,
        Principal {
            name: "li.wei".to_owned(),
            office: None,
            standing: Attributes::default(),
            scope: Scope::default(),
            via: Via::Password
        }
    );
    assert_eq!(code(users.add("li.wei", PASSWORD, Some(Office::System)).await), Code::USER_EXISTS);
    assert!(principal.require(Office::System, "add users").is_err());
}

#[tokio::test]
async fn a_stranger_cannot_tell_which_users_exist() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
    users.add("gone", PASSWORD, None).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    assert!(first.created && users.authenticate("admin", &password).await.unwrap().holds(Office::System));
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
    users.add("one", PASSWORD, Some(Office::System)).await.unwrap();
    users.add("member", PASSWORD, None).await.unwrap();
    assert_eq!(code(users.remove("one").await), Code::LAST_ADMINISTRATOR);
    assert_eq!(code(users.disable("one").await), Code::LAST_ADMINISTRATOR);
    users.add("two", PASSWORD, Some(Office::System)).await.unwrap();
    users.remove("one").await.unwrap();
    users.remove("member").await.unwrap();
    assert_eq!(code(users.remove("one").await), Code::UNKNOWN_USER);
    assert_eq!(users.list().await.unwrap().iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["two"]);
}

#[tokio::test]
async fn a_token_stands_for_its_user_until_it_expires() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
    let (token, info) = users.issue_token("Li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    let principal = users.authenticate_token(token.reveal()).await.unwrap();
    assert_eq!(
        principal,
        Principal {
            name: "li".to_owned(),
            office: Some(Office::System),
            standing: Attributes::default(),
            scope: Scope::default(),
            via: Via::Token(info.id)
        }
    );
    clock.advance(HOUR - Duration::from_millis(1));
    assert!(users.authenticate_token(token.reveal()).await.is_ok());
    clock.advance(Duration::from_millis(1));
    assert_eq!(code(users.authenticate_token(token.reveal()).await), Code::TOKEN_INVALID);
}

#[tokio::test]
async fn only_the_hash_of_a_token_is_stored() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
    let (token, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    let rows = users.inner.state.tokens_of("li").await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains(&token.reveal()[4..]));
    assert_eq!(rows[0].hash, token.hash());
}

#[tokio::test]
async fn revoking_works_at_once_though_tokens_are_cached() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("boss", PASSWORD, Some(Office::System)).await.unwrap();
    users.add("li", PASSWORD, None).await.unwrap();
    let (session, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    let (personal, _) = users.issue_token("li", TokenKind::Personal, "etl", HOUR).await.unwrap();
    let valid = async |token: &Token| users.authenticate_token(token.reveal()).await.is_ok();
    assert!(valid(&session).await && valid(&personal).await);

    users.set_password("li", "a newer password").await.unwrap();
    assert!(!valid(&session).await && valid(&personal).await);
    assert!(users.authenticate("li", PASSWORD).await.is_err());
    assert!(users.authenticate("li", "a newer password").await.is_ok());

    let (session, _) = users.issue_token("li", TokenKind::Session, "", HOUR).await.unwrap();
    assert!(valid(&session).await);
    users.disable("li").await.unwrap();
    assert!(!valid(&session).await && !valid(&personal).await);
    assert!(users.issue_token("li", TokenKind::Personal, "x", HOUR).await.is_err());
    users.enable("li").await.unwrap();
    assert!(!valid(&session).await && valid(&personal).await);

    users.remove("li").await.unwrap();
    assert!(!valid(&personal).await);
    users.add("li", PASSWORD, None).await.unwrap();
    assert!(!valid(&personal).await, "a new user does not inherit the tokens of an old one");
}

#[tokio::test]
async fn tokens_are_listed_of_one_user_and_of_all() {
    let (users, clock) = users().await;
    for name in ["li", "wang"] {
        users.add(name, PASSWORD, None).await.unwrap();
        users.issue_token(name, TokenKind::Personal, "etl", HOUR).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let owners = async |user, limit| {
        let tokens = users.newest_tokens(user, limit).await.unwrap();
        tokens.into_iter().map(|token| token.user).collect::<Vec<_>>()
    };
    assert_eq!(owners(None, 9).await, ["wang", "li"]);
    assert_eq!(owners(None, 1).await, ["wang"]);
    assert_eq!(owners(Some("li"), 9).await, ["li"]);
    assert!(owners(Some("nobody"), 9).await.is_empty());
}

#[tokio::test]
async fn a_cached_token_does_not_ask_the_database() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
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
    open_with(state, clock, seed, Options::default()).await
}

async fn open_with(state: State, clock: Arc<dyn Clock>, seed: u64, options: Options) -> Users {
    let options = Options { cost: Cost::LIGHT, ..options };
    Users::open(state, clock, Arc::new(SeededRandomness::new(seed)), options).await.unwrap()
}

#[tokio::test]
async fn what_a_sign_in_granted_ends_with_the_user() {
    let (users, _) = users().await;
    users.add("li", PASSWORD, Some(Office::System)).await.unwrap();
    for name in ["wang", "zhao", "sun"] {
        users.add(name, PASSWORD, None).await.unwrap();
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

#[tokio::test]
async fn a_scope_comes_with_the_token_and_with_no_other_sign_in() {
    let (users, clock) = users().await;
    users.add("li", PASSWORD, None).await.unwrap();
    let scope = Scope::default().read_only().for_purpose("census").unwrap().within(["population".to_owned()]).unwrap();
    let (token, info) = users.issue_scoped_token("li", "report", HOUR, scope.clone()).await.unwrap();
    assert_eq!((info.kind, &info.scope), (TokenKind::Personal, &scope));
    for _ in ["from the database", "from memory"] {
        assert_eq!(users.authenticate_token(token.reveal()).await.unwrap().scope, scope);
    }
    assert_eq!(users.list_tokens("li").await.unwrap()[0].scope, scope);
    assert!(users.authenticate("li", PASSWORD).await.unwrap().scope.is_all());
    assert!(users.acting("li").await.unwrap().scope.is_all());
    let unreadable = TokenRow { scope: r#"{"rows":"few"}"#.to_owned(), ..row(&token, "li", clock.now()) };
    let other = Token::parse("hts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let unreadable = TokenRow { hash: other.hash(), id: "other".to_owned(), ..unreadable };
    assert!(users.inner.state.insert_token(&unreadable).await.unwrap());
    assert_eq!(code(users.authenticate_token(other.reveal()).await), Code::INTERNAL);
}

fn row(token: &Token, user: &str, now: Timestamp) -> TokenRow {
    TokenRow {
        hash: token.hash(),
        id: "id".to_owned(),
        user: user.to_owned(),
        kind: "personal".to_owned(),
        label: String::new(),
        scope: "{}".to_owned(),
        created_at: now,
        expires_at: now.plus(HOUR),
        last_used_at: None,
        revoked_at: None,
    }
}

#[tokio::test]
async fn the_rules_for_passwords_and_lives_are_those_of_the_settings() {
    let clock = Arc::new(FixedClock::at(Timestamp::from_ms(1_800_000_000_000)));
    let options = Options {
        password: PasswordRules { chars_min: 12, classes_min: 3, may_stay: false },
        lockout: LockoutRules { free_failures: 1, wait_max: Duration::from_secs(1), memory: HOUR },
        session_life: Duration::from_secs(60),
        token_life_max: HOUR,
        ..Options::default()
    };
    let users = open_with(State::in_memory().await.unwrap(), clock.clone(), 1, options).await;
    let first = users.ensure_first_admin(None).await.unwrap();
    assert!(first.created, "a random password needs no rules");
    assert_eq!(code(users.add("li", "all small letters", None).await), Code::WEAK_PASSWORD);
    assert_eq!(code(users.add_if_missing("li", None, Some("all small letters")).await), Code::WEAK_PASSWORD);
    users.add("li", "Small and 1 capital", None).await.unwrap();
    let same = users.set_password("li", "Small and 1 capital").await.unwrap_err();
    assert_eq!(same.hint.as_deref(), Some("choose another one than the user has now"));
    users.set_password("li", "Small and 2 capitals, really: A").await.unwrap();
    assert_eq!(code(users.set_password("nobody", "Small and 1 capital").await), Code::UNKNOWN_USER);

    assert_eq!(code(users.authenticate("li", "wrong").await), Code::WRONG_PASSWORD);
    assert_eq!(code(users.authenticate("li", "wrong").await), Code::TOO_MANY_SIGN_INS);
    clock.advance(Duration::from_secs(1));
    assert_eq!(code(users.authenticate("li", "wrong").await), Code::WRONG_PASSWORD);

    let session = users.issue_session_token("li").await.unwrap();
    assert!(users.authenticate_token(session.reveal()).await.is_ok());
    clock.advance(Duration::from_secs(60));
    assert_eq!(code(users.authenticate_token(session.reveal()).await), Code::TOKEN_INVALID);
    assert!(users.issue_token("li", TokenKind::Personal, "", HOUR).await.is_ok());
    let error = users.issue_token("li", TokenKind::Personal, "", HOUR + Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(error.message, "a token lives for more than nothing and at most 3600 s");
}

/// Users with an issuer, one of its signers, and a token for the given claims.
async fn with_issuer(rules: Rules) -> (Users, Arc<FixedClock>, impl Fn(serde_json::Value) -> String) {
    let clock = Arc::new(FixedClock::at(Timestamp::from_ms(1_800_000_000_000)));
    let signer = Signer::ed25519("one");
    let issuer = Issuer::new(rules, Answers::of(&[&signer]));
    let options = Options { issuer: Some(issuer), ..Options::default() };
    let users = open_with(State::in_memory().await.unwrap(), clock.clone(), 1, options).await;
    (users, clock, move |changes| signer.token(&claims(changes)))
}

#[tokio::test]
async fn a_token_of_the_issuer_stands_for_a_user_who_is_known() {
    let (users, clock, token) = with_issuer(rules()).await;
    users.add("li", PASSWORD, None).await.unwrap();
    let set = |attributes: &mut Attributes| attributes.department = Some("gongan".to_owned());
    users.set_standing("li", set).await.unwrap();
    let li = token(json!({}));
    let principal = users.authenticate_token(&li).await.unwrap();
    assert_eq!((principal.name.as_str(), principal.office), ("li", None));
    assert_eq!(principal.standing.department.as_deref(), Some("gongan"));
    assert!(matches!(&principal.via, Via::Issued(id) if id.len() == 32));
    assert_eq!(users.authenticate_token(&li).await.unwrap(), principal, "the same session is found again");

    let strangers = [token(json!({"sub": "nobody"})), token(json!({"aud": "x"})), "eyJ.a.b".to_owned()];
    let mut answers = Vec::new();
    for stranger in strangers {
        let error = users.authenticate_token(&stranger).await.unwrap_err();
        answers.push((error.code, error.message, error.hint));
    }
    let own = users.authenticate_token("hts_").await.unwrap_err();
    answers.push((own.code, own.message, own.hint));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(code(users.authenticate("nobody", PASSWORD).await), Code::WRONG_PASSWORD, "nobody was added");

    users.disable("li").await.unwrap();
    assert_eq!(code(users.authenticate_token(&li).await), Code::TOKEN_INVALID, "at once, though it was remembered");
    users.enable("li").await.unwrap();
    clock.advance(Duration::from_secs(359));
    assert!(users.authenticate_token(&li).await.is_ok());
    clock.advance(Duration::from_secs(1));
    assert_eq!(code(users.authenticate_token(&li).await), Code::TOKEN_INVALID);
}

#[tokio::test]
async fn users_of_the_issuer_are_added_without_a_password_where_that_is_wanted() {
    let (users, _, token) = with_issuer(Rules { create_users: true, ..rules() }).await;
    for _ in ["added", "found"] {
        let principal = users.authenticate_token(&token(json!({"sub": "wang"}))).await.unwrap();
        assert_eq!((principal.name.as_str(), principal.office), ("wang", None));
        assert_eq!(principal.standing, Attributes::default());
    }
    assert_eq!(users.list().await.unwrap().len(), 1);
    for password in ["", "password", PASSWORD] {
        assert_eq!(code(users.authenticate("wang", password).await), Code::WRONG_PASSWORD);
    }
    let (attempt, decoy) = (users.scram_start("wang").await.unwrap(), users.scram_start("nobody").await.unwrap());
    assert_eq!(attempt.verifier.salt().len(), decoy.verifier.salt().len());
    let proof = client_proof(&attempt, "");
    assert_eq!(code(users.scram_finish(attempt, b"message", &proof)), Code::WRONG_PASSWORD);
    users.set_password("wang", PASSWORD).await.unwrap();
    assert!(users.authenticate("wang", PASSWORD).await.is_ok());
    users.disable("wang").await.unwrap();
    assert_eq!(code(users.authenticate_token(&token(json!({"sub": "wang"}))).await), Code::TOKEN_INVALID);
}

#[tokio::test]
async fn department_and_roles_are_the_issuers_where_it_is_asked_and_nobodys_who_holds_an_office() {
    let asked = Rules { department_claim: Some("dept".to_owned()), roles_claim: Some("roles".to_owned()), ..rules() };
    let (users, _, token) = with_issuer(asked).await;
    users.add("li", PASSWORD, None).await.unwrap();
    users.add("boss", PASSWORD, Some(Office::System)).await.unwrap();
    let set = |attributes: &mut Attributes| {
        attributes.department = Some("gongan".to_owned());
        attributes.roles = ["analyst".to_owned()].into();
        attributes.clearance = Grade::Three;
    };
    users.set_standing("li", set).await.unwrap();
    let said = token(json!({"dept": "minzheng", "roles": ["clerk"]}));
    let standing = users.authenticate_token(&said).await.unwrap().standing;
    let expected = Attributes {
        department: Some("minzheng".to_owned()),
        roles: ["clerk".to_owned()].into(),
        clearance: Grade::Three,
    };
    assert_eq!(standing, expected);
    let bare = users.authenticate_token(&token(json!({}))).await.unwrap().standing;
    assert_eq!(bare, Attributes { clearance: Grade::Three, ..Attributes::default() }, "what is not said is not given");
    let boss = token(json!({"sub": "boss", "dept": "minzheng", "roles": ["clerk"]}));
    let boss = users.authenticate_token(&boss).await.unwrap();
    assert_eq!((boss.office, boss.standing), (Some(Office::System), Attributes::default()));
}

#[tokio::test]
async fn a_token_in_place_of_the_password_is_that_users() {
    let (users, _, token) = with_issuer(rules()).await;
    users.add("li", PASSWORD, None).await.unwrap();
    users.add("wang", PASSWORD, None).await.unwrap();
    let (own, _) = users.issue_scoped_token("li", "", HOUR, Scope::default().read_only()).await.unwrap();
    for secret in [own.reveal(), &token(json!({})), PASSWORD] {
        assert_eq!(users.authenticate_secret("LI", secret).await.unwrap().name, "li");
    }
    assert!(!users.authenticate_secret("li", own.reveal()).await.unwrap().scope.allows_changes());
    for secret in [own.reveal(), &token(json!({}))] {
        assert_eq!(code(users.authenticate_secret("wang", secret).await), Code::WRONG_PASSWORD);
    }
    assert_eq!(code(users.authenticate_secret("li", "hts_ but a password").await), Code::WRONG_PASSWORD);
    assert_eq!(code(users.authenticate_secret("li", &token(json!({"exp": 1}))).await), Code::TOKEN_INVALID);
    let (without, _) = self::users().await;
    assert_eq!(code(without.authenticate_token(&token(json!({}))).await), Code::TOKEN_INVALID, "there is no issuer");
}

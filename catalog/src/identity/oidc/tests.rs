//! Tokens of a local issuer, and everything that must not pass for one.

pub mod issuer;
mod rotation;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::error::Code;
use crate::ids::{Randomness, SeededRandomness};
use issuer::{Signer, compact, encoded};

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);
const NOW_S: u64 = 1_800_000_000;

pub fn rules() -> Rules {
    Rules {
        issuer: "https://id.example".to_owned(),
        audience: "huitong".to_owned(),
        user_claim: "sub".to_owned(),
        department_claim: None,
        roles_claim: None,
        create_users: false,
    }
}

/// A good token's claims, with some of them changed; `null` takes one away.
pub fn claims(changes: Value) -> Value {
    let mut claims = json!({"iss": "https://id.example", "aud": "huitong", "sub": "li", "exp": NOW_S + 300});
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn read(token: &str, keys: &KeySet) -> Result<Said, Refusal> {
    verify(token, keys, &rules(), NOW)
}

/// What becomes of a token that the issuer has signed with these claims.
fn told(changes: Value, rules: &Rules) -> Result<Said, Refusal> {
    let signer = Signer::ed25519("one");
    verify(&signer.token(&claims(changes)), &signer.keys(), rules, NOW)
}

#[test]
fn each_algorithm_signs_in() {
    for signer in [Signer::rsa("one"), Signer::p256("one"), Signer::ed25519("one")] {
        let token = signer.token(&claims(json!({})));
        assert!(is_jwt(&token));
        let said = read(&token, &signer.keys()).unwrap();
        assert_eq!((said.name.as_str(), said.department, said.roles), ("li", None, None));
        assert_eq!(said.expires_at, NOW.plus(Duration::from_secs(360)));
    }
}

#[test]
fn a_token_that_was_changed_or_signed_by_another_is_refused() {
    for (signer, other) in [
        (Signer::rsa("one"), Signer::p256("one")),
        (Signer::p256("one"), Signer::p256("one")),
        (Signer::ed25519("one"), Signer::ed25519("one")),
    ] {
        let token = signer.token(&claims(json!({})));
        let (head, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = head.split_once('.').unwrap();
        let forged = format!("{header}.{}.{signature}", encoded(&claims(json!({"sub": "admin"}))));
        assert_eq!(read(&forged, &signer.keys()), Err(Refusal::Signature));
        assert_eq!(read(&format!("{head}."), &signer.keys()), Err(Refusal::Signature));
        assert_eq!(read(&format!("{head}.{}", &signature[4..]), &signer.keys()), Err(Refusal::Signature));
        let refused = read(&other.token(&claims(json!({}))), &signer.keys());
        assert!(matches!(refused, Err(Refusal::Signature | Refusal::UnknownKey)), "{refused:?}");
    }
}

#[test]
fn no_algorithm_without_a_private_key_is_taken() {
    let signer = Signer::rsa("one");
    let payload = claims(json!({}));
    for alg in ["none", "None", "NONE", "", "HS256", "HS384", "HS512", "RS1", "PS256", "RS384", "ES384", "rs256"] {
        let token = format!("{}.{}.", encoded(&json!({"alg": alg, "kid": "one"})), encoded(&payload));
        assert_eq!(read(&token, &signer.keys()), Err(Refusal::Algorithm), "{alg}");
    }
    // The public key as the secret of HMAC, in the forms in which it can be had.
    for secret in [signer.jwk().to_string().into_bytes(), signer.public_bytes()] {
        let signed = format!("{}.{}", encoded(&json!({"alg": "HS256", "kid": "one"})), encoded(&payload));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
        let token = compact(&signed, aws_lc_rs::hmac::sign(&key, signed.as_bytes()).as_ref());
        assert_eq!(read(&token, &signer.keys()), Err(Refusal::Algorithm));
    }
}

#[test]
fn the_algorithm_is_that_of_the_key() {
    let signer = Signer::p256("one");
    let header = json!({"alg": "EdDSA", "kid": "one"});
    let token = signer.sign(&header, &claims(json!({})));
    assert_eq!(read(&token, &signer.keys()), Err(Refusal::UnknownKey));
}

#[test]
fn a_token_is_good_between_its_times_with_leeway_for_clocks() {
    let cases = [
        (json!({"exp": NOW_S - 59}), Ok(())),
        (json!({"exp": NOW_S - 60}), Err(Refusal::Expired)),
        (json!({"exp": NOW_S as f64 - 59.5}), Ok(())),
        (json!({"exp": 0}), Err(Refusal::Expired)),
        (json!({"exp": 1e300}), Ok(())),
        (json!({"exp": null}), Err(Refusal::Claim("exp".to_owned()))),
        (json!({"exp": "1800000300"}), Err(Refusal::Claim("exp".to_owned()))),
        (json!({"exp": -1}), Err(Refusal::Claim("exp".to_owned()))),
        (json!({"nbf": NOW_S + 60}), Ok(())),
        (json!({"nbf": NOW_S + 61}), Err(Refusal::NotYet)),
        (json!({"nbf": "soon"}), Err(Refusal::Claim("nbf".to_owned()))),
    ];
    for (changes, expected) in cases {
        assert_eq!(told(changes.clone(), &rules()).map(drop), expected, "{changes}");
    }
}

#[test]
fn issuer_and_audience_are_exact() {
    let cases = [
        (json!({"iss": "https://id.example/"}), Err(Refusal::Issuer)),
        (json!({"iss": "HTTPS://id.example"}), Err(Refusal::Issuer)),
        (json!({"iss": null}), Err(Refusal::Issuer)),
        (json!({"iss": ["https://id.example"]}), Err(Refusal::Issuer)),
        (json!({"aud": "another"}), Err(Refusal::Audience)),
        (json!({"aud": "huitong2"}), Err(Refusal::Audience)),
        (json!({"aud": null}), Err(Refusal::Audience)),
        (json!({"aud": []}), Err(Refusal::Audience)),
        (json!({"aud": {"huitong": true}}), Err(Refusal::Audience)),
        (json!({"aud": ["another", "huitong"]}), Ok(())),
    ];
    for (changes, expected) in cases {
        assert_eq!(told(changes.clone(), &rules()).map(drop), expected, "{changes}");
    }
}

#[test]
fn tokens_for_other_ends_are_refused() {
    let signer = Signer::ed25519("one");
    let header = |more: Value| {
        let mut header = json!({"alg": "EdDSA", "kid": "one"});
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        header
    };
    for (more, expected) in [
        (json!({"typ": "JWT"}), Ok(())),
        (json!({"typ": "at+jwt"}), Ok(())),
        (json!({"typ": "application/at+JWT"}), Ok(())),
        (json!({"typ": "logout+jwt"}), Err(Refusal::Kind)),
        (json!({"typ": "dpop+jwt"}), Err(Refusal::Kind)),
        (json!({"crit": ["b64"], "b64": false}), Err(Refusal::Critical)),
        (json!({"crit": []}), Err(Refusal::Critical)),
        (json!({"alg": 1}), Err(Refusal::Garbled)),
        // A key that the token brings itself is not looked at.
        (json!({"kid": "two", "jwk": Signer::ed25519("two").jwk()}), Err(Refusal::UnknownKey)),
    ] {
        let token = signer.sign(&header(more.clone()), &claims(json!({})));
        assert_eq!(read(&token, &signer.keys()).map(drop), expected, "{more}");
    }
}

#[test]
fn the_user_is_whom_the_claim_names() {
    let by = |claim: &str| Rules { user_claim: claim.to_owned(), ..rules() };
    let cases = [
        (json!({"sub": "Li"}), by("sub"), Err(Refusal::Name)),
        (json!({"sub": "ｌｉ"}), by("sub"), Err(Refusal::Name)),
        (json!({"sub": "li@city.example"}), by("sub"), Err(Refusal::Name)),
        (json!({"sub": "(operator)"}), by("sub"), Err(Refusal::Name)),
        (json!({"sub": ""}), by("sub"), Err(Refusal::Name)),
        (json!({"sub": null}), by("sub"), Err(Refusal::Claim("sub".to_owned()))),
        (json!({"sub": 7}), by("sub"), Err(Refusal::Claim("sub".to_owned()))),
        (json!({"login": "Li.Wei"}), by("login"), Ok("li.wei")),
        (json!({"who": {"login": "张伟"}}), by("who.login"), Ok("张伟")),
        (json!({"who.login": "wang", "who": {"login": "zhao"}}), by("who.login"), Ok("wang")),
        (json!({"who": "x"}), by("who.login"), Err(Refusal::Claim("who.login".to_owned()))),
    ];
    for (changes, rules, expected) in cases {
        let said = told(changes.clone(), &rules);
        assert_eq!(said.as_ref().map(|said| said.name.as_str()).map_err(Clone::clone), expected, "{changes}");
    }
}

#[test]
fn department_and_roles_are_as_the_token_says_where_it_is_asked() {
    let asked = Rules {
        department_claim: Some("dept".to_owned()),
        roles_claim: Some("realm_access.roles".to_owned()),
        ..rules()
    };
    let said = |changes| told(changes, &asked).map(|said| (said.department, said.roles.map(Vec::from_iter)));
    let texts = |all: &[&str]| Some(all.iter().copied().map(str::to_owned).collect::<Vec<_>>());
    let full = json!({"dept": "gongan", "realm_access": {"roles": ["b", "a", "b"]}});
    assert_eq!(said(full.clone()), Ok((Some(Some("gongan".to_owned())), texts(&["a", "b"]))));
    assert_eq!(said(json!({})), Ok((Some(None), texts(&[]))), "none said is none");
    assert_eq!(said(json!({"dept": "", "realm_access": {"roles": "a"}})), Ok((Some(None), texts(&["a"]))));
    assert_eq!(said(json!({"dept": ["gongan"]})), Err(Refusal::Claim("dept".to_owned())));
    for roles in [json!([1]), json!({"a": true}), json!(true), json!(["a", null])] {
        let refused = Err(Refusal::Claim("realm_access.roles".to_owned()));
        assert_eq!(said(json!({"realm_access": {"roles": roles}})), refused, "{roles}");
    }
    let unasked = told(full, &rules()).unwrap();
    assert_eq!((unasked.department, unasked.roles), (None, None));
}

#[test]
fn a_token_without_the_name_of_its_key_needs_a_single_one_that_suits() {
    let (one, two, other) = (Signer::ed25519("one"), Signer::ed25519("two"), Signer::p256("three"));
    let token = one.sign(&json!({"alg": "EdDSA"}), &claims(json!({})));
    let keys = |signers: &[&Signer]| KeySet::read(&issuer::jwks(signers)).unwrap();
    assert!(read(&token, &keys(&[&one, &other])).is_ok());
    assert_eq!(read(&token, &keys(&[&one, &two])), Err(Refusal::UnknownKey));
    assert_eq!(read(&token, &keys(&[&two])), Err(Refusal::UnknownKey), "the issuer may have a newer one");
}

#[test]
fn keys_for_other_ends_are_left_out() {
    let signer = Signer::p256("one");
    let changed = |name: &str, value: Value| {
        let mut key = signer.jwk();
        key.as_object_mut().unwrap().insert(name.to_owned(), value);
        json!({"keys": [key]}).to_string()
    };
    for (name, value, usable) in [
        ("use", json!("sig"), true),
        ("use", json!("enc"), false),
        ("key_ops", json!(["verify"]), true),
        ("key_ops", json!(["encrypt"]), false),
        ("alg", json!("ES256"), true),
        ("alg", json!("RS256"), false),
        ("kty", json!("oct"), false),
        ("crv", json!("P-384"), false),
        ("x", json!("AAAA"), false),
        ("y", json!(null), false),
    ] {
        let keys = KeySet::read(&changed(name, value.clone()));
        match usable {
            true => assert!(keys.is_ok(), "{name} {value}"),
            false => assert_eq!(keys.map_err(|error| error.code), Err(Code::ISSUER_UNAVAILABLE), "{name} {value}"),
        }
    }
    let off_the_curve = KeySet::read(&changed("y", json!("A".repeat(43)))).unwrap();
    assert_eq!(read(&signer.token(&claims(json!({}))), &off_the_curve), Err(Refusal::Signature));
}

#[test]
fn a_short_rsa_key_vouches_for_nothing() {
    // 1024 bits: its form is right, its length is not.
    let n = [&[0xff_u8; 127][..], &[1]].concat();
    let key = json!({"kty": "RSA", "kid": "one", "n": issuer::base64(&n), "e": "AQAB"});
    let keys = KeySet::read(&json!({"keys": [key]}).to_string()).unwrap();
    let token = Signer::rsa("one").token(&claims(json!({})));
    assert_eq!(read(&token, &keys), Err(Refusal::Signature));
}

#[test]
fn what_is_no_jwks_is_refused() {
    let many = json!({"keys": vec![Signer::ed25519("one").jwk(); 101]}).to_string();
    for text in ["", "[]", "{}", r#"{"keys":[]}"#, r#"{"keys":{}}"#, r#"{"keys":[1,null,"x"]}"#, "<html>", &many] {
        let code = KeySet::read(text).map_err(|error| error.code);
        assert_eq!(code, Err(Code::ISSUER_UNAVAILABLE), "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn garbage_is_refused_and_never_panics() {
    let signer = Signer::p256("one");
    let keys = signer.keys();
    let token = signer.token(&claims(json!({})));
    for end in 0..token.len() {
        assert!(read(&token[..end], &keys).is_err(), "{end}");
    }
    let randomness = SeededRandomness::new(7);
    let mut random = [0; 64];
    for round in 0..4_000 {
        randomness.fill(&mut random).unwrap();
        let mut bytes = token.clone().into_bytes();
        for pair in random[..2 * (1 + round % 8)].chunks(2) {
            let at = usize::from(pair[0]) * bytes.len() / 256;
            bytes[at] = pair[1];
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text != token {
            assert!(read(&text, &keys).is_err(), "seed 7, round {round}: {text}");
        }
        let parts = random.chunks(22).map(issuer::base64).collect::<Vec<_>>();
        assert_eq!(read(&parts.join("."), &keys), Err(Refusal::Garbled), "seed 7, round {round}");
    }
    let long = format!("{token}{}", "A".repeat(16 * 1024));
    for text in ["", ".", "..", "...", "a.b.c", "ey..", "密.码.令", &format!("{token}.x"), &format!(".{token}"), &long]
    {
        assert_eq!(read(text, &keys), Err(Refusal::Garbled), "{}", text.chars().take(40).collect::<String>());
    }
}

#[test]
fn claims_that_are_no_object_are_refused_though_they_are_signed() {
    let signer = Signer::ed25519("one");
    for payload in [json!([]), json!("text"), json!(null), json!(7)] {
        let token = signer.sign(&json!({"alg": "EdDSA", "kid": "one"}), &payload);
        assert_eq!(read(&token, &signer.keys()), Err(Refusal::Garbled), "{payload}");
    }
}

#[test]
fn tokens_that_another_program_signed_are_taken() {
    let known: Value = serde_json::from_str(include_str!("../../../tests/oidc/tokens.json")).unwrap();
    let keys = KeySet::read(&known["jwks"].to_string()).unwrap();
    let asked = Rules { roles_claim: Some("realm_access.roles".to_owned()), ..rules() };
    let tokens = known["tokens"].as_array().unwrap();
    for token in tokens {
        let said = verify(token.as_str().unwrap(), &keys, &asked, NOW).unwrap();
        assert_eq!((said.name.as_str(), said.roles), ("li", Some(["clerk".to_owned()].into())));
    }
    assert_eq!(tokens.len(), 3);
}

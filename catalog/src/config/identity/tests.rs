use std::path::Path;

use super::*;
use crate::error::{Error, Place};

fn read(text: &str) -> Result<Identity> {
    Identity::from_document(&Document::parse("huitong.toml", Path::new("/etc/huitong"), text)?)
}

#[test]
fn nothing_configured_is_what_users_have_by_themselves() {
    let identity = read("").unwrap();
    assert_eq!(identity, Identity::default());
    let (told, own) = (identity.options(), Options::default());
    assert_eq!((told.password, told.lockout), (own.password, own.lockout));
    assert_eq!((told.session_life, told.token_life_max), (own.session_life, own.token_life_max));
}

#[test]
fn every_rule_can_be_set() {
    let text = "[identity]\npassword_chars_min = 12\npassword_classes_min = 3\npassword_may_stay = false\n\
                lockout_after = 3\nlockout_wait_max = '1h'\nlockout_memory = '1d'\nsession_life = '8h'\n\
                token_life_max = '30d'\npostgres_tokens = true\n";
    let expected = Identity {
        password: PasswordRules { chars_min: 12, classes_min: 3, may_stay: false },
        lockout: LockoutRules { free_failures: 3, wait_max: 60 * MINUTE, memory: DAY },
        session_life: 8 * 60 * MINUTE,
        token_life_max: 30 * DAY,
        postgres_tokens: true,
        client_certificates: false,
        oidc: None,
    };
    assert_eq!(read(text).unwrap(), expected);
}

#[test]
fn what_would_undo_the_protection_is_refused() {
    for line in [
        "password_chars_min = 7",
        "password_chars_min = '8'",
        "password_classes_min = 5",
        "password_classes_min = 0",
        "password_may_stay = 'no'",
        "lockout_after = 0",
        "lockout_after = 101",
        "lockout_wait_max = '0s'",
        "lockout_wait_max = '2d'",
        "lockout_memory = '1s'",
        "session_life = '0s'",
        "session_life = '367d'",
        "token_life_max = '400d'",
        "postgres_tokens = 1",
    ] {
        let error = read(&format!("[identity]\n{line}\n")).unwrap_err();
        assert_eq!((error.code, error.place), (Code::BAD_VALUE, Some(Place { line: 2, column: 1 })), "{line}");
    }
}

const OIDC: &str = "[identity.oidc]\nissuer = 'https://id.example'\naudience = 'huitong'\n";

#[test]
fn an_issuer_is_read() {
    let oidc = read(&format!("{OIDC}jwks = 'https://id.example/certs?x=1'\nca = 'ca.pem'\n")).unwrap().oidc.unwrap();
    let url = Url::parse("https://id.example/certs?x=1").unwrap();
    assert_eq!(oidc.keys, KeyPlace::Web { url, ca: Some(PathBuf::from("/etc/huitong/ca.pem")) });
    let expected = Rules {
        issuer: "https://id.example".to_owned(),
        audience: "huitong".to_owned(),
        user_claim: "sub".to_owned(),
        department_claim: None,
        roles_claim: None,
        create_users: false,
    };
    assert_eq!(oidc.rules, expected);
    let more = "user_claim = 'preferred_username'\ndepartment_claim = 'dept'\nroles_claim = 'realm.roles'\ncreate_users = true\n";
    let oidc = read(&format!("{OIDC}jwks = 'keys.json'\n{more}")).unwrap().oidc.unwrap();
    assert_eq!(oidc.keys, KeyPlace::File(PathBuf::from("/etc/huitong/keys.json")));
    assert_eq!((oidc.rules.user_claim.as_str(), oidc.rules.create_users), ("preferred_username", true));
    assert_eq!(oidc.rules.roles_claim.as_deref(), Some("realm.roles"));
}

#[test]
fn half_an_issuer_is_refused() {
    for (text, code) in [
        ("[identity.oidc]\naudience = 'a'\n".to_owned(), Code::MISSING_KEY),
        ("[identity.oidc]\ncreate_users = true\n".to_owned(), Code::MISSING_KEY),
        ("[identity.oidc]\nissuer = 'a'\njwks = 'k'\n".to_owned(), Code::MISSING_KEY),
        (OIDC.to_owned(), Code::MISSING_KEY),
        (format!("{OIDC}jwks = ''\n"), Code::BAD_VALUE),
        (format!("{OIDC}jwks = 'ftp://id.example/keys'\n"), Code::BAD_VALUE),
        (format!("{OIDC}jwks = 'https://li:secret@id.example/keys'\n"), Code::BAD_VALUE),
        (format!("{OIDC}jwks = 'http://id.example/keys'\n"), Code::TLS_REQUIRED),
        (format!("{OIDC}jwks = 'keys.json'\nca = 'ca.pem'\n"), Code::BAD_VALUE),
        ("[identity.oidc]\nissuer = ' '\n".to_owned(), Code::BAD_VALUE),
        ("[identity.oidc]\nissuers = 'a'\n".to_owned(), Code::UNKNOWN_KEY),
        ("[identity.oicd]\nissuer = 'a'\n".to_owned(), Code::UNKNOWN_KEY),
        ("[identity]\noidc = 'a'\n".to_owned(), Code::BAD_VALUE),
    ] {
        assert_eq!(read(&text).map_err(|error: Error| error.code), Err(code), "{text}");
    }
    assert!(read(&format!("{OIDC}jwks = 'http://127.0.0.1:8080/keys'\n")).is_ok());
}

#[test]
fn certificates_need_an_authority() {
    let wanted = "[identity]\nclient_certificates = true\n";
    assert!(read(wanted).unwrap_err().message.contains("tls.client_ca"));
    assert!(read(&format!("[tls]\nclient_ca = 'c.pem'\n{wanted}")).unwrap().client_certificates);
}

use super::*;

/// The example exchange of RFC 7677, section 3: user `user`, password `pencil`.
const AUTH_MESSAGE: &str = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
    r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
    c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const CLIENT_PROOF: &str = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_SIGNATURE: &str = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const SALT: &str = "W22ZaJ0SNY7soEsUEjb6gQ==";

#[test]
fn the_exchange_of_rfc_7677_is_accepted() {
    let signature = pencil().check(AUTH_MESSAGE.as_bytes(), &decode(CLIENT_PROOF));
    assert_eq!(signature.map(|bytes| BASE64.encode(bytes)).as_deref(), Some(SERVER_SIGNATURE));
}

#[test]
fn any_change_to_the_exchange_is_refused() {
    let proof = decode(CLIENT_PROOF);
    let other_message = AUTH_MESSAGE.replace("i=4096", "i=4097");
    assert_eq!(pencil().check(other_message.as_bytes(), &proof), None);
    for at in 0..proof.len() {
        let mut changed = proof.clone();
        changed[at] ^= 1;
        assert_eq!(pencil().check(AUTH_MESSAGE.as_bytes(), &changed), None, "byte {at}");
    }
    for length in [0, 31, 33] {
        assert_eq!(pencil().check(AUTH_MESSAGE.as_bytes(), &vec![0; length]), None);
    }
    let unmatched = Verifier::unmatched(&decode(SALT), iterations(), [7; 32]);
    assert_eq!(unmatched.check(AUTH_MESSAGE.as_bytes(), &proof), None);
}

#[test]
fn the_text_form_is_that_of_postgresql() {
    let text = pencil().to_string();
    assert!(text.starts_with(&format!("SCRAM-SHA-256$4096:{SALT}$")), "{text}");
    assert_eq!(text.parse::<Verifier>().ok(), Some(pencil()));
    assert!(!format!("{:?}", pencil()).contains(SALT));
}

#[test]
fn damaged_text_is_an_error() {
    let text = pencil().to_string();
    for end in 0..text.len() {
        assert!(text[..end].parse::<Verifier>().is_err(), "{}", &text[..end]);
    }
    for bad in [text.replace("4096", "0"), text.replace("4096", "x"), text.replace("256", "1"), format!("{text}AA")] {
        assert_eq!(bad.parse::<Verifier>().map_err(|error| error.code), Err(Code::CORRUPT_FILE), "{bad}");
    }
}

#[test]
fn equivalent_spellings_give_one_verifier() {
    let derive = |password| Verifier::derive(password, b"salt", iterations());
    assert_eq!(derive("I\u{ad}X"), derive("IX"), "RFC 4013, example 1: soft hyphen maps to nothing");
    assert_eq!(derive("\u{2168}"), derive("IX"), "RFC 4013, example 5: roman numeral nine");
    assert_eq!(derive("密码\u{3000}一"), derive("密码 一"), "ideographic space");
    assert_ne!(derive("a\u{7}"), derive("a"), "a prohibited character is kept, not dropped");
}

fn pencil() -> Verifier {
    Verifier::derive("pencil", &decode(SALT), iterations())
}

fn iterations() -> NonZeroU32 {
    NonZeroU32::new(4096).unwrap()
}

fn decode(text: &str) -> Vec<u8> {
    BASE64.decode(text).unwrap()
}

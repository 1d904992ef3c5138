use super::*;
use crate::ids::SeededRandomness;

#[test]
fn a_token_reads_back_and_has_a_stable_hash() {
    let token = Token::generate(&SeededRandomness::new(1)).unwrap();
    assert!(token.reveal().starts_with("hts_"));
    assert_eq!(token.reveal().len(), 47);
    assert_eq!(Token::parse(token.reveal()), Some(token.clone()));
    assert_eq!(token.hash().len(), 64);
    assert!(!format!("{token:?}").contains(&token.reveal()[4..]));
}

#[test]
fn sha_256_of_a_known_token() {
    // printf 'hts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' | sha256sum
    let token = Token::parse("hts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    assert_eq!(token.hash(), "c26c51faf2e4db3f1da63e91f224f43551ea45a1cce1fa274dd33a3623f3540f");
}

#[test]
fn what_cannot_be_a_token_is_not_one() {
    let token = Token::generate(&SeededRandomness::new(1)).unwrap().reveal().to_owned();
    let long = format!("hts_{}", "A".repeat(1_000_000));
    let texts = [
        "",
        "hts_",
        &token[4..],
        &token[..46],
        &format!("{token}A"),
        &token.replace("hts_", "htx_"),
        "hts_密码",
        &long,
    ];
    for text in texts {
        assert_eq!(Token::parse(text), None, "{}", &text[..text.len().min(60)]);
    }
}

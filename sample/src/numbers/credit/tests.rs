use std::collections::HashSet;

use super::*;

#[test]
fn codes_are_valid_and_distinct() {
    let codes: HashSet<String> = (0..5000).map(|i| compose('9', '1', 990_102, i)).collect();
    assert_eq!(codes.len(), 5000);
    assert!(codes.iter().all(|code| is_valid(code)), "{:?}", codes.iter().find(|code| !is_valid(code)));
}

#[test]
fn a_code_known_from_the_standard_checks() {
    // GB 32100-2015 computes 91350100M000100Y43 as its worked example.
    assert_eq!(symbol(check(b"91350100M000100Y4")), '3');
}

#[test]
fn a_pilot_code_differs_in_its_check_character_only() {
    let code = compose('9', '1', 990_101, 42);
    let pilot = pilot(&code);
    assert_eq!(code[..17], pilot[..17]);
    assert!(!is_valid(&pilot));
}

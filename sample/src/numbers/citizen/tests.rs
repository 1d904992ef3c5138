use super::*;

#[test]
fn the_example_of_the_standard() {
    // GB 11643-1999 gives 11010519491231002X (and 440524188001010014) as examples.
    assert_eq!(compose(110_105, Day::of(1949, 12, 31), 2), "11010519491231002X");
    assert_eq!(compose(440_524, Day::of(1880, 1, 1), 1), "440524188001010014");
    assert!(is_valid("11010519491231002X"));
    assert!(!is_valid("110105194912310021"));
    assert!(!is_valid("110105491231002"));
}

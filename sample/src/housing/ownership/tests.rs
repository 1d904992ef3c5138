use super::*;

fn person(index: u32) -> Holder {
    Holder::Person(Party::Here(index))
}

#[test]
fn heirs_share_equally_and_add_to_what_they_hold() {
    let before = [(person(1), Share::HALF), (person(2), Share::HALF)];
    let after = pass_on(&before, person(1), &[person(2), person(3)]);
    assert_eq!(after, vec![(person(2), Share::of(3, 4)), (person(3), Share::of(1, 4))]);
}

#[test]
fn shares_reduce() {
    assert_eq!(Share::of(3, 12), Share { numerator: 1, denominator: 4 });
    assert_eq!(Share::HALF.plus(Share::of(1, 6)), Share::of(2, 3));
    assert_eq!(Share::HALF.divided(3), Share::of(1, 6));
    assert_eq!(Share::HALF.divided(0), Share::HALF);
}

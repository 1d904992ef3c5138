use super::super::layout::{Slot, fit};

fn drawn(slots: &[Slot], mark: usize) -> usize {
    1 + slots.iter().map(|slot| 3 + if let Slot::Column { width, .. } = slot { *width } else { mark }).sum::<usize>()
}

fn column(index: usize, width: usize) -> Slot {
    Slot::Column { index, width }
}

#[test]
fn narrow_columns_keep_their_width_and_wide_ones_share_the_rest() {
    assert_eq!(fit(&[2, 5], None, 1), [column(0, 2), column(1, 5)]);
    assert_eq!(fit(&[2, 5], Some(14), 1), [column(0, 2), column(1, 5)]);
    assert_eq!(fit(&[2, 100, 30], Some(60), 1), [column(0, 2), column(1, 24), column(2, 24)]);
    assert_eq!(fit(&[], Some(10), 1), []);
}

#[test]
fn the_middle_goes_first() {
    let slots = fit(&[20; 10], Some(40), 1);
    assert_eq!(slots, [column(0, 8), column(1, 8), Slot::Gap, column(9, 8)]);
    assert_eq!(fit(&[20; 10], Some(1), 1), [column(0, 1), Slot::Gap]);
}

#[test]
fn no_window_is_exceeded_once_a_column_and_a_gap_fit() {
    for columns in 1..20 {
        let natural: Vec<usize> = (0..columns).map(|index| index * 37 % 23).collect();
        for window in 20..100 {
            for mark in [1, 2] {
                let slots = fit(&natural, Some(window), mark);
                assert!(drawn(&slots, mark) <= window, "{natural:?} in {window}: {slots:?}");
            }
        }
    }
}

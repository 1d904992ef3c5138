//! Fits columns into a window: first the widest columns give way, then columns in the middle are left out.

/// A column of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A column of the result, drawn this wide.
    Column { index: usize, width: usize },
    /// Columns left out here.
    Gap,
}

/// Below this a column says too little to be worth its place.
const WIDTH_MIN: usize = 8;

/// `| ` before and ` ` after each cell.
const AROUND: usize = 3;

/// The closing `|`.
const CLOSING: usize = 1;

/// The slots for columns of these widths in a window of `window` columns; `mark` is the width of the mark of a gap. At
/// least the first column is shown, however narrow the window.
pub(super) fn fit(natural: &[usize], window: Option<usize>, mark: usize) -> Vec<Slot> {
    let Some(window) = window else {
        return slots(natural, usize::MAX, natural.len(), 0);
    };
    let room = window.saturating_sub(CLOSING);
    let (left, right) = sides(natural, room, AROUND + mark);
    let shown: Vec<usize> = natural[..left].iter().chain(&natural[natural.len() - right..]).copied().collect();
    let gap = if shown.len() < natural.len() { AROUND + mark } else { 0 };
    let cells = room.saturating_sub(gap + shown.len() * AROUND);
    slots(natural, cap(&shown, cells), left, right)
}

fn slots(natural: &[usize], cap: usize, left: usize, right: usize) -> Vec<Slot> {
    let column = |index: usize| Slot::Column { index, width: natural[index].min(cap) };
    let gap = (left + right < natural.len()).then_some(Slot::Gap);
    (0..left).map(column).chain(gap).chain((natural.len() - right..natural.len()).map(column)).collect()
}

/// How many columns to show from the left and from the right, when each may shrink to the least width.
fn sides(natural: &[usize], room: usize, gap: usize) -> (usize, usize) {
    let least = |index: usize| natural[index].min(WIDTH_MIN) + AROUND;
    let all: usize = (0..natural.len()).map(least).sum();
    if all <= room {
        return (natural.len(), 0);
    }
    let (mut left, mut right) = (0, 0);
    let mut used = gap;
    while left + right < natural.len() {
        let from_left = left <= right;
        let next = if from_left { left } else { natural.len() - 1 - right };
        used += least(next);
        if used > room {
            break;
        }
        if from_left { left += 1 } else { right += 1 }
    }
    (left.max(natural.len().min(1)), right)
}

/// The widest a column may be so that all fit into `room`; columns narrower than that leave their rest to the others.
fn cap(widths: &[usize], room: usize) -> usize {
    let mut sorted = widths.to_vec();
    sorted.sort_unstable();
    let mut room = room;
    for (index, &width) in sorted.iter().enumerate() {
        let share = room / (sorted.len() - index);
        if width > share {
            return share.max(1);
        }
        room -= width;
    }
    usize::MAX
}

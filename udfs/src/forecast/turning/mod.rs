//! Turning points of the business cycle.
//!
//! Bry & Boschan, Cyclical Analysis of Time Series (1971), in the quarterly form of Harding & Pagan, Dissecting the cycle: a
//! methodological investigation, J. Monetary Economics 49 (2002): a peak is the highest value within `window` steps on either
//! side; peaks and troughs alternate; phases and cycles have a least length; turns near the ends are not trusted.

#[cfg(test)]
mod tests;

/// A turn of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    pub place: usize,
    pub kind: Kind,
    pub value: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Peak,
    Trough,
}

/// Lengths in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Neighbours on either side that a turn exceeds.
    pub window: usize,
    /// From one turn to the next.
    pub phase: usize,
    /// From peak to peak, and from trough to trough.
    pub cycle: usize,
}

impl Rule {
    /// By steps in a year. Months: 5, 5, 15 (Bry & Boschan); quarters: 2, 2, 5 (Harding & Pagan); years: 1, 1, 2.
    pub fn of_period(period: usize) -> Self {
        match period {
            12 => Rule { window: 5, phase: 5, cycle: 15 },
            4 => Rule { window: 2, phase: 2, cycle: 5 },
            _ => Rule { window: 1, phase: 1, cycle: 2 },
        }
    }
}

/// The turns of `y`, which must be finite, in order.
pub fn turns(y: &[f64], rule: &Rule) -> Vec<Turn> {
    let mut all = alternating(candidates(y, rule.window));
    // Each round takes at least one turn away.
    while let Some(place) = violation(&all, rule) {
        all.remove(place);
        all = alternating(all);
    }
    all
}

fn candidates(y: &[f64], window: usize) -> Vec<Turn> {
    let n = y.len();
    let turn = |place: usize| {
        let around = || (place - window..=place + window).filter(move |other| *other != place).map(|other| y[other]);
        // Of a plateau, the last value: no neighbour after it may be equal.
        let after = || (place + 1..=place + window).map(|other| y[other]);
        let value = y[place];
        if around().all(|other| value >= other) && after().all(|other| value > other) && around().any(|o| value > o) {
            Some(Turn { place, kind: Kind::Peak, value })
        } else if around().all(|other| value <= other) && after().all(|other| value < other) {
            Some(Turn { place, kind: Kind::Trough, value })
        } else {
            None
        }
    };
    (window..n.saturating_sub(window)).filter_map(turn).collect()
}

/// Of neighbouring turns of one kind the more extreme stays, of equal ones the later.
fn alternating(turns: Vec<Turn>) -> Vec<Turn> {
    let mut all: Vec<Turn> = vec![];
    for turn in turns {
        match all.last_mut() {
            Some(last) if last.kind == turn.kind => {
                if is_as_extreme(&turn, last) {
                    *last = turn;
                }
            }
            _ => all.push(turn),
        }
    }
    // A trough above the peak beside it is none.
    if let Some(wrong) = all.windows(2).position(|pair| !falls_or_rises(&pair[0], &pair[1])) {
        all.drain(wrong..wrong + 2);
        return alternating(all);
    }
    all
}

fn falls_or_rises(a: &Turn, b: &Turn) -> bool {
    match a.kind {
        Kind::Peak => a.value > b.value,
        Kind::Trough => a.value < b.value,
    }
}

fn is_as_extreme(turn: &Turn, than: &Turn) -> bool {
    match turn.kind {
        Kind::Peak => turn.value >= than.value,
        Kind::Trough => turn.value <= than.value,
    }
}

/// The place of a turn to take away: of a cycle too short the less extreme of its ends, of a phase too short its later end.
fn violation(turns: &[Turn], rule: &Rule) -> Option<usize> {
    let length = |a: usize, b: usize| turns[b].place - turns[a].place;
    let short_cycle = (2..turns.len()).find(|place| length(place - 2, *place) < rule.cycle);
    if let Some(place) = short_cycle {
        return Some(if is_as_extreme(&turns[place], &turns[place - 2]) { place - 2 } else { place });
    }
    (1..turns.len()).find(|place| length(place - 1, *place) < rule.phase)
}

//! The choice of the order: differences by tests, the rest by a stepwise search on the corrected Akaike criterion.

use std::collections::BTreeSet;

use super::difference::{self, differenced};
use super::fit::{Fit, Workspace, fit};
use super::order::{Order, Part};

/// A fitted order with the differenced series it explains.
#[derive(Debug, Clone)]
pub struct Selected {
    pub fit: Fit,
    pub w: Vec<f64>,
    pub aicc: f64,
}

/// Orders tried at most.
const TRIES_MAX: usize = 94;
const AR_MA_MAX: usize = 5;
const SEASONAL_MAX: usize = 2;

/// The order of the smallest criterion that the search meets. `None` when the series is too short for any.
pub fn best(y: &[f64], period: usize) -> Option<Selected> {
    let seasonal = difference::seasonal(y, period);
    let plain = difference::plain(&differenced(y, 0, seasonal, period));
    let w = differenced(y, plain, seasonal, period);
    let base = Order {
        plain: Part { diff: plain, ..Part::default() },
        seasonal: Part { diff: seasonal, ..Part::default() },
        constant: plain + seasonal < 2,
    };
    let mut search = Search::new(&w, y.len(), period);
    let mut best = search.starts(base)?;
    while let Some(better) = search.step(&best) {
        best = better;
    }
    Some(Selected { fit: best.0, aicc: best.1, w })
}

/// That order alone, where the series is long enough for its criterion.
pub fn given(y: &[f64], period: usize, order: Order) -> Option<Selected> {
    let order = if period > 1 { order } else { Order { seasonal: Part::default(), ..order } };
    let w = differenced(y, order.plain.diff, order.seasonal.diff, period);
    let aicc = penalty(w.len(), order.parameters())?;
    let fit = fit(&w, period, order, None, &mut Workspace::default())?;
    Some(Selected { aicc: aicc + fit.outcome.criterion, fit, w })
}

struct Search<'a> {
    w: &'a [f64],
    period: usize,
    /// Largest p and q, P and Q: a third of the observations at most.
    most: (u8, u8),
    tried: BTreeSet<Order>,
    work: Workspace,
}

type Scored = (Fit, f64);

impl<'a> Search<'a> {
    fn new(w: &'a [f64], n: usize, period: usize) -> Self {
        let seasonal = if period > 1 { SEASONAL_MAX.min(n / 3 / period) } else { 0 };
        let most = (AR_MA_MAX.min(n / 8) as u8, seasonal as u8);
        Search { w, period, most, tried: BTreeSet::new(), work: Workspace::default() }
    }

    /// The best of the four first models (Hyndman & Khandakar, Automatic time series forecasting, J. Statistical
    /// Software 27, 2008, section 3.2), and of white noise without a constant.
    fn starts(&mut self, base: Order) -> Option<Scored> {
        let first = [(2, 2, 1, 1), (0, 0, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1)];
        let orders = first.map(|(p, q, sp, sq)| self.clamped(base, p, q, sp, sq));
        let mut best: Option<Scored> = None;
        for order in orders.into_iter().chain([Order { constant: false, ..base }]) {
            if let Some(found) = self.score(order, None)
                && best.as_ref().is_none_or(|best| found.1 < best.1)
            {
                best = Some(found);
            }
        }
        best
    }

    fn clamped(&self, base: Order, ar: u8, ma: u8, seasonal_ar: u8, seasonal_ma: u8) -> Order {
        let (plain, seasonal) = self.most;
        Order {
            plain: Part { ar: ar.min(plain), ma: ma.min(plain), ..base.plain },
            seasonal: Part { ar: seasonal_ar.min(seasonal), ma: seasonal_ma.min(seasonal), ..base.seasonal },
            ..base
        }
    }

    /// The first neighbour that is better; `None` when there is none or the tries are used up.
    fn step(&mut self, best: &Scored) -> Option<Scored> {
        let neighbours = self.neighbours(&best.0.order);
        neighbours.into_iter().find_map(|order| self.score(order, Some(&best.0)).filter(|found| found.1 < best.1))
    }

    /// One of p, q, P, Q changed by one, both of a part, or the constant.
    fn neighbours(&self, of: &Order) -> Vec<Order> {
        const MOVES: [(i8, i8); 8] = [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1)];
        let moved = |part: Part, (ar, ma): (i8, i8), most: u8| {
            let (ar, ma) = (part.ar.checked_add_signed(ar)?, part.ma.checked_add_signed(ma)?);
            (ar <= most && ma <= most).then_some(Part { ar, ma, ..part })
        };
        let (plain, seasonal) = self.most;
        let of_season =
            MOVES.into_iter().filter_map(|by| Some(Order { seasonal: moved(of.seasonal, by, seasonal)?, ..*of }));
        let of_plain = MOVES.into_iter().filter_map(|by| Some(Order { plain: moved(of.plain, by, plain)?, ..*of }));
        let toggled = (of.differences() < 2).then_some(Order { constant: !of.constant, ..*of });
        of_season.chain(of_plain).chain(toggled).collect()
    }

    /// `None` for an order already tried, one without a likelihood, and one with roots near the unit circle.
    fn score(&mut self, order: Order, near: Option<&Fit>) -> Option<Scored> {
        if self.tried.len() >= TRIES_MAX || !self.tried.insert(order) {
            return None;
        }
        let penalty = penalty(self.w.len(), order.parameters())?;
        let fit = fit(self.w, self.period, order, near, &mut self.work)?;
        let aicc = fit.outcome.criterion + penalty;
        fit.has_distant_roots().then_some((fit, aicc))
    }
}

/// 2k + 2k(k+1)/(n−k−1) (Hurvich & Tsai, 1989), defined only with observations to spare.
fn penalty(n: usize, k: usize) -> Option<f64> {
    let spare = n.checked_sub(k + 1).filter(|spare| *spare > 0)?;
    Some(2.0 * k as f64 * (1.0 + (k as f64 + 1.0) / spare as f64))
}

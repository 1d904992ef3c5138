//! Estimation of the four variants.
//!
//! For a given smoothing parameter α the one-step forecasts are linear in the initial level and in ω = 1 − 1/θ, so
//! those two follow by least squares, and only α is searched.

use super::trend::{Line, Scope, drift};
use crate::forecast::optimise::golden;

/// One estimated variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub variant: Variant,
    pub alpha: f64,
    /// ω = 1 − 1/θ.
    pub weight: f64,
    /// Level of the smoothed curve before the first value.
    pub level: f64,
    /// The trend line of a static variant; a dynamic one starts without.
    pub line: Line,
    pub mse: f64,
    /// What was estimated, with the two coefficients of a static trend line.
    pub parameters: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    pub scope: Scope,
    pub optimised: bool,
}

impl Variant {
    /// The optimised model on the whole series' trend line.
    pub const OPTIMISED: Variant = Variant { scope: Scope::Static, optimised: true };
    /// The optimised model on a trend line of the values so far.
    pub const DYNAMIC_OPTIMISED: Variant = Variant { scope: Scope::Dynamic, optimised: true };
    const DYNAMIC: [Variant; 2] = [Variant { scope: Scope::Dynamic, optimised: false }, Variant::DYNAMIC_OPTIMISED];

    pub fn parameters(self) -> usize {
        2 + usize::from(self.optimised) + if self.scope == Scope::Static { 2 } else { 0 }
    }

    pub fn name(self) -> &'static str {
        match (self.scope, self.optimised) {
            (Scope::Static, false) => "STM",
            (Scope::Static, true) => "OTM",
            (Scope::Dynamic, false) => "DSTM",
            (Scope::Dynamic, true) => "DOTM",
        }
    }
}

/// The dynamic variant of the smaller Akaike criterion; of equal ones the simpler. `None` for a series that is too short.
///
/// A static line explains the values its two coefficients come from and wins too often. On the training parts of M3,
/// their ends held out, leaving the static variants out lowers the scaled error from 1.106 to 1.102 (quarterly) and from
/// 0.886 to 0.873 (monthly) and leaves the yearly one at 3.285.
pub fn best(y: &[f64]) -> Option<Fit> {
    if y.len() < SHORTEST {
        return None;
    }
    let fits = Variant::DYNAMIC.into_iter().map(|variant| fit(y, variant));
    let counted = (y.len() - SETTLING) as f64;
    let aic = |fit: &Fit| counted * fit.mse.max(PERFECT).ln() + 2.0 * fit.parameters as f64;
    fits.reduce(|best, next| if aic(&next) < aic(&best) { next } else { best })
}

/// That variant; `None` for a series that is too short.
pub fn given(y: &[f64], variant: Variant) -> Option<Fit> {
    (y.len() >= SHORTEST).then(|| fit(y, variant))
}

/// Below this mean squared error (of data near one) a fit is perfect; the floor keeps the logarithm finite.
const PERFECT: f64 = 1e-24;

/// Errors of the first steps do not count: the dynamic trend line still has to form.
const SETTLING: usize = 3;
const SHORTEST: usize = SETTLING + 2;
/// Bounds of α as in published implementations of the method; 1/θ stays above zero.
pub const ALPHA: (f64, f64) = (0.1, 0.99);
pub const WEIGHT: (f64, f64) = (0.0, 1.0);
const STANDARD_WEIGHT: f64 = 0.5;

pub fn fit(y: &[f64], variant: Variant) -> Fit {
    const CELLS: usize = 24;
    let bounds = level_bounds(y);
    let lines = lines(y, variant.scope);
    let solve = |alpha: f64| Normal::new(y, &lines, alpha).solve(variant.optimised, bounds);
    let alpha = golden(|alpha| solve(alpha).2, ALPHA.0, ALPHA.1, CELLS);
    let (level, weight, squares) = solve(alpha);
    let mse = squares / (y.len() - SETTLING) as f64;
    let line = match variant.scope {
        Scope::Static => Line::through(y),
        Scope::Dynamic => Line::EMPTY,
    };
    Fit { variant, alpha, weight, level, line, mse, parameters: variant.parameters() }
}

/// The trend line each step forecasts with.
fn lines(y: &[f64], scope: Scope) -> Vec<Line> {
    match scope {
        Scope::Static => vec![Line::through(y); y.len()],
        Scope::Dynamic => {
            let mut line = Line::EMPTY;
            let before = |value: &f64| {
                let next = line.with(*value);
                std::mem::replace(&mut line, next)
            };
            y.iter().map(before).collect()
        }
    }
}

/// The initial level fades as (1 − α)^t; without bounds a large α would spend it on fitting one early value exactly.
fn level_bounds(y: &[f64]) -> (f64, f64) {
    let low = y.iter().copied().fold(f64::INFINITY, f64::min);
    let high = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (2.0 * low - high, 2.0 * high - low)
}

/// The normal equations of y − S = p·level + D·weight, for one α.
#[derive(Debug, Default)]
struct Normal {
    pp: f64,
    pd: f64,
    dd: f64,
    py: f64,
    dy: f64,
    yy: f64,
}

impl Normal {
    fn new(y: &[f64], lines: &[Line], alpha: f64) -> Self {
        let mut normal = Normal::default();
        let (mut power, mut smoothed) = (1.0, 0.0);
        for (t, (value, line)) in y.iter().zip(lines).enumerate() {
            if t >= SETTLING {
                normal.add(power, drift(line, alpha, power), value - smoothed);
            }
            smoothed += alpha * (value - smoothed);
            power *= 1.0 - alpha;
        }
        normal
    }

    fn add(&mut self, p: f64, d: f64, y: f64) {
        self.pp += p * p;
        self.pd += p * d;
        self.dd += d * d;
        self.py += p * y;
        self.dy += d * y;
        self.yy += y * y;
    }

    /// (level, weight, sum of squares) within bounds; the weight is fixed for a standard variant.
    fn solve(&self, optimised: bool, levels: (f64, f64)) -> (f64, f64, f64) {
        if !optimised {
            let level = self.level_given(STANDARD_WEIGHT, levels);
            return (level, STANDARD_WEIGHT, self.squares(level, STANDARD_WEIGHT));
        }
        let determinant = self.pp * self.dd - self.pd * self.pd;
        let level = (self.py * self.dd - self.dy * self.pd) / determinant;
        let weight = (self.dy * self.pp - self.py * self.pd) / determinant;
        let inside = level >= levels.0 && level <= levels.1 && weight >= WEIGHT.0 && weight <= WEIGHT.1;
        if determinant > 1e-12 * self.pp * self.dd && inside {
            return (level, weight, self.squares(level, weight));
        }
        self.on_the_edge(levels)
    }

    /// A convex quadratic whose free minimum is outside the box has its minimum on one of the four edges.
    fn on_the_edge(&self, levels: (f64, f64)) -> (f64, f64, f64) {
        let at_weight = [WEIGHT.0, WEIGHT.1].map(|weight| (self.level_given(weight, levels), weight));
        let at_level = [levels.0, levels.1].map(|level| (level, self.weight_given(level)));
        let corners = at_weight.into_iter().chain(at_level);
        let valued = corners.map(|(level, weight)| (level, weight, self.squares(level, weight)));
        valued.min_by(|a, b| a.2.total_cmp(&b.2)).unwrap_or((levels.0, WEIGHT.0, f64::INFINITY))
    }

    fn level_given(&self, weight: f64, levels: (f64, f64)) -> f64 {
        ((self.py - weight * self.pd) / self.pp.max(f64::MIN_POSITIVE)).clamp(levels.0, levels.1)
    }

    fn weight_given(&self, level: f64) -> f64 {
        ((self.dy - level * self.pd) / self.dd.max(f64::MIN_POSITIVE)).clamp(WEIGHT.0, WEIGHT.1)
    }

    fn squares(&self, level: f64, weight: f64) -> f64 {
        let quadratic = level * level * self.pp + 2.0 * level * weight * self.pd + weight * weight * self.dd;
        (self.yy - 2.0 * (level * self.py + weight * self.dy) + quadratic).max(0.0)
    }
}

//! Estimation: smoothing parameters by least squares, first states by backcasting.

use super::form::{Complex, Form};
use super::state::{Pair, Smoothing, State};
use crate::forecast::optimise::{Bfgs, Differenced};
use crate::forecast::season::{Kind, indices};

/// One estimated form.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub form: Form,
    pub smoothing: Smoothing,
    /// Before the first observation.
    pub start: State,
    /// After the last observation.
    pub end: State,
    pub squares: f64,
    pub aicc: f64,
}

/// Below this mean square of errors (of data near one) a fit is perfect; the floor keeps the logarithm finite.
const PERFECT: f64 = 1e-24;

/// The form of the smallest criterion; `None` when the series is too short for any.
pub fn best(y: &[f64], period: usize) -> Option<Fit> {
    let fits = Form::candidates(period).iter().filter_map(|form| fit(y, period, *form));
    fits.reduce(|best, next| if next.aicc < best.aicc { next } else { best })
}

/// `None` when the series is too short for its number of parameters, or the search finds no finite error.
pub fn fit(y: &[f64], period: usize, form: Form) -> Option<Fit> {
    const TOLERANCE: f64 = 1e-4;
    let n = y.len() as f64;
    let penalty = penalty(y.len(), form.smoothing() + 1)?;
    let guess = guess(y, period, form);
    let mut state = guess.clone();
    let criterion = |squares: f64| match squares.is_finite() {
        true => n * (squares / n).max(PERFECT).ln(),
        false => f64::INFINITY,
    };
    let mut value = |x: &[f64]| {
        let smoothing = unpack(x, form);
        if !is_stable(&smoothing, form) {
            return f64::INFINITY;
        }
        criterion(run(&mut state, &guess, form, &smoothing, y))
    };
    let mut x = first_point(form);
    Bfgs::default().minimise(&mut Differenced(&mut value), &mut x, TOLERANCE);
    let smoothing = unpack(&x, form);
    let squares = run(&mut state, &guess, form, &smoothing, y);
    let mut start = State::default();
    backcast(&mut start, &guess, form, &smoothing, y);
    let aicc = criterion(squares) + penalty;
    (is_stable(&smoothing, form) && aicc.is_finite()).then_some(Fit {
        form,
        smoothing,
        start,
        end: state,
        squares,
        aicc,
    })
}

impl Fit {
    /// The same parameters and first states run through another series, such as a longer one.
    pub fn through(&self, y: &[f64]) -> Fit {
        let mut end = self.start.clone();
        let squares = end.forward(self.form, &self.smoothing, y);
        Fit { end, squares, ..self.clone() }
    }
}

/// To the end, back to the start, and to the end again, which counts.
fn run(state: &mut State, guess: &State, form: Form, by: &Smoothing, y: &[f64]) -> f64 {
    backcast(state, guess, form, by, y);
    state.forward(form, by, y)
}

/// To the end and back to the start (backcasting: the paper, section 4). Without a season the guess stays: a trend turns
/// round on the way back, and what it left behind would mislead the start. On the training parts of M3, their ends held
/// out, that lowers the scaled error of yearly series from 3.45 to 3.23.
fn backcast(state: &mut State, guess: &State, form: Form, by: &Smoothing, y: &[f64]) {
    state.clone_from(guess);
    if form != Form::None {
        state.forward(form, by, y);
        state.backward(form, by, y);
    }
}

/// Mean of the first values, classical seasonal indices; for the simple form the values of the first cycle.
fn guess(y: &[f64], period: usize, form: Form) -> State {
    let count = y.len().min(period.max(10));
    let level = Pair::guess(y[..count].iter().sum::<f64>() / count as f64);
    let season = match form {
        Form::None => vec![],
        Form::Simple => y[..period].iter().copied().map(Pair::guess).collect(),
        Form::Partial | Form::Full => indices(y, period, Kind::Additive).into_iter().map(Pair::guess).collect(),
    };
    State { level, season }
}

/// Bounds of every smoothing parameter, wider than the stable region.
const BOUNDS: (f64, f64) = (0.01, 1.9);

fn first_point(form: Form) -> Vec<f64> {
    let free = |value: f64| {
        let share = (value - BOUNDS.0) / (BOUNDS.1 - BOUNDS.0);
        (share / (1.0 - share)).ln()
    };
    let mut x = vec![free(1.3), free(1.0)];
    match form {
        Form::None | Form::Simple => {}
        Form::Partial => x.push(free(0.1)),
        Form::Full => x.extend([free(1.3), free(1.0)]),
    }
    x
}

fn unpack(x: &[f64], form: Form) -> Smoothing {
    let bounded = |x: f64| BOUNDS.0 + (BOUNDS.1 - BOUNDS.0) / (1.0 + (-x).exp());
    let level = Complex { real: bounded(x[0]), imaginary: bounded(x[1]) };
    let season = match form {
        Form::None | Form::Simple => Complex::default(),
        Form::Partial => Complex { real: bounded(x[2]), imaginary: 0.0 },
        Form::Full => Complex { real: bounded(x[2]), imaginary: bounded(x[3]) },
    };
    Smoothing { level, season }
}

/// Of the parts alone; together they may still be unstable, but then the error is large.
fn is_stable(by: &Smoothing, form: Form) -> bool {
    by.level.is_stable()
        && match form {
            Form::None | Form::Simple => true,
            Form::Partial => by.season.real < 1.0,
            Form::Full => by.season.is_stable(),
        }
}

/// 2k + 2k(k+1)/(n−k−1) (Hurvich & Tsai, 1989), defined only with observations to spare.
fn penalty(n: usize, k: usize) -> Option<f64> {
    let spare = n.checked_sub(k + 1).filter(|spare| *spare > 0)?;
    Some(2.0 * k as f64 * (1.0 + (k as f64 + 1.0) / spare as f64))
}

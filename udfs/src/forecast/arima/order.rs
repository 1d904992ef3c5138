//! The orders of a model, as the field writes them: `(p,d,q)(P,D,Q)[m]`.

use std::fmt;

/// Autoregressive terms, differences, moving-average terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Part {
    pub ar: u8,
    pub diff: u8,
    pub ma: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Order {
    pub plain: Part,
    pub seasonal: Part,
    /// A mean, or a drift where the series is differenced once.
    pub constant: bool,
}

/// Largest orders a user may ask for.
const AR_MA_MAX: u8 = 5;
const SEASONAL_MAX: u8 = 2;
const DIFF_MAX: u8 = 2;

impl Order {
    /// Coefficients to be searched.
    pub fn coefficients(&self) -> usize {
        [self.plain.ar, self.plain.ma, self.seasonal.ar, self.seasonal.ma].into_iter().map(usize::from).sum()
    }

    /// All that is estimated: coefficients, constant, variance.
    pub fn parameters(&self) -> usize {
        self.coefficients() + usize::from(self.constant) + 1
    }

    pub fn differences(&self) -> u8 {
        self.plain.diff + self.seasonal.diff
    }

    /// Reads `(p,d,q)` or `(p,d,q)(P,D,Q)`; with a constant where at most one difference is taken.
    pub fn parse(text: &str) -> Option<Order> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let inner = text.strip_prefix('(')?.strip_suffix(')')?;
        let mut parts = inner.split(")(").map(part);
        let (plain, seasonal) = (parts.next()??, parts.next().unwrap_or(Some(Part::default()))?);
        let in_bounds = |part: Part, most: u8| part.ar <= most && part.ma <= most && part.diff <= DIFF_MAX;
        let order = Order { plain, seasonal, constant: plain.diff + seasonal.diff < 2 };
        let allowed = in_bounds(plain, AR_MA_MAX) && in_bounds(seasonal, SEASONAL_MAX) && seasonal.diff < 2;
        (parts.next().is_none() && allowed).then_some(order)
    }

    /// `(p,d,q)`, followed by `(P,D,Q)` where there is a seasonal part.
    pub fn text(&self) -> String {
        match self.seasonal {
            Part { ar: 0, diff: 0, ma: 0 } => self.plain.to_string(),
            seasonal => format!("{}{seasonal}", self.plain),
        }
    }

    /// As reported: `ARIMA(0,1,1)(0,1,1)[12] with drift`.
    pub fn spec(&self, period: usize) -> String {
        let season = if self.seasonal == Part::default() { String::new() } else { format!("[{period}]") };
        let constant = match (self.constant, self.differences()) {
            (false, _) => "",
            (true, 0) => " with mean",
            (true, _) => " with drift",
        };
        format!("ARIMA{}{season}{constant}", self.text())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{},{})", self.ar, self.diff, self.ma)
    }
}

fn part(text: &str) -> Option<Part> {
    let mut numbers = text.split(',').map(|number| number.parse::<u8>().ok());
    let part = Part { ar: numbers.next()??, diff: numbers.next()??, ma: numbers.next()?? };
    numbers.next().is_none().then_some(part)
}

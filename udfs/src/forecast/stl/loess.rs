//! Local regression on equally spaced values (Cleveland, 1979; as used in Cleveland & others, 1990, section 2).

/// How a local regression smooths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loess {
    /// Points in the neighbourhood; more than there are widen its weights.
    pub window: usize,
    /// Of the local polynomial: 0 or 1.
    pub degree: usize,
}

impl Loess {
    /// The smooth at each point of `y`. `weights` are of robustness, one per point, or empty.
    pub fn smooth(&self, y: &[f64], weights: &[f64]) -> Vec<f64> {
        (0..y.len()).map(|place| self.at(place as f64, y, weights)).collect()
    }

    /// The smooth at `x`, counted in points from the first; outside of the points the nearest window is extended.
    pub fn at(&self, x: f64, y: &[f64], weights: &[f64]) -> f64 {
        let n = y.len();
        let window = self.window.clamp(1, n.max(1));
        // The float is in range: x is clamped before it is cut.
        let centre = x.clamp(0.0, n.saturating_sub(1) as f64) as usize;
        let first = centre.saturating_sub((window - 1) / 2).min(n - window);
        let places = first..first + window;
        let reach = (x - first as f64).abs().max(((first + window - 1) as f64 - x).abs());
        let reach = if self.window > n { reach * self.window as f64 / n as f64 } else { reach };
        let mut sums = Sums::default();
        for place in places {
            let distance = place as f64 - x;
            let weight = tricube(distance.abs() / reach.max(f64::MIN_POSITIVE));
            sums.add(distance, y[place], weight * weights.get(place).unwrap_or(&1.0));
        }
        sums.fit(self.degree, reach).unwrap_or(y[centre])
    }
}

fn tricube(ratio: f64) -> f64 {
    match ratio {
        r if r < 1.0 => {
            let rest = 1.0 - r * r * r;
            rest * rest * rest
        }
        _ => 0.0,
    }
}

/// Weighted moments around the point that is smoothed.
#[derive(Default)]
struct Sums {
    w: f64,
    wx: f64,
    wxx: f64,
    wy: f64,
    wxy: f64,
}

impl Sums {
    fn add(&mut self, x: f64, y: f64, weight: f64) {
        self.w += weight;
        self.wx += weight * x;
        self.wxx += weight * x * x;
        self.wy += weight * y;
        self.wxy += weight * x * y;
    }

    /// The polynomial's value at the point; `None` when no weight is left.
    fn fit(&self, degree: usize, reach: f64) -> Option<f64> {
        if self.w <= 0.0 {
            return None;
        }
        let (mean_x, mean_y) = (self.wx / self.w, self.wy / self.w);
        let spread = self.wxx / self.w - mean_x * mean_x;
        // Points that carry weight may be too near to each other for a slope.
        let has_slope = degree > 0 && spread > (1e-3 * reach).powi(2);
        let slope = if has_slope { (self.wxy / self.w - mean_x * mean_y) / spread } else { 0.0 };
        Some(mean_y - slope * mean_x)
    }
}

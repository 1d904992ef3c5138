//! Change points: where the mean of a series changes.
//!
//! PELT: Killick, Fearnhead & Eckley, Optimal detection of changepoints with a linear computational cost, J. American
//! Statistical Association 107 (2012). The cost of a segment is the squared deviation from its mean in units of the noise's
//! variance, the penalty of a change 2 ln n times a factor (two parameters at the price of the Schwarz criterion).

#[cfg(test)]
mod tests;

use super::statistics::median;

/// A run of values with one mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// The place of its first value, and of the one after its last.
    pub start: usize,
    pub end: usize,
    pub mean: f64,
}

/// The segments of `y`, which must be finite, each at least `least` long; one when there are fewer than two such. `penalty`
/// multiplies the usual price of a change.
pub fn segments(y: &[f64], least: usize, penalty: f64) -> Vec<Segment> {
    let n = y.len();
    let least = least.max(1);
    let sums = Sums::new(y);
    let noise = noise_variance(y);
    // Without noise, every change is one.
    let price = 2.0 * (n.max(2) as f64).ln() * penalty * noise;
    // The best total up to each place, and where its last segment starts.
    let mut total = vec![f64::INFINITY; n + 1];
    let mut last = vec![0; n + 1];
    total[0] = -price;
    let mut candidates = vec![0_usize];
    let mut dead_from = vec![usize::MAX; n + 1];
    for end in least..=n {
        let cost = |start: usize, total: &[f64]| total[start] + sums.cost(start, end);
        let possible = candidates.iter().copied().filter(|start| end - start >= least);
        let best = possible.map(|start| (cost(start, &total), start));
        let Some((value, start)) = best.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))) else { continue };
        (total[end], last[end]) = (value + price, start);
        // A start that is worse than a change here stays so for every end that leaves this change its least length.
        for start in candidates.iter().filter(|start| cost(**start, &total) > total[end]) {
            dead_from[*start] = dead_from[*start].min(end + least);
        }
        candidates.retain(|start| dead_from[*start] > end + 1);
        candidates.push(end);
    }
    walk_back(n, &last, &sums)
}

fn walk_back(n: usize, last: &[usize], sums: &Sums) -> Vec<Segment> {
    let mut all = vec![];
    let mut end = n;
    while end > 0 {
        let start = last[end];
        all.push(Segment { start, end, mean: sums.mean(start, end) });
        end = start;
    }
    all.reverse();
    all
}

/// Of the values around their changing mean: from the median absolute difference of neighbours, which changes do not disturb.
/// At least what rounding leaves.
fn noise_variance(y: &[f64]) -> f64 {
    let differences: Vec<f64> = y.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let robust = 1.4826 / std::f64::consts::SQRT_2 * median(&differences);
    let size = y.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
    if robust > 1e-12 * size { robust * robust } else { (1e-9 * size).powi(2).max(f64::MIN_POSITIVE) }
}

/// Sums up to each place, of values around their overall mean.
struct Sums {
    centre: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn new(y: &[f64]) -> Self {
        let centre = if y.is_empty() { 0.0 } else { super::statistics::mean(y) };
        let running = |power: i32| {
            let mut sum = 0.0;
            let next = |value: &f64| {
                sum += (value - centre).powi(power);
                sum
            };
            std::iter::once(0.0).chain(y.iter().map(next)).collect::<Vec<f64>>()
        };
        Sums { centre, first: running(1), second: running(2) }
    }

    fn cost(&self, start: usize, end: usize) -> f64 {
        let sum = self.first[end] - self.first[start];
        (self.second[end] - self.second[start] - sum * sum / (end - start) as f64).max(0.0)
    }

    fn mean(&self, start: usize, end: usize) -> f64 {
        self.centre + (self.first[end] - self.first[start]) / (end - start) as f64
    }
}

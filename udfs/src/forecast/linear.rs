//! Small linear algebra: positive definite systems and least squares.

#[cfg(test)]
mod tests;

/// Solves the symmetric positive definite system whose lower triangle is in `a` (row by row, `n` × `n`), by Cholesky's
/// factor, which is left in `a`. `None` when a pivot is not clearly positive.
pub fn factor(a: &mut [f64], n: usize) -> Option<()> {
    for j in 0..n {
        let diagonal = a[j * n + j];
        let (done, rest) = a.split_at_mut((j + 1) * n);
        let row = &mut done[j * n..];
        let pivot = diagonal - row[..j].iter().map(|l| l * l).sum::<f64>();
        // Relative to what was there: below this, the column is a combination of those before.
        if pivot <= 1e-12 * diagonal || !pivot.is_finite() {
            return None;
        }
        row[j] = pivot.sqrt();
        for below in rest.chunks_exact_mut(n) {
            let dot: f64 = below[..j].iter().zip(&row[..j]).map(|(a, b)| a * b).sum();
            below[j] = (below[j] - dot) / row[j];
        }
    }
    Some(())
}

/// Solves with a factor from [`factor`], in place.
pub fn solve(l: &[f64], n: usize, b: &mut [f64]) {
    for i in 0..n {
        let dot: f64 = l[i * n..i * n + i].iter().zip(&b[..i]).map(|(l, b)| l * b).sum();
        b[i] = (b[i] - dot) / l[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| l[k * n + i] * b[k]).sum();
        b[i] = (b[i] - dot) / l[i * n + i];
    }
}

/// A least-squares fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub coefficients: Vec<f64>,
    /// Student's ratios.
    pub t: Vec<f64>,
    pub residuals: Vec<f64>,
    /// Sum of squared residuals.
    pub rss: f64,
    pub freedom: usize,
}

/// Fits `y` by the columns of `x`; columns that are combinations of those before get a zero coefficient.
pub fn least_squares(x: &[&[f64]], y: &[f64]) -> Fit {
    let mut used: Vec<usize> = (0..x.len()).collect();
    loop {
        match try_least_squares(x, y, &used) {
            Ok(fit) => return fit,
            Err(dependent) => {
                used.remove(dependent);
            }
        }
    }
}

fn try_least_squares(x: &[&[f64]], y: &[f64], used: &[usize]) -> Result<Fit, usize> {
    let k = used.len();
    let scales: Vec<f64> = used.iter().map(|column| dot(x[*column], x[*column]).sqrt()).collect();
    if let Some(empty) = scales.iter().position(|scale| !scale.is_normal()) {
        return Err(empty);
    }
    let mut a = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            a[i * k + j] = dot(x[used[i]], x[used[j]]) / scales[i] / scales[j];
        }
    }
    if factor(&mut a, k).is_none() {
        // The first pivot that failed left its diagonal as it was: one.
        return Err(first_dependent(x, used));
    }
    let mut scaled: Vec<f64> = used.iter().zip(&scales).map(|(column, scale)| dot(x[*column], y) / scale).collect();
    solve(&a, k, &mut scaled);
    let mut coefficients = vec![0.0; x.len()];
    for ((column, value), scale) in used.iter().zip(&scaled).zip(&scales) {
        coefficients[*column] = value / scale;
    }
    let fitted = |row: usize| used.iter().map(|column| x[*column][row] * coefficients[*column]).sum::<f64>();
    let residuals: Vec<f64> = y.iter().enumerate().map(|(row, y)| y - fitted(row)).collect();
    let rss = dot(&residuals, &residuals);
    let freedom = y.len().saturating_sub(k);
    let sigma2 = rss / freedom.max(1) as f64;
    let mut t = vec![0.0; x.len()];
    for (place, column) in used.iter().enumerate() {
        let mut unit = vec![0.0; k];
        unit[place] = 1.0;
        solve(&a, k, &mut unit);
        t[*column] = scaled[place] / (sigma2 * unit[place]).sqrt();
    }
    Ok(Fit { coefficients, t, residuals, rss, freedom })
}

/// The place of the first column that those before it explain.
fn first_dependent(x: &[&[f64]], used: &[usize]) -> usize {
    let is_free = |count: usize| {
        let columns: Vec<&[f64]> = used[..count].iter().map(|column| x[*column]).collect();
        let mut a: Vec<f64> = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..=i {
                let size = (dot(columns[i], columns[i]) * dot(columns[j], columns[j])).sqrt();
                a[i * count + j] = dot(columns[i], columns[j]) / size;
            }
        }
        factor(&mut a, count).is_some()
    };
    (1..=used.len()).find(|count| !is_free(*count)).map_or(0, |count| count - 1)
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

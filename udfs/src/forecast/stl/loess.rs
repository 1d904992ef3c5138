//! Local regression on equally spaced points (Cleveland, J. American Statistical Association 74, 1979).

/// The smoothed value at `at` (in steps; it may lie outside the data): a constant or a line through the `window`
/// nearest values, weighted by the tricube of their distance and by `weights` where given.
pub fn smooth(y: &[f64], weights: Option<&[f64]>, window: usize, linear: bool, at: f64) -> f64 {
    let n = y.len();
    let inside = window.min(n);
    let first = (at - (inside as f64 - 1.0) / 2.0).round().clamp(0.0, (n - inside) as f64) as usize;
    let last = first + inside - 1;
    let farthest = (at - first as f64).abs().max((last as f64 - at).abs());
    // A window beyond the data is as wide as it would be on a longer series.
    let reach = farthest + ((window - inside) / 2) as f64;
    let weight = |i: usize| {
        let u = (i as f64 - at).abs() / reach.max(f64::MIN_POSITIVE);
        let tricube = if u < 0.999 {
            let c = 1.0 - u * u * u;
            c * c * c
        } else {
            0.0
        };
        let tricube = if u < 0.001 { 1.0 } else { tricube };
        tricube * weights.map_or(1.0, |w| w[i])
    };
    let (mut sw, mut sx, mut sy) = (0.0, 0.0, 0.0);
    for (i, value) in y.iter().enumerate().take(last + 1).skip(first) {
        let w = weight(i);
        (sw, sx, sy) = (sw + w, sx + w * (i as f64 - at), sy + w * value);
    }
    if sw <= 0.0 {
        return y[(at.round().max(0.0) as usize).min(n - 1)];
    }
    let (mx, my) = (sx / sw, sy / sw);
    if !linear {
        return my;
    }
    let (mut sxx, mut sxy) = (0.0, 0.0);
    for (i, value) in y.iter().enumerate().take(last + 1).skip(first) {
        let (w, x) = (weight(i), i as f64 - at - mx);
        (sxx, sxy) = (sxx + w * x * x, sxy + w * x * (value - my));
    }
    let range = (n - 1) as f64;
    if sxx <= 1e-6 * range * range * sw { my } else { my - mx * sxy / sxx }
}

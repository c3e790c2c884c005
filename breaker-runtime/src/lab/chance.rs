//! Probabilities: how likely chance alone makes a policy open.

/// Returns the probability of at least `least` bad calls among `calls`, each bad with probability
/// `share`.
pub(crate) fn at_least(least: u64, calls: u64, share: f64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    if least > calls || share <= 0.0 {
        return 0.0;
    }
    if share >= 1.0 {
        return 1.0;
    }
    let (n, first) = (float(calls), float(least));
    // The first term, by logarithms, and each further one from the one before.
    let mut term = (choose_log(n, first) + first * share.ln() + (n - first) * (-share).ln_1p()).exp();
    let (mut sum, mut k) = (0.0, first);
    while k <= n && term > sum * 1e-12 + 1e-300 {
        sum += term;
        term *= (n - k) / (k + 1.0) * share / (1.0 - share);
        k += 1.0;
    }
    if sum == 0.0 && first < n * share { 1.0 } else { sum.min(1.0) }
}

/// Returns the number as one with a fraction.
#[expect(clippy::cast_precision_loss, reason = "a probability has no other digits to lose")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

/// Returns the logarithm of the number of ways to choose `k` of `n`.
fn choose_log(n: f64, k: f64) -> f64 {
    factorial_log(n) - factorial_log(k) - factorial_log(n - k)
}

/// Returns the logarithm of `n!`: exact to 1e-9 by Stirling's series, and by the product below 10.
fn factorial_log(n: f64) -> f64 {
    if n < 10.0 {
        return (2..=9).map(f64::from).take_while(|factor| *factor <= n).map(f64::ln).sum();
    }
    let inverse = 1.0 / n;
    let series = inverse / 12.0 - inverse.powi(3) / 360.0 + inverse.powi(5) / 1_260.0;
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probability_is_that_of_the_binomial_distribution() {
        for (least, calls, share, wanted) in [
            (0, 5, 0.1, 1.0),
            (1, 1, 0.25, 0.25),
            (5, 5, 0.1, 1e-5),
            (2, 3, 0.5, 0.5),
            (10, 20, 0.5, 0.588_098_526),
            (6, 50, 0.02, 0.000_478_2),
            (3, 2, 0.5, 0.0),
            (500, 1_000, 0.5, 0.512_612_5),
        ] {
            let found = at_least(least, calls, share);
            assert!(
                (found - wanted).abs() <= 1e-6 + wanted * 1e-3,
                "{least} of {calls} at {share}: {found}"
            );
        }
        assert!(at_least(10, 1_000_000, 0.9) > 0.999_999);
    }
}

//! How long a worker takes for a call: [`ServiceTime`].

use std::f64::consts::TAU;
use std::time::Duration;

/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// The largest p99 of a lognormal distribution, as a multiple of its mean: exp(z^2 / 2), less a little.
pub(crate) const MAX_P99: f64 = 14.9;

/// The shape of the distribution of service times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ServiceShape {
    Constant,
    #[default]
    Exponential,
    Lognormal,
}

/// The distribution of service times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceTime {
    shape: ServiceShape,
    /// In ns.
    mean: f64,
    /// The mean and the deviation of the logarithm, of a lognormal distribution.
    log: (f64, f64),
}

impl ServiceTime {
    /// Creates one with a mean; only a lognormal one has a p99 of its own.
    pub(crate) fn new(shape: ServiceShape, mean: Duration, p99: Duration) -> Self {
        let mean = mean.as_secs_f64() * 1e9;
        // p99 / mean = exp(z s - s^2 / 2), of which the smaller s is the usual one.
        let ratio = (p99.as_secs_f64() * 1e9 / mean).clamp(1.0, MAX_P99);
        let deviation = NORMAL_P99 - (NORMAL_P99.powi(2) - 2.0 * ratio.ln()).max(0.0).sqrt();
        Self { shape, mean, log: (mean.ln() - deviation.powi(2) / 2.0, deviation) }
    }

    /// Draws a time in ns.
    pub(crate) fn draw(&self, rng: &mut fastrand::Rng) -> u64 {
        match self.shape {
            ServiceShape::Constant => nanos(self.mean),
            ServiceShape::Exponential => nanos(exponential(self.mean, rng)),
            ServiceShape::Lognormal => {
                // Box and Muller's normal number.
                let normal = (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos();
                nanos((self.log.0 + self.log.1 * normal).exp())
            }
        }
    }
}

/// Draws from the exponential distribution, such as the pause of a Poisson process.
pub(crate) fn exponential(mean: f64, rng: &mut fastrand::Rng) -> f64 {
    -(1.0 - rng.f64()).ln() * mean
}

/// Returns whole ns; what is too long becomes a year.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
pub(crate) fn nanos(nanos: f64) -> u64 {
    nanos.round().clamp(0.0, 3.2e16) as u64
}

/// Returns the seed of a part of something with a seed. Seeds that differ by little would make
/// generators that go together.
pub(crate) fn part_seed(seed: u64, part: u64) -> u64 {
    // Splitmix.
    let mut mixed = seed.wrapping_add((part + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::chance::float;

    #[test]
    fn drawn_times_have_the_mean_and_the_p99_of_their_shape() {
        let (mean, p99) = (Duration::from_millis(50), Duration::from_millis(200));
        for (shape, wanted_p99) in [
            (ServiceShape::Constant, 50.0),
            (ServiceShape::Exponential, 50.0 * 100.0_f64.ln()),
            (ServiceShape::Lognormal, 200.0),
        ] {
            let time = ServiceTime::new(shape, mean, p99);
            let mut rng = fastrand::Rng::with_seed(3);
            let mut drawn: Vec<_> = (0..100_000).map(|_| time.draw(&mut rng)).collect();
            drawn.sort_unstable();
            let found_mean = float(drawn.iter().sum()) / 1e6 / 100_000.0;
            let found_p99 = float(drawn[99_000]) / 1e6;
            assert!((found_mean / 50.0 - 1.0).abs() < 0.01, "{shape:?}: mean {found_mean}");
            assert!((found_p99 / wanted_p99 - 1.0).abs() < 0.03, "{shape:?}: p99 {found_p99}");
        }
    }
}

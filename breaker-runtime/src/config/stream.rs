//! The time limits of a streamed answer: [`StreamLimits`].

use std::time::Duration;

use crate::config::Config;

/// The limits of one function, in place of those of the breaker that it goes through.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamLimits {
    pub(crate) first_item: Option<Duration>,
    pub(crate) idle: Option<Duration>,
}

impl StreamLimits {
    /// The breaker's own.
    pub const NONE: Self = Self { first_item: None, idle: None };

    /// Those of these options.
    #[must_use]
    pub const fn of(config: Config) -> Self {
        Self { first_item: config.first_item(), idle: config.idle() }
    }
}

//! What a [`Config`] shows of itself.

use std::fmt;

use crate::config::Config;

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All of them, so that the compiler asks for a new one.
        let Self {
            failure_threshold: _,
            failure_rate: _,
            window: _,
            min_calls: _,
            slow_call: _,
            slow_call_rate: _,
            timeout: _,
            timeout_factor: _,
            max_timeout: _,
            timeout_jitter: _,
            success_threshold: _,
            max_probes: _,
            probe_timeout: _,
            call_timeout: _,
            first_item: _,
            idle: _,
            ramp: _,
            throttle: _,
            honour_retry_after: _,
            max_concurrent: _,
            max_wait: _,
            max_pending: _,
        } = self;
        f.debug_struct("Config")
            .field("failure_threshold", &self.failure_threshold())
            .field("failure_rate", &self.failure_rate())
            .field("window", &self.window())
            .field("min_calls", &self.min_calls())
            .field("slow_call", &self.slow_call())
            .field("slow_call_rate", &self.slow_call_rate())
            .field("timeout", &self.timeout())
            .field("timeout_factor", &self.timeout_factor())
            .field("max_timeout", &self.max_timeout())
            .field("timeout_jitter", &self.timeout_jitter())
            .field("success_threshold", &self.success_threshold())
            .field("max_probes", &self.max_probes())
            .field("probe_timeout", &self.probe_timeout())
            .field("call_timeout", &self.call_timeout())
            .field("first_item", &self.first_item())
            .field("idle", &self.idle())
            .field("ramp", &self.ramp())
            .field("throttle", &self.throttle())
            .field("honour_retry_after", &self.honour_retry_after())
            .field("max_concurrent", &self.max_concurrent())
            .field("max_wait", &self.max_wait())
            .field("max_pending", &self.max_pending())
            .finish()
    }
}

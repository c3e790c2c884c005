//! The system's clocks: those of std. On `wasm32-unknown-unknown` std has none, and panics; there they are the
//! host's, by `web-time`.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod source {
    pub(crate) use std::time::Instant;
    use std::time::{Duration, SystemTime};

    pub(crate) fn system_time() -> SystemTime {
        SystemTime::now()
    }

    pub(crate) fn sleep(length: Duration) {
        std::thread::sleep(length);
    }
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod source {
    use std::time::{Duration, SystemTime};

    pub(crate) use web_time::Instant;
    use web_time::web::SystemTimeExt;

    pub(crate) fn system_time() -> SystemTime {
        web_time::SystemTime::now().to_std()
    }

    /// Keeps the thread busy: the host has no other way to block it.
    pub(crate) fn sleep(length: Duration) {
        let began = Instant::now();
        while began.elapsed() < length {
            std::hint::spin_loop();
        }
    }
}

pub(crate) use crate::time::system::source::{Instant, sleep, system_time};

//! The system's clocks: those of std, and on `wasm32-unknown-unknown`, where std panics, those of the
//! host by `web-time`.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod source {
    pub(crate) use std::time::Instant;
    use std::time::{Duration, SystemTime};

    pub(crate) fn system_time() -> SystemTime {
        SystemTime::now()
    }

    /// Blocks the thread in real time: the default of [`Clock::sleep`](crate::Clock::sleep).
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

    /// Blocks the thread by a busy loop: the host has no other way.
    pub(crate) fn sleep(length: Duration) {
        let began = Instant::now();
        while began.elapsed() < length {
            std::hint::spin_loop();
        }
    }
}

pub(crate) use crate::time::system::source::{Instant, sleep, system_time};

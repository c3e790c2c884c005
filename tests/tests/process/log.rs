//! Warnings for the operator, by the feature `tracing`. Some are written once in a process.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use breaker_runtime::{BreakerError, CircuitBreaker, breakers, circuit_breaker};
use tracing_subscriber::fmt::MakeWriter;

use crate::child::in_child;

/// Whether a listing has built the statics of this program.
static LISTED: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        // A subscriber is user code and may query the registry, but not before the first listing has
        // ended: a warning that this query causes is an event within an event, which `tracing` drops,
        // and goes to standard error.
        if LISTED.load(Ordering::Relaxed) {
            assert!(breakers().len() > 1);
        }
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Waits until a line has both texts, in real time, because another thread writes it.
    fn wait_for(&self, place: &str, what: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let is_there = || {
            let text = self.0.lock().unwrap();
            String::from_utf8_lossy(&text)
                .lines()
                .any(|line| line.contains(place) && line.contains(what))
        };
        while !is_there() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the warnings with this text, and those since the last call that have another one.
    pub(super) fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).expect("a text");
        // Each listing of this program builds the statics of the other module, and there are events for
        // the changes that these make.
        let is_own = |line: &&str| !line.contains("initialisers.rs") && !line.contains("INFO breaker: ");
        text.lines().filter(is_own).map(str::to_owned).collect()
    }
}

#[circuit_breaker(name = "logged twice")]
fn first() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "logged twice")]
fn second() -> Result<(), BreakerError> {
    Ok(())
}

static PANICS: LazyLock<CircuitBreaker> = LazyLock::new(|| panic!("no settings file"));

#[circuit_breaker(breaker = PANICS)]
fn over_panic() -> Result<(), BreakerError> {
    Ok(())
}

#[test]
fn warnings_are_logged_once_on_one_line_with_the_target_breaker() {
    in_child("log::warnings_are_logged_once_on_one_line_with_the_target_breaker", || {
        let log = Log::default();
        tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).init();
        assert!(breakers().count() > 1 && breakers().count() > 1);
        LISTED.store(true, Ordering::Relaxed);
        assert_eq!((first(), second()), (Ok(()), Ok(())));
        // The static of the other module queries the registry while this listing builds it. The listing
        // that it starts may be the one that builds `PANICS`, and it warns on its own thread.
        log.wait_for("log.rs:", "initialiser");
        let lines = log.take();
        assert!(lines.iter().all(|line| line.contains("WARN breaker: ")), "{lines:?}");
        let about = |what: &str| lines.iter().filter(|line| line.contains(what)).count();
        assert_eq!(
            (about("given=logged twice#2"), about("initialiser"), lines.len()),
            (1, 1, 2),
            "{lines:?}"
        );

        let built = ["a\nb"; 3].map(|name| CircuitBreaker::builder(name).build().expect("valid"));
        assert_eq!(built[1].name_clash().expect("its name was taken").wanted, "a\nb");
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("given=a\\nb#2"), "{lines:?}");
        let _ = over_panic;
    });
}

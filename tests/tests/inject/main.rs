//! Game days, as annotated functions meet them: every layer sees an injected fault as one of the
//! dependency.

mod composed;
mod layers;
mod limits;
mod published;
mod report;
mod shapes;

use std::time::Duration;

use breaker_runtime::testing::{Isolated, isolate};
use breaker_runtime::{Settings, configure, inject};

const HOUR: Duration = Duration::from_hours(1);

/// Begins a game day of an hour with these parts of `inject`, for breakers of the test's own with this
/// beginning of their names.
fn game_day(names: &str, parts: &[(&str, f64)]) -> Isolated {
    let fresh = isolate();
    begin(names, parts);
    fresh
}

/// Ends the game day by settings without it.
fn end() {
    let _ = configure(Settings::new()).expect("no settings are sound");
}

fn begin(names: &str, parts: &[(&str, f64)]) {
    inject::allow();
    let mut settings = Settings::new().set(names, "inject.until", inject::end_in(HOUR));
    for (part, value) in parts {
        settings = settings.set(names, format!("inject.{part}"), *value);
    }
    let _ = configure(settings).expect("sound settings");
}

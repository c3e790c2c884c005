//! Breakers that take their options from a file while they are in use.
//!
//! The file is `settings.toml`, or another one:
//! `cargo run -p breaker-examples --bin settings -- my.toml`

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{env, fs, thread};

use breaker_runtime::{
    BreakerError, Config, Mode, Settings, Window, breaker_of, breakers, circuit_breaker, configure,
};
use serde::Deserialize;

mod payments {
    use super::{BreakerError, circuit_breaker};

    #[circuit_breaker]
    pub(crate) fn charge(order: u32) -> Result<u32, BreakerError> {
        Ok(order)
    }

    #[circuit_breaker(timeout = "5s")]
    #[expect(dead_code, reason = "it is here to be listed and to get its settings")]
    pub(crate) fn refund(order: u32) -> Result<u32, BreakerError> {
        Ok(order)
    }
}

#[circuit_breaker]
fn search(words: &str) -> Result<usize, BreakerError> {
    Ok(words.len())
}

/// The content of the file, of which [`Settings`] are one part.
#[derive(Deserialize)]
struct Service {
    greeting: String,
    breakers: Settings,
}

const WRONG: &str = r#"
    ["settings::payments::*"]
    failure_treshold = 3
    timeout = "30 parsecs"
    failure_rate = 50

    ["settings::search"]
    window = 100
    timeout_factor = 2.0
    max_timeout = "10s"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/settings.toml");
    let path = env::args().nth(1).unwrap_or_else(|| default.to_owned());

    println!("In the code:");
    print_breakers();

    let service: Service = toml::from_str(&fs::read_to_string(path)?)?;
    println!("\nWith the file:");
    println!("{}", configure(service.breakers.clone())?);
    print_breakers();
    println!("{}", service.greeting);

    println!("\nA file with errors is refused as a whole:");
    let wrong: Settings = toml::from_str(WRONG)?;
    if let Err(error) = configure(wrong) {
        println!("{error}");
    }

    println!("\nAn open period that has begun stays what it is:");
    let charge = breaker_of(payments::charge);
    charge.trip();
    let longer = Settings::new().set("*", "timeout", "1h");
    println!("{}", configure(longer)?);
    println!(
        "{:.0?}, and {:.0?} the next time",
        charge.snapshot().retry_after,
        charge.config().timeout()
    );
    charge.reset();

    println!("\nNo call waits while options change:");
    change_while_calls_run(&service.breakers)?;

    println!("\nWithout settings the code's options are back:");
    println!("{}", configure(Settings::new())?);
    print_breakers();
    Ok(())
}

fn change_while_calls_run(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let (calls, done) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    if search("tea and honey").is_ok() {
                        calls.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let changed = (0..501).try_for_each(|round| {
            let settings = if round % 2 == 0 { settings.clone() } else { Settings::new() };
            configure(settings).map(|_| ())
        });
        done.store(true, Ordering::Relaxed);
        changed
    })?;
    let totals = breaker_of(search).snapshot().totals;
    // A dry run that begins or ends is a change of state, and a call that was running then is late.
    let counted = totals.success + totals.late;
    println!("501 changes; every call is counted: {}", counted == calls.into_inner());
    Ok(())
}

fn print_breakers() {
    for breaker in breakers() {
        let config = breaker.config();
        let dry_run = if breaker.snapshot().mode == Mode::Observe { ", dry run" } else { "" };
        let (opens, period) = (opens(&config), period(&config));
        println!("  {:<28} opens at {opens}, for {period}{dry_run}", breaker.name());
    }
}

fn opens(config: &Config) -> String {
    let mut policies = Vec::new();
    if let Some(failures) = config.failure_threshold() {
        policies.push(format!("{failures} failures in a row"));
    }
    let window = match config.window() {
        Window::Calls(calls) => format!("{calls} calls"),
        Window::Span(span) => format!("{span:?}"),
        other => format!("{other:?}"),
    };
    if let Some(rate) = config.failure_rate() {
        policies.push(format!("{rate} failures of {window}"));
    }
    if let (Some(limit), Some(rate)) = (config.slow_call(), config.slow_call_rate()) {
        policies.push(format!("{rate} of {window} longer than {limit:?}"));
    }
    policies.join(" or ")
}

fn period(config: &Config) -> String {
    let grows = match (config.timeout_factor(), config.max_timeout()) {
        (factor, Some(longest)) if factor > 1.0 => format!(" times {factor}, up to {longest:?}"),
        _ => String::new(),
    };
    format!("{:?}{grows}", config.timeout())
}

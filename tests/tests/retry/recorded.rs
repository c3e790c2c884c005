//! The attempts in a recording.

use std::error::Error;

use breaker_runtime::lab::recording::Line;
use breaker_runtime::lab::{Destination, RecordingOptions};
use breaker_runtime::{circuit_breaker, testing};

use crate::memory::Memory;

type Answer = Result<u32, Box<dyn Error + Send + Sync>>;

fn nth(attempts: &mut u32, succeeds_at: u32) -> Answer {
    *attempts += 1;
    if *attempts >= succeeds_at { Ok(*attempts) } else { Err("down".into()) }
}

#[circuit_breaker(name = "load", failure_threshold = 50, retry(attempts = 3, budget = 1.0))]
async fn load(succeeds_at: u32, attempts: &mut u32) -> Answer {
    nth(attempts, succeeds_at)
}

#[circuit_breaker(name = "read", failure_threshold = 50, retry(backoff = "1ms", budget = 1.0))]
fn read(succeeds_at: u32, attempts: &mut u32) -> Answer {
    nth(attempts, succeeds_at)
}

#[tokio::test(start_paused = true)]
async fn recorded_attempts_have_their_numbers() {
    let _isolated = testing::isolate();
    let memory = Memory::default();
    // The list of all breakers also builds those in statics of other tests, in the scope of this test.
    let options = RecordingOptions::new().only(["load", "read"]);
    let recording = options.record_to(Destination::writer(memory.clone())).unwrap();
    let _ = load(3, &mut 0).await;
    let _ = load(1, &mut 0).await;
    let _ = read(2, &mut 0);
    drop(recording);
    let seen = memory.lines().into_iter().filter_map(|line| match line {
        Line::Call(call) => Some(format!("{} {} {}", call.breaker, call.attempt, call.outcome)),
        _ => None,
    });
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            "load 1 failure",
            "load 2 failure",
            "load 3 success",
            "load 1 success",
            "read 1 failure",
            "read 2 success",
        ]
    );
}

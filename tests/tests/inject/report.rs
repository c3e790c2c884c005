//! The course of a game day: its beginning, its end, and its report.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_runtime::inject::{self, GameDayEnd, GameDayEvent};
use breaker_runtime::{
    BreakerError, ErrorKind, Reason, Settings, State, breaker_of, circuit_breaker, configure, testing,
};
use tokio::task::yield_now;
use tokio::time::{Instant, advance};

use crate::{HOUR, begin, game_day};

#[circuit_breaker(name = "report::payments", failure_threshold = 2)]
async fn payments() -> Result<u32, BreakerError> {
    yield_now().await;
    Ok(7)
}

#[circuit_breaker(name = "report::orders", failure_threshold = 3, fallback = |_cause| Ok(0))]
async fn orders() -> Result<u32, BreakerError> {
    payments().await
}

#[circuit_breaker(name = "report::search")]
async fn search() -> Result<u32, BreakerError> {
    yield_now().await;
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn report_says_what_opened_and_what_callers_got() {
    let _fresh = testing::isolate();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let subscription = inject::on_event(move |event| sink.lock().expect("no panic").push(event.clone()));
    assert_eq!(search().await, Ok(7));
    assert_eq!(payments().await, Ok(7));
    begin("report::payments", &[("fail", 1.0)]);
    for _ in 0..5 {
        assert_eq!(orders().await, Ok(0));
    }
    assert_eq!(search().await, Ok(7));
    advance(HOUR).await;
    let report = inject::last_report().expect("the hour is over");
    assert_eq!(report.end, GameDayEnd::Until);
    let names: Vec<_> = report.breakers.iter().map(|breaker| breaker.name).collect();
    assert_eq!(names, ["report::orders", "report::payments"], "search did not open");
    let orders = &report.breakers[0];
    assert_eq!((orders.injection.is_none(), orders.opened[0].after_calls), (true, 3));
    assert_eq!((orders.totals.failure, orders.totals.fallback), (3, 5));
    let payments = &report.breakers[1];
    assert_eq!(payments.injected.failed, 2);
    assert_eq!((payments.opened.len(), payments.opened[0].after_calls), (1, 2));
    assert_eq!(payments.opened[0].reason, Reason::FailureThreshold);
    assert_eq!((payments.totals.success, payments.totals.failure), (0, 2));
    assert_eq!(payments.errors, [(ErrorKind::Open, 1), (ErrorKind::Injected, 2)]);
    let text = report.to_string();
    assert!(
        text.ends_with(
            "report::payments: 2 failed, 0 waited, 0 hung; opened after 2 calls (too many failures \
             in a row); callers got: 2 failure, 1 rejected; errors: 1 open, 2 injected"
        ),
        "{text}"
    );
    drop(subscription);
    let seen = seen.lock().expect("no panic");
    assert!(matches!(&seen[..], [GameDayEvent::Started(_), GameDayEvent::Ended(_)]), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn breaker_that_opens_without_injected_faults_is_in_the_report() {
    let _fresh = testing::isolate();
    assert_eq!(search().await, Ok(7));
    begin("report::payments", &[("fail", 1.0)]);
    breaker_of(search).trip();
    let _ = configure(Settings::new()).expect("no settings are sound");
    let report = inject::last_report().expect("the settings have ended it");
    assert_eq!(report.end, GameDayEnd::Removed);
    let search =
        report.breakers.iter().find(|breaker| breaker.name == "report::search").expect("opened");
    assert_eq!((search.injection.is_none(), search.opened[0].after_calls), (true, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_injected_after_the_end() {
    let _fresh = game_day("report::payments", &[("fail", 1.0)]);
    assert!(payments().await.is_err());
    assert_eq!(inject::game_day().map(|day| day.breakers.len()), Some(1));
    advance(HOUR).await;
    assert_eq!(payments().await, Ok(7));
    assert_eq!(inject::game_day(), None);
    assert_eq!(breaker_of(payments).state(), State::Closed);
}

/// A file stays in place after the game day, and may be read again.
#[tokio::test(start_paused = true)]
async fn end_that_is_over_does_not_come_back_with_the_same_settings() {
    let _fresh = testing::isolate();
    inject::allow();
    let until = inject::end_in(HOUR);
    let settings = Settings::new().set("report::payments", "inject.fail", 1.0).set(
        "report::payments",
        "inject.until",
        until,
    );
    let _ = configure(settings.clone()).expect("sound settings");
    assert!(payments().await.is_err());
    advance(HOUR).await;
    assert_eq!(payments().await, Ok(7));
    // The wall clock is still before the end, as if it had been set back.
    let _ = configure(settings).expect("an end that is over is no error");
    assert_eq!(payments().await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn waits_end_with_the_game_day() {
    let fresh = game_day("report::payments", &[("hang", 1.0)]);
    let began = Instant::now();
    assert_eq!(payments().await, Ok(7));
    // The wall clock has gone on meanwhile.
    assert!((3_590..=3_601).contains(&began.elapsed().as_secs()), "at its end");
    drop(fresh);

    let _fresh = game_day("report::payments", &[("hang", 1.0)]);
    let began = Instant::now();
    let (answer, ()) = tokio::join!(payments(), async {
        tokio::time::sleep(Duration::from_mins(1)).await;
        let _ = configure(Settings::new()).expect("no settings are sound");
    });
    assert_eq!(answer, Ok(7));
    assert!((60..=61).contains(&began.elapsed().as_secs()), "when the settings end it");
}

#[tokio::test(start_paused = true)]
async fn changed_settings_change_the_game_day() {
    let _fresh = game_day("report::payments", &[("fail", 1.0)]);
    assert!(payments().await.is_err());
    begin("report::*", &[("latency", 2.0), ("share", 1.0)]);
    let began = Instant::now();
    assert_eq!(payments().await, Ok(7));
    assert_eq!(began.elapsed().as_secs(), 2);
    assert_eq!(search().await, Ok(7));
    let report_of = |name: &str| {
        let _ = configure(Settings::new()).expect("no settings are sound");
        let report = inject::last_report().expect("over");
        let injected =
            report.breakers.iter().find(|breaker| breaker.name == name).map(|found| found.injected);
        injected.map(|injected| (injected.failed, injected.delayed))
    };
    assert_eq!(report_of("report::payments"), Some((1, 1)));
    assert_eq!(report_of("report::search"), Some((0, 1)));
}

/// The options that code changes at run time leave the game day as it is.
#[tokio::test(start_paused = true)]
async fn reconfigured_breaker_keeps_its_game_day() {
    let _fresh = game_day("report::payments", &[("fail", 1.0)]);
    breaker_of(payments).reconfigure(|options| options.failure_threshold(9)).expect("in range");
    assert!(payments().await.is_err());
    breaker_of(payments).reset();
    assert!(payments().await.is_err());
}

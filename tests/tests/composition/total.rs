//! `total_timeout` around each other layer: one deadline over all attempts, waits and pauses.

use std::time::Duration;

use breaker_runtime::{
    CallError, CircuitBreaker, ErrorKind, Settings, State, breaker_of, circuit_breaker, configure,
};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service, Step};
use futures::future::LocalBoxFuture;
use tokio::time::{Instant, sleep};

/// Makes three attempts of 300 ms with pauses of 100 and 200 ms, all within 650 ms.
#[circuit_breaker(
    failure_threshold = 100,
    total_timeout = "650ms",
    call_timeout = "300ms",
    retry(attempts = 3, backoff = "100ms", jitter = false, budget = 1.0)
)]
async fn retried(service: &Service) -> Answer {
    service.run().await
}

async fn seen(script: impl IntoIterator<Item = Step>) -> String {
    let scene = Scene::new(breaker_of(retried), script);
    scene.gets(retried(scene.service())).await;
    scene.seen()
}

#[tokio::test(start_paused = true)]
async fn attempts_and_pauses_end_with_the_whole_call() {
    assert_eq!(
        seen([Fails(0), Fails(0), Works(0)]).await,
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2"
    );
    // The second attempt has 250 ms, less than half of the time: it counts as a dropped call.
    assert_eq!(
        seen([Hangs, Hangs]).await,
        "TimedOut @650 | 2 runs | failure 1, cancelled 1, timed_out 2, retried 1"
    );
    // The third attempt has 50 ms.
    assert_eq!(
        seen([Fails(150), Fails(150), Works(51)]).await,
        "TimedOut @650 | 3 runs | failure 2, cancelled 1, timed_out 1, retried 2"
    );
    assert_eq!(
        seen([Fails(150), Fails(150), Works(49)]).await,
        "run 3 @649 | 3 runs | success 1, failure 2, retried 2"
    );
}

#[tokio::test(start_paused = true)]
async fn pause_that_would_pass_the_deadline_is_not_begun() {
    assert_eq!(
        seen([Fails(200), Fails(151)]).await,
        "down 2 @451 | 2 runs | failure 2, retried 1",
        "199 ms are left for a pause of 200 ms"
    );
    assert_eq!(
        seen([Fails(200), Fails(149)]).await,
        "run 3 @649 | 3 runs | success 1, failure 2, retried 2",
        "201 ms are left"
    );
}

#[tokio::test(start_paused = true)]
async fn attempt_with_most_of_the_time_is_a_failure_and_opens() {
    #[circuit_breaker(failure_threshold = 2, total_timeout = "500ms", timeout = "1s")]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Works(499), Hangs, Hangs, Hangs, Works(0)]);
    for _ in 0..4 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "run 1 @499, TimedOut @999, TimedOut @1499, Open @1499 | 3 runs | success 1, failure 2, rejected 1, timed_out 2"
    );
    let trip = scene.breaker().last_trip().expect("it has tripped");
    assert_eq!(trip.calls.last().and_then(|call| call.cause), Some("total_timeout"));
    // A probe that hangs opens it again.
    sleep(Duration::from_secs(1)).await;
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.breaker().state(), State::Open);
    sleep(Duration::from_secs(1)).await;
    scene.gets(call(scene.service())).await;
    assert!(scene.answers().contains("run 5 @3999"), "{}", scene.answers());
}

#[tokio::test(start_paused = true)]
async fn wait_for_a_permit_uses_the_time_of_the_whole_call() {
    #[circuit_breaker(
        failure_threshold = 1,
        total_timeout = "500ms",
        max_concurrent = 1,
        max_wait = "400ms"
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Works(300), Hangs]);
    futures::join!(scene.gets(call(scene.service())), scene.gets(call(scene.service())));
    // It hung for 200 ms: the time was lost before it, and it is no failure of the dependency.
    assert_eq!(scene.seen(), "run 1 @300, TimedOut @500 | 2 runs | success 1, cancelled 1, timed_out 1");
    drop(scene);
    let scene = Scene::new(breaker_of(call), [Works(100), Hangs]);
    futures::join!(scene.gets(call(scene.service())), scene.gets(call(scene.service())));
    assert_eq!(scene.seen(), "run 1 @100, TimedOut @500 | 2 runs | success 1, failure 1, timed_out 1");
}

#[tokio::test(start_paused = true)]
async fn wait_of_a_retry_ends_with_the_whole_call_and_is_no_failure() {
    #[circuit_breaker(
        failure_threshold = 10,
        total_timeout = "300ms",
        max_concurrent = 1,
        max_wait = "200ms",
        retry(attempts = 2, backoff = "50ms", jitter = false, budget = 1.0)
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Fails(150)]);
    futures::join!(scene.gets(call(scene.service())), async {
        scene.at(160).await;
        let permit = scene.breaker().try_acquire().expect("the only permit");
        scene.at(5_000).await;
        permit.success();
    });
    assert_eq!(
        scene.seen(),
        "down 1 @300 | 1 runs | success 1, failure 1, rejected 1, retried 1",
        "the attempt that ran is the end of the call"
    );
}

#[tokio::test(start_paused = true)]
async fn fallback_and_memory_answer_after_the_deadline_in_their_own_time() {
    #[circuit_breaker(
        failure_threshold = 100,
        total_timeout = "500ms",
        last_good(key = (), max_age = "10m"),
        fallback = service.fall_back().await
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs, Works(0), Hangs]).with_fallback_that_takes(2_000);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert!(
        scene.answers().starts_with("fallback @2500, run 2 @2500, run 2 @3000"),
        "{}",
        scene.answers()
    );
    assert_eq!(scene.breaker().snapshot().totals.timed_out, 2);
}

#[tokio::test(start_paused = true)]
async fn fallback_for_rejections_does_not_answer_a_time_out() {
    #[circuit_breaker(
        failure_threshold = 1,
        total_timeout = "500ms",
        fallback = service.fall_back().await,
        fallback_on = "rejection"
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs]);
    scene.gets(call(scene.service())).await;
    scene.gets(call(scene.service())).await;
    assert!(scene.answers().starts_with("TimedOut @500, fallback @500"), "{}", scene.answers());
}

type Function = (&'static CircuitBreaker, for<'s> fn(&'s Service) -> LocalBoxFuture<'s, Answer>);

macro_rules! with_layer {
    ($name:ident: $($layer:tt)*) => {{
        #[circuit_breaker(total_timeout = "500ms", failure_threshold = 100, $($layer)*)]
        async fn $name(service: &Service) -> Answer {
            service.run().await
        }
        let function: Function = (breaker_of($name), |service| Box::pin($name(service)));
        function
    }};
}

fn functions() -> Vec<Function> {
    vec![
        with_layer!(slow: slow_call = "2s"),
        with_layer!(attempt: call_timeout = "499ms"),
        with_layer!(bulkhead: max_concurrent = 4),
        with_layer!(queue: max_concurrent = 4, max_wait = "100ms"),
        with_layer!(retry: retry(attempts = 3, backoff = "600ms", budget = 1.0)),
        with_layer!(ignore: ignore_if = Result::is_err),
        with_layer!(fail: failure_if = Result::is_err),
        with_layer!(throttle: throttle),
        with_layer!(ramp: ramp = "1s"),
        with_layer!(dropped: abandoned_threshold = 1),
        with_layer!(memory: last_good(key = (), max_age = "1m")),
        with_layer!(rate: probe_timeout = "1m", failure_rate = 0.5),
    ]
}

/// A call that works passes any other layer, and one that hangs ends after 500 ms under it.
#[tokio::test(start_paused = true)]
async fn each_other_option_keeps_the_deadline() {
    for (breaker, call) in functions() {
        let scene = Scene::new(breaker, [Works(10), Hangs]);
        scene.gets(call(scene.service())).await;
        scene.gets(call(scene.service())).await;
        let expected = match breaker.name().rsplit("::").next() {
            Some("attempt") => "run 1 @10, TimedOut @509",
            Some("memory") => "run 1 @10, run 1 @510",
            _ => "run 1 @10, TimedOut @510",
        };
        assert!(scene.answers().starts_with(expected), "{}: {}", breaker.name(), scene.answers());
    }
}

#[tokio::test(start_paused = true)]
async fn settings_change_and_remove_the_deadline() {
    let scene = Scene::new(breaker_of(retried), [Hangs, Hangs, Hangs, Works(0)]);
    let set = |value: &str| {
        let name = breaker_of(retried).name();
        configure(Settings::new().set(name, "total_timeout", value)).map(drop)
    };
    set("350ms").expect("longer than call_timeout");
    scene.gets(retried(scene.service())).await;
    assert!(
        scene.answers().starts_with("TimedOut @300"),
        "no pause of 100 ms fits: {}",
        scene.answers()
    );
    let refused = set("300ms").unwrap_err().to_string();
    assert!(refused.contains("call_timeout is 300 ms in the code and must be shorter"), "{refused}");
    set("off").expect("it can be off");
    scene.gets(retried(scene.service())).await;
    assert!(scene.answers().contains("run 4 @1200"), "{}", scene.answers());
}

/// The settings give both, or one of them beside the code: `retried` has no jitter, which only the
/// function itself knows.
#[tokio::test(start_paused = true)]
async fn pause_of_settings_that_fits_no_deadline_is_refused_or_ends_the_call() {
    let scene = Scene::new(breaker_of(retried), [Fails(0)]);
    let name = breaker_of(retried).name();
    let pause = || Settings::new().set(name, "retry.backoff", "1s");
    let exact = configure(pause().set(name, "retry.jitter", false));
    let refused = exact.expect_err("no attempt would follow").to_string();
    let why = "retry.backoff is 1 s and must be shorter than total_timeout, which is 650 ms, if retry.jitter is false";
    assert!(refused.contains(why), "{refused}");
    let longer = pause().set(name, "retry.jitter", false).set(name, "total_timeout", "2s");
    configure(longer).map(drop).expect("it fits");
    configure(pause()).map(drop).expect("with jitter it could fit");
    scene.gets(retried(scene.service())).await;
    assert_eq!(scene.seen(), "down 1 @0 | 1 runs | failure 1");
}

/// A probe that is lost in the moment in which its deadline ends it would be no failed probe.
#[tokio::test(start_paused = true)]
async fn probe_that_the_whole_deadline_ends_has_failed() {
    #[circuit_breaker(failure_threshold = 1, total_timeout = "100s", timeout = "10s")]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Fails(0), Hangs]);
    assert_eq!(scene.breaker().config().probe_timeout(), Duration::from_secs(200));
    scene.gets(call(scene.service())).await;
    sleep(Duration::from_secs(10)).await;
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.breaker().state(), State::Open);
    assert_eq!(scene.seen(), "down 1 @0, TimedOut @110000 | 2 runs | failure 2, timed_out 1");
}

#[tokio::test(start_paused = true)]
async fn built_breaker_bounds_wait_and_call_together() {
    let builder = CircuitBreaker::builder("total: built").failure_threshold(1);
    let builder = builder.total_timeout(Duration::from_millis(500)).max_concurrent(1);
    let breaker = builder.max_wait(Duration::from_millis(400)).build().expect("valid options");
    let hang = || breaker.call_async(std::future::pending::<Result<(), ()>>);
    let permit = breaker.try_acquire().expect("the only permit");
    let begun = Instant::now();
    let (error, ()) = futures::join!(hang(), async {
        sleep(Duration::from_millis(300)).await;
        permit.success();
    });
    let Err(CallError::Breaker(error)) = error else { panic!("{error:?}") };
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::TimedOut, None));
    assert_eq!(
        error.to_string(),
        "circuit breaker `total: built` ended the call: no answer within its `total_timeout`, which covers all \
         attempts, waits and pauses"
    );
    assert_eq!((begun.elapsed().as_millis(), breaker.state()), (500, State::Closed));
    assert!(hang().await.is_err());
    assert_eq!((begun.elapsed().as_millis(), breaker.state()), (1_000, State::Open));
}

#[tokio::test(start_paused = true)]
async fn attempt_dropped_after_the_deadline_counts_as_ended_by_it() {
    let builder = CircuitBreaker::builder("total: dropped").failure_threshold(1);
    let breaker = builder.total_timeout(Duration::from_millis(500)).build().expect("valid options");
    let mut call = Box::pin(breaker.call_async(std::future::pending::<Result<(), ()>>));
    assert!(futures::poll!(call.as_mut()).is_pending());
    tokio::time::advance(Duration::from_millis(500)).await;
    drop(call);
    assert_eq!((breaker.state(), breaker.snapshot().totals.timed_out), (State::Open, 1));
}

/// Polly, "Timeout resilience strategy" and "Resilience pipelines": the outer timeout limits all
/// attempts together, the inner one each of them.
#[tokio::test(start_paused = true)]
async fn outer_and_inner_timeouts_of_polly() {
    #[circuit_breaker(
        failure_threshold = 100,
        total_timeout = "7500ms",
        call_timeout = "1s",
        retry(attempts = 4, backoff = "2s", factor = 1.0, jitter = false, budget = 1.0)
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs, Hangs, Hangs]);
    scene.gets(call(scene.service())).await;
    // There the pause after the third attempt begins, and is cut off at 7.5 s.
    assert_eq!(scene.seen(), "TimedOut @7000 | 3 runs | failure 3, timed_out 3, retried 2");
}

/// Finagle, `MethodBuilder.withTimeoutTotal` and `withTimeoutPerRequest`: the total covers the retries
/// too. gRPC, proposal A6: the deadline of a call is that of all its attempts.
#[tokio::test(start_paused = true)]
async fn total_of_finagle_and_deadline_of_grpc_cover_the_retries() {
    #[circuit_breaker(
        failure_threshold = 100,
        total_timeout = "500ms",
        call_timeout = "200ms",
        retry(attempts = 10, backoff = "1us", factor = 1.0, jitter = false, budget = 1.0)
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs, Hangs, Hangs, Hangs]);
    scene.gets(call(scene.service())).await;
    let answers = scene.answers();
    assert!(answers.starts_with("TimedOut @50"), "{answers}");
    assert_eq!(scene.service().runs(), 3);
}

//! A function with some options and one other layer, for each other layer and for both orders of the
//! options.

use std::cell::RefCell;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State};
use breaker_tests::scripted::{Answer, Scene, Service, Step};
use futures::future::LocalBoxFuture;

/// A function with the options of a test and one other layer.
pub(crate) struct Layered {
    /// Its breaker, which has the totals of all keys.
    pub(crate) breaker: &'static CircuitBreaker,
    pub(crate) call: for<'s> fn(&'s Service) -> LocalBoxFuture<'s, Answer>,
    /// Returns the breaker that admits its calls.
    pub(crate) admits: fn() -> CircuitBreaker,
    /// Runs before the first call.
    pub(crate) prepare: fn(&CircuitBreaker),
}

impl Layered {
    /// Returns the layer's name.
    pub(crate) fn layer(&self) -> &'static str {
        self.breaker.name().rsplit("::").next().expect("a name has a last part")
    }

    /// Begins a scene of its own.
    pub(crate) fn scene(&self, script: impl IntoIterator<Item = Step>) -> Scene {
        let scene = Scene::new(self.breaker, script);
        (self.prepare)(self.breaker);
        scene
    }

    /// Makes one call, and returns its answer as the scene shows it, without its time.
    pub(crate) async fn answer(&self, scene: &Scene) -> String {
        let call = scene.gets((self.call)(scene.service()));
        let ended = tokio::time::timeout(Duration::from_hours(1), call).await;
        assert!(ended.is_ok(), "{} hangs", self.breaker.name());
        let answers = scene.answers();
        let last = answers.split(" | ").next().and_then(|all| all.rsplit(", ").next());
        last.and_then(|last| last.split(" @").next()).unwrap_or_default().to_owned()
    }

    pub(crate) fn state(&self) -> State {
        (self.admits)().state()
    }

    /// Returns whether calls run that would be rejected.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.layer() == "dry_run"
    }

    /// Asserts the answer to a call that the breaker rejects, when this run of the body was the last one
    /// that worked.
    pub(crate) fn assert_rejected(&self, answer: &str, last_good: u32) {
        let is_expected = match self.layer() {
            "fallback" | "rejection" => answer == "fallback",
            "memory" => answer == format!("run {last_good}"),
            "dry_run" => answer.starts_with("run "),
            _ => ["Open", "HalfOpen"].contains(&answer),
        };
        assert!(is_expected, "{}: {answer}", self.breaker.name());
    }
}

thread_local! {
    static PLAYED: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Compares all that was seen of a scene with the same scene of the function that has its options in
/// the other order.
pub(crate) fn assert_same_in_any_order(layered: &Layered, scene: &Scene) {
    let name = layered.breaker.name().replace("::swapped", "");
    let seen = format!("{} | {}", scene.seen(), layered.breaker.snapshot().totals);
    PLAYED.with_borrow_mut(|played| match played.iter().find(|(of, _)| *of == name) {
        Some((_, before)) => assert_eq!(*before, seen, "{name}"),
        None => played.push((name, seen)),
    });
}

pub(crate) fn observe(breaker: &CircuitBreaker) {
    breaker.observe();
}

/// Prepares nothing.
pub(crate) fn nothing(_: &CircuitBreaker) {}

/// Sends the commands of an operator, which leave the breaker as it was.
pub(crate) fn commands(breaker: &CircuitBreaker) {
    breaker.trip();
    breaker.reset();
    breaker.force_open();
    breaker.force_closed();
    breaker.automatic();
}

/// Makes a function of one shape with these options.
macro_rules! layered {
    (function $name:ident {$($options:tt)*} $prepare:ident) => {{
        #[circuit_breaker($($options)*)]
        async fn $name(service: &Service) -> Answer {
            service.run().await
        }
        Layered {
            breaker: breaker_of($name),
            call: |service| Box::pin($name(service)),
            admits: || breaker_of($name).clone(),
            prepare: $crate::layers::$prepare,
        }
    }};
    // With a breaker for each key, called for one key.
    ((keyed by $host:ident) $name:ident {$($options:tt)*} $prepare:ident) => {{
        #[circuit_breaker($($options)*)]
        async fn $name(service: &Service, $host: &str) -> Answer {
            assert_eq!($host, "eu");
            service.run().await
        }
        Layered {
            breaker: breaker_of($name),
            call: |service| Box::pin($name(service, "eu")),
            admits: || breaker_runtime::keyed_breakers_of($name).get("eu"),
            prepare: $crate::layers::$prepare,
        }
    }};
    // Two functions with one breaker, called in turn.
    (one_of_two $name:ident {$($options:tt)*} $prepare:ident) => {{
        breaker_runtime::declare! {
            #[allow(non_upper_case_globals, reason = "the name is that of the layer")]
            static $name: $($options)*
        }
        #[circuit_breaker(breaker = $name)]
        async fn load(service: &Service) -> Answer {
            service.run().await
        }
        #[circuit_breaker(breaker = $name)]
        async fn save(service: &Service) -> Answer {
            service.run().await
        }
        Layered {
            breaker: breaker_of(load),
            call: |service| {
                if service.runs() % 2 == 0 { Box::pin(load(service)) } else { Box::pin(save(service)) }
            },
            admits: || breaker_of(save).clone(),
            prepare: $crate::layers::$prepare,
        }
    }};
    // A stream of one item, which a call reads to its end.
    (stream $name:ident {$($options:tt)*} $prepare:ident) => {{
        #[circuit_breaker($($options)*)]
        fn $name(service: &Service) -> impl futures::Stream<Item = Answer> {
            futures::stream::once(service.run())
        }
        Layered {
            breaker: breaker_of($name),
            call: |service| {
                Box::pin(async move {
                    let items: Vec<_> = futures::StreamExt::collect($name(service)).await;
                    assert_eq!(items.len(), 1, "of `{}`", stringify!($name));
                    items[0]
                })
            },
            admits: || breaker_of($name).clone(),
            prepare: $crate::layers::$prepare,
        }
    }};
}

macro_rules! own_options_first {
    ($shape:tt $name:ident [$($own:tt)*] [$($layer:tt)*] $prepare:ident) => {
        layered!($shape $name {$($own)*, failure_threshold = 1, timeout = "30s", $($layer)*} $prepare)
    };
}

macro_rules! own_options_last {
    ($shape:tt $name:ident [$($own:tt)*] [$($layer:tt)*] $prepare:ident) => {{
        mod swapped {
            use super::*;

            pub(super) fn function() -> Layered {
                layered!($shape $name {timeout = "30s", $($layer)* failure_threshold = 1, $($own)*} $prepare)
            }
        }
        swapped::function()
    }};
}

/// Lists the layers that any function can have, and those that a test adds. A layer ends in a comma.
macro_rules! rows {
    ($make:ident $own:tt $($shape:tt $more:ident [$($layer:tt)*])*) => {
        vec![
            $make!(function slow $own [slow_call = "1m",] nothing),
            $make!(function attempt $own [call_timeout = "1m",] nothing),
            $make!(function bulkhead $own [max_concurrent = 1,] nothing),
            $make!(function queue $own [max_concurrent = 1, max_wait = "1s",] nothing),
            $make!(
                function retry $own [retry(attempts = 3, backoff = "1s", jitter = false, budget = 1.0),]
                nothing
            ),
            $make!(function fallback $own [fallback = fall_back,] nothing),
            $make!(function rejection $own [fallback = fall_back, fallback_on = "rejection",] nothing),
            $make!(function memory $own [last_good(key = (), max_age = "10m"),] nothing),
            $make!(function ignore $own [ignore_if = is_missing,] nothing),
            $make!(function fail $own [failure_if = Result::is_err,] nothing),
            $make!(function exclude $own [exclude = breaker_tests::scripted::Trouble::Missing,] nothing),
            $make!(function classify $own [classify,] nothing),
            $make!(function rate $own [failure_rate = 0.9,] nothing),
            $make!(function rate_of_time $own [failure_rate = 0.9, window = "10s",] nothing),
            $make!(function ramp $own [ramp = "1s",] nothing),
            $make!(function throttle $own [throttle,] nothing),
            $make!(function fleet $own [shared,] nothing),
            $make!(function dry_run $own [] observe),
            $make!(function operated $own [] commands),
            $make!((keyed by host) key $own [key = host,] nothing),
            $($make!($shape $more $own [$($layer)*] nothing),)*
        ]
    };
}

/// Makes a function for each other layer and each order of the options: `with_each_layer!([own]
/// function name [options,])`, with the layers that the test adds. Its module has the functions, so it
/// is used once in a module.
macro_rules! with_each_layer {
    ($own:tt $($more:tt)*) => {{
        let mut all = rows!(own_options_first $own $($more)*);
        all.extend(rows!(own_options_last $own $($more)*));
        all
    }};
}

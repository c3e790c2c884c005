//! Everything that users hold can be captured by `catch_unwind`, by value and by reference.

use std::future::Ready;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};

use breaker_runtime::{
    Aged, BreakerError, BulkheadCounts, CallAsync, CallError, CircuitBreaker, CircuitBreakerBuilder,
    Config, ConfigError, ConfigUpdate, ConfigureReport, ErrorKind, Event, Key, KeyRef, KeyedBreakers,
    KeyedBuilder, ManualClock, Mode, MonotonicClock, NameClash, Outcome, OwnedPermit, Permit, Reason,
    SettingValue, Settings, SettingsError, SettingsIssue, Snapshot, State, Subscription, Throttle,
    Totals, Window, WindowCounts,
};

const fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    is_unwind_safe::<CircuitBreaker>();
    is_unwind_safe::<(Permit<'static>, OwnedPermit)>();
    is_unwind_safe::<KeyedBreakers>();
    is_unwind_safe::<Subscription>();
    is_unwind_safe::<CircuitBreakerBuilder>();
    is_unwind_safe::<KeyedBuilder>();
    is_unwind_safe::<CallAsync<'static, fn() -> Ready<Result<(), ()>>, Ready<Result<(), ()>>>>();
    is_unwind_safe::<ManualClock>();
    is_unwind_safe::<MonotonicClock>();
    is_unwind_safe::<(BreakerError, CallError<()>, ErrorKind, ConfigError)>();
    is_unwind_safe::<(Config, ConfigUpdate, Throttle, Window)>();
    is_unwind_safe::<(Snapshot, State, Mode, Totals, WindowCounts, BulkheadCounts)>();
    is_unwind_safe::<(Event, Reason, Outcome, Key, KeyRef<'static>, NameClash, Aged<()>)>();
    is_unwind_safe::<(Settings, SettingValue, SettingsError, SettingsIssue, ConfigureReport)>();
};

#[cfg(feature = "tower")]
const _: () = {
    use breaker_runtime::tower::{CircuitBreakerLayer, CircuitBreakerService};

    is_unwind_safe::<CircuitBreakerLayer>();
    is_unwind_safe::<CircuitBreakerService<()>>();
};

#[cfg(feature = "test-util")]
const _: () = is_unwind_safe::<breaker_runtime::testing::Isolation>();

#[test]
fn breaker_captured_by_catch_unwind_counts_the_panic_and_goes_on() {
    let breaker = CircuitBreaker::builder("caught").failure_threshold(1).build().expect("sound options");
    let panicked = catch_unwind(|| breaker.call(|| -> Result<(), ()> { panic!("expected") }));
    assert!(panicked.is_err());
    assert_eq!(breaker.state(), State::Open);
    let kept = breaker.clone();
    catch_unwind(move || kept.reset()).expect("no panic");
    assert_eq!(breaker.state(), State::Closed);
}

//! The auto traits of the public types. A field that removes one, such as an `Rc` or a bare `dyn Fn`, is
//! a breaking change that no other test detects.

use std::future::Ready;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};

use breaker_runtime::classify::{Class, Classify, RetryAfter};
use breaker_runtime::{
    Aged, BreakerError, BulkheadCounts, CallAsync, CallError, CallResult, CircuitBreaker,
    CircuitBreakerBuilder, Config, ConfigError, ConfigIssue, ConfigUpdate, ConfigureReport,
    DegradedBreaker, ErrorKind, Event, Finding, FindingKind, Health, HealthStatus, Key, KeyCounts,
    KeyRef, KeyedBreakers, KeyedBuilder, ManualClock, Mode, MonotonicClock, NameClash, OpenAnswers,
    OptionInForce, OptionOrigin, Outcome, Outlier, OwnedPermit, ParseWordError, Permit, PingStatus,
    Reason, RecordedCall, SettingValue, Settings, SettingsError, SettingsIssue, Snapshot, State,
    Subscription, SuccessSlice, Throttle, Totals, TripCondition, TripDistance, TripReport, TripRule,
    Window, WindowCounts,
};
use breaker_runtime::{Cause, Clock, EventStream, ModeOverride, Operator, Quorum, SharedGroup};

/// Checks a type without user code: it may move to another thread, be shared, and be captured by
/// `catch_unwind`, by value and by reference.
const fn has_all<T: Send + Sync + UnwindSafe + RefUnwindSafe + Unpin>() {}

/// Checks a type that is `Send` if the user's value in it is.
#[cfg(feature = "stream")]
const fn is_send<T: Send>() {}

/// These traits can be objects.
const _: fn(&dyn Clock, &dyn Cause, &dyn Classify, &dyn RetryAfter) = |_, _, _, _| ();

type Call = fn() -> Ready<Result<(), ()>>;

const _: () = {
    has_all::<CircuitBreaker>();
    has_all::<CircuitBreakerBuilder>();
    has_all::<ConfigError>();
    has_all::<ConfigIssue>();
    has_all::<Permit<'static>>();
    has_all::<OwnedPermit>();
    has_all::<CallAsync<'static, Call, Ready<Result<(), ()>>>>();
    has_all::<Subscription>();
    has_all::<KeyedBreakers>();
    has_all::<KeyedBuilder>();
    has_all::<Key>();
    has_all::<KeyRef<'static>>();
    has_all::<ManualClock>();
    has_all::<MonotonicClock>();
    has_all::<BreakerError>();
    has_all::<CallError<()>>();
    has_all::<ErrorKind>();
    has_all::<Outcome>();
    has_all::<Class>();
    has_all::<Config>();
    has_all::<ConfigUpdate>();
    has_all::<Quorum>();
    has_all::<SharedGroup>();
    has_all::<Throttle>();
    has_all::<Window>();
    has_all::<Finding>();
    has_all::<Outlier>();
    has_all::<FindingKind>();
    #[cfg(feature = "inject")]
    {
        use breaker_runtime::inject;
        has_all::<inject::BreakerReport>();
        has_all::<inject::GameDay>();
        has_all::<inject::GameDayEnd>();
        has_all::<inject::GameDayEvent>();
        has_all::<inject::GameDayReport>();
        has_all::<inject::GameDaySubscription>();
        has_all::<inject::GameDayTrip>();
        has_all::<inject::InjectedBreaker>();
        has_all::<inject::InjectedCounts>();
        has_all::<inject::Injection>();
    }
    has_all::<Snapshot>();
    #[cfg(feature = "shadow")]
    has_all::<breaker_runtime::ShadowOptions>();
    #[cfg(feature = "shadow")]
    has_all::<breaker_runtime::ShadowStatus>();
    #[cfg(feature = "shadow")]
    has_all::<breaker_runtime::ShadowTrip>();
    has_all::<State>();
    has_all::<ParseWordError>();
    has_all::<Mode>();
    has_all::<Totals>();
    has_all::<WindowCounts>();
    has_all::<BulkheadCounts>();
    has_all::<PingStatus>();
    has_all::<KeyCounts>();
    has_all::<Health>();
    has_all::<HealthStatus>();
    has_all::<DegradedBreaker>();
    has_all::<Event>();
    has_all::<Operator>();
    has_all::<EventStream>();
    has_all::<ModeOverride>();
    has_all::<TripReport>();
    has_all::<SuccessSlice>();
    #[cfg(feature = "latency")]
    {
        use breaker_runtime::{Latency, RecentLatency};

        has_all::<Latency>();
        has_all::<RecentLatency>();
    }
    #[cfg(feature = "metrics")]
    has_all::<breaker_runtime::metrics::BreakerCollector>();
    has_all::<TripDistance>();
    has_all::<TripRule>();
    has_all::<TripCondition>();
    has_all::<RecordedCall>();
    has_all::<CallResult>();
    has_all::<OptionInForce>();
    has_all::<OptionOrigin>();
    has_all::<OpenAnswers>();
    has_all::<Reason>();
    has_all::<NameClash>();
    has_all::<Aged<()>>();
    has_all::<Settings>();
    has_all::<SettingValue>();
    has_all::<SettingsError>();
    has_all::<SettingsIssue>();
    has_all::<ConfigureReport>();
};

#[cfg(feature = "record")]
const _: () = {
    use breaker_runtime::lab::{Destination, RecordError, Recording, RecordingOptions, RecordingStats};

    const fn is_sent<T: Send>() {}
    const fn is_shared<T: Send + Sync>() {}

    has_all::<Recording>();
    has_all::<RecordingOptions>();
    has_all::<RecordingStats>();
    // It holds the writer of the user.
    is_sent::<Destination>();
    is_shared::<RecordError>();
};

#[cfg(feature = "test-util")]
const _: () = has_all::<breaker_runtime::testing::Isolation>();

#[cfg(feature = "stream")]
const _: () = {
    use breaker_runtime::stream::CallStream;
    use futures::stream::Empty;

    type Stream = Empty<Result<(), ()>>;

    is_send::<CallStream<fn() -> Stream, Stream>>();
};

#[cfg(all(feature = "http-body", feature = "axum"))]
const _: () = is_send::<breaker_runtime::stream::GuardedBody<axum::body::Body>>();

#[cfg(feature = "dashboard")]
const _: () = has_all::<breaker_runtime::dashboard::Dashboard>();

#[cfg(feature = "tower")]
mod tower {
    use std::future::Ready;

    use breaker_runtime::tower::{
        AsCallError, AsError, AsResponse, CircuitBreakerLayer, CircuitBreakerService, ClassFails,
        ClassIgnored, ErrFails, KeySelector, LayerPolicy, MayWait, NeverWaits, NoPredicate,
        ResponseFuture, ResultClassifier, Whole,
    };
    use tower::util::ServiceFn;

    use super::has_all;

    type Service = ServiceFn<fn(u32) -> Ready<Result<(), ()>>>;

    /// It holds the waiting call in a box, which need not be unwind-safe.
    const fn is_shared<T: Send + Sync>() {}

    const _: () = {
        has_all::<CircuitBreakerLayer>();
        has_all::<CircuitBreakerService<()>>();
        has_all::<KeySelector<()>>();
        has_all::<LayerPolicy>();
        has_all::<ResultClassifier>();
        has_all::<ErrFails>();
        has_all::<ClassFails<()>>();
        has_all::<ClassIgnored<()>>();
        has_all::<NoPredicate>();
        has_all::<AsCallError>();
        has_all::<AsError<()>>();
        has_all::<AsResponse<()>>();
        has_all::<MayWait>();
        has_all::<NeverWaits>();
        has_all::<Whole>();
        is_shared::<ResponseFuture<Service, u32, ResultClassifier, AsCallError, Whole>>();
    };

    #[cfg(feature = "http-body")]
    const _: () = {
        use breaker_runtime::tower::{Streamed, StreamedLayer, StreamedService};

        has_all::<Streamed>();
        has_all::<StreamedLayer>();
        has_all::<StreamedService<()>>();
    };
}

const _: () = {
    use breaker_runtime::classify::via::{Answer, Both, Error, Itself};

    has_all::<Answer>();
    has_all::<Both>();
    has_all::<Error>();
    has_all::<Itself>();
};

#[cfg(feature = "reqwest-middleware")]
const _: () = {
    /// It holds the user's functions, which need not be unwind-safe.
    const fn is_shared<T: Send + Sync + Unpin>() {}

    is_shared::<breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware>();
};

/// The traits among the re-exports of the crate and of its modules, and names for other types.
const NO_TYPES: [&str; 15] = [
    "BodyError",
    "BreakerKey",
    "ClassClassifier",
    "Cause",
    "Clock",
    "HasClass",
    "KeyOf",
    "Predicate",
    "ReadyPolicy",
    "RejectionHandler",
    "ResponseForm",
    "ProbeResult",
    "SelectBreaker",
    "StreamLimits",
    "WaitOf",
];

/// The files with the re-exports of the crate and of its modules.
const EXPORTS: [&str; 5] = [
    include_str!("../../src/lib.rs"),
    include_str!("../../src/integrations/classify/mod.rs"),
    include_str!("../../src/integrations/reqwest_middleware/mod.rs"),
    include_str!("../../src/integrations/tower/mod.rs"),
    include_str!("../../src/stream/mod.rs"),
];

/// Each public type must be asserted above.
#[test]
fn every_public_type_that_is_exported_is_asserted() {
    let exports = EXPORTS.iter().flat_map(|text| text.split("\npub use ").skip(1));
    let names: Vec<_> = exports
        .filter_map(|export| export.split(';').next())
        .flat_map(|export| export.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .filter(|name| name.starts_with(char::is_uppercase) && !NO_TYPES.contains(name))
        .collect();
    assert!(names.len() > 50, "the re-exports have moved: {names:?}");
    let this = include_str!("auto_traits.rs");
    for name in names {
        let asserted = ["has_all", "is_send", "is_shared"].iter().any(|check| {
            this.lines().any(|line| {
                let line = line.split_once(&format!("{check}::<")).map(|(_, types)| types);
                let named = line.and_then(|types| types.split(['<', '>', ',']).next());
                named.is_some_and(|path| path.rsplit("::").next() == Some(name))
            })
        });
        assert!(asserted, "assert the auto traits of {name}");
    }
}

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

/// The connection holds listeners of the user, which may not be unwind safe.
#[cfg(feature = "redis")]
const _: () = {
    use breaker_runtime::fleet::{
        Fleet, FleetError, FleetErrorKind, FleetEvent, FleetGroup, FleetMember, FleetOpenCause,
        FleetOptions, FleetPhase, FleetProber, FleetReachability, FleetStatus, FleetSubscription,
    };

    const fn is_shared<T: Send + Sync + Unpin>() {}

    is_shared::<Fleet>();
    is_shared::<FleetSubscription>();
    has_all::<FleetError>();
    has_all::<FleetErrorKind>();
    has_all::<FleetEvent>();
    has_all::<FleetGroup>();
    has_all::<FleetMember>();
    has_all::<FleetOpenCause>();
    has_all::<FleetOptions>();
    has_all::<FleetPhase>();
    has_all::<FleetProber>();
    has_all::<FleetReachability>();
    has_all::<FleetStatus>();
};

#[cfg(feature = "record")]
const _: () = {
    use breaker_runtime::lab::recording::{
        CallOutcome, Header, Line, LoggedCall, Reader, RecordingError, Writer,
    };

    has_all::<CallOutcome>();
    has_all::<Header>();
    has_all::<Line>();
    has_all::<LoggedCall>();
    has_all::<Reader<&[u8]>>();
    has_all::<RecordingError>();
    has_all::<Writer<Vec<u8>>>();
};

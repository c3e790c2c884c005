//! One breaker in full: trip reports, options with their origin, totals.

use arc_swap::ArcSwap;
use serde::Serialize;
use serde_json::Value;

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::epoch_millis;
use crate::observe::dashboard::fleet::views::FleetGroupView;
use crate::registry::breakers;
use crate::types::snapshot::Snapshot;
use crate::types::totals::Totals;
use crate::types::trip::{OptionInForce, OptionOrigin, TripReport};

/// The body of `/breakers/{name}`.
#[derive(Debug, Serialize)]
pub(super) struct DetailView {
    pub(super) breaker: Value,
    /// Newest first.
    pub(super) reports: Vec<Value>,
    pub(super) settings: Vec<SettingView>,
    pub(super) totals: Totals,
    /// The differences to its shadow, if it has one.
    pub(super) shadow: Option<Value>,
    /// The group of processes that share it.
    pub(super) group: Option<FleetGroupView>,
}

/// An option in force.
#[derive(Debug, Serialize)]
pub(super) struct SettingView {
    option: &'static str,
    value: String,
    origin: &'static str,
    /// When the option was last changed at run time, in milliseconds since the Unix epoch.
    changed: Option<u64>,
}

impl DetailView {
    /// Reads a breaker in full; `view` is what the list shows of it, `group` its group in the fleet.
    pub(super) fn new(breaker: &CircuitBreaker, view: Value, group: Option<FleetGroupView>) -> Self {
        let snapshot = breaker.snapshot();
        Self {
            breaker: view,
            reports: breaker.trips().iter().rev().map(report).collect(),
            settings: options_in_force(breaker),
            shadow: shadow(&snapshot),
            totals: snapshot.totals,
            group,
        }
    }
}

impl SettingView {
    fn new(OptionInForce { name, value, origin, .. }: OptionInForce, changed: Option<u64>) -> Self {
        let origin = match origin {
            OptionOrigin::Default => "default",
            OptionOrigin::Code => "code",
            OptionOrigin::Settings => "settings file",
            OptionOrigin::Reconfigure => "run time",
        };
        Self { option: name, value, origin, changed }
    }
}

/// Finds a breaker by its name, and by the text of its key.
pub(super) fn find(name: &str, key: Option<&str>) -> Option<CircuitBreaker> {
    let breaker = breakers().find(|breaker| breaker.key().is_none() && breaker.name() == name)?;
    let Some(key) = key else { return Some(breaker) };
    breaker.keyed()?.iter().find(|breaker| breaker.key().is_some_and(|own| own.to_string() == key))
}

#[cfg(feature = "shadow")]
fn shadow(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.shadow()?).ok()
}

#[cfg(not(feature = "shadow"))]
fn shadow(_: &Snapshot) -> Option<Value> {
    None
}

fn report(report: &TripReport) -> Value {
    // A report has no part that could fail to be serialised.
    let mut value = serde_json::to_value(report).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.insert("summary".to_owned(), report.summary().to_string().into());
    }
    value
}

fn options_in_force(breaker: &CircuitBreaker) -> Vec<SettingView> {
    let inner = breaker.inner();
    let changed = inner.changed.get().map(ArcSwap::load_full);
    let by_settings = changed.as_ref().and_then(|changed| changed.by_settings);
    let config = changed.as_ref().map_or(inner.own.config, |changed| changed.settings.config);
    let options = config.in_force(&inner.own.config, by_settings.as_ref());
    let set = |option: OptionInForce| {
        let at = changed.as_ref().and_then(|changed| changed.times.of(option.name));
        let at = at.map(|at| epoch_millis(inner.time.system_time(inner.time.reading(at))));
        SettingView::new(option, at)
    };
    options.into_iter().map(set).collect()
}

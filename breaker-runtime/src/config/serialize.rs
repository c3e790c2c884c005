//! [`Config`] for `serde`, in the form of an entry of [`Settings`](crate::Settings).

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::config::kind::{from_field, to_field};
use crate::config::table::policy_options;
use crate::config::{Config, Quorum, SharedGroup, Throttle, Window, list};
use crate::time::duration;

/// A length of time as a text: `"1.5 s"`.
struct Length(Duration);

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&duration::shown(self.0))
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Length;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a length of time, such as \"30s\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                duration::parse(text).map(Length).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl From<Length> for Duration {
    fn from(Length(length): Length) -> Self {
        length
    }
}

impl From<Duration> for Length {
    fn from(length: Duration) -> Self {
        Self(length)
    }
}

/// A window as a number of calls, or as a span.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum WindowForm {
    Calls(u32),
    Span(Length),
}

impl From<WindowForm> for Window {
    fn from(form: WindowForm) -> Self {
        match form {
            WindowForm::Calls(calls) => Self::Calls(calls),
            WindowForm::Span(Length(span)) => Self::Span(span),
        }
    }
}

impl From<Window> for WindowForm {
    fn from(window: Window) -> Self {
        match window {
            Window::Calls(calls) => Self::Calls(calls),
            Window::Span(span) => Self::Span(Length(span)),
        }
    }
}

/// The parts of `throttle`.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrottleForm {
    k: f64,
    window: Length,
}

impl From<ThrottleForm> for Throttle {
    fn from(ThrottleForm { k, window: Length(window) }: ThrottleForm) -> Self {
        Self { k, window }
    }
}

impl From<Throttle> for ThrottleForm {
    fn from(Throttle { k, window }: Throttle) -> Self {
        Self { k, window: Length(window) }
    }
}

/// A group as its name, or as `true` for that of the breaker.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum GroupForm {
    OfName(True),
    Named(String),
}

/// The flag `true`.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(try_from = "bool", into = "bool")]
#[derive(Clone)]
struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(flag: bool) -> Result<Self, Self::Error> {
        flag.then_some(Self).ok_or("a group is `true` or a text")
    }
}

impl From<True> for bool {
    fn from(_: True) -> Self {
        true
    }
}

impl From<GroupForm> for SharedGroup {
    fn from(form: GroupForm) -> Self {
        match form {
            GroupForm::OfName(True) => Self::OfName,
            GroupForm::Named(name) => name.into(),
        }
    }
}

impl From<SharedGroup> for GroupForm {
    fn from(group: SharedGroup) -> Self {
        match group {
            SharedGroup::OfName => Self::OfName(True),
            SharedGroup::Named(name) => Self::Named(name.to_owned()),
        }
    }
}

/// A quorum as a number of processes, or as a share.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum QuorumForm {
    Processes(u32),
    Share(f64),
}

impl From<QuorumForm> for Quorum {
    fn from(form: QuorumForm) -> Self {
        match form {
            QuorumForm::Processes(processes) => Self::Processes(processes),
            QuorumForm::Share(share) => Self::Share(share),
        }
    }
}

impl From<Quorum> for QuorumForm {
    fn from(quorum: Quorum) -> Self {
        match quorum {
            Quorum::Processes(processes) => Self::Processes(processes),
            Quorum::Share(share) => Self::Share(share),
        }
    }
}

/// A number that can be switched off, as the number or as `"off"`.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum SwitchForm {
    On(u32),
    Off(Off),
}

/// The text `"off"`.
#[derive(serde::Serialize, serde::Deserialize)]
enum Off {
    #[serde(rename = "off")]
    Off,
}

impl From<SwitchForm> for Option<u32> {
    fn from(form: SwitchForm) -> Self {
        match form {
            SwitchForm::On(number) => Some(number),
            SwitchForm::Off(Off::Off) => None,
        }
    }
}

impl From<Option<u32>> for SwitchForm {
    fn from(number: Option<u32>) -> Self {
        number.map_or(Self::Off(Off::Off), Self::On)
    }
}

/// Expands to the form of an option.
macro_rules! form_of {
    (switchable count) => {
        SwitchForm
    };
    ($storage:ident $kind:ident) => {
        form!($kind)
    };
}

/// Expands to an `Option` with the value that is serialised for a field.
macro_rules! to_form {
    ((switchable $kind:ident in $range:ident), $field:expr) => {
        Some($field)
    };
    ($value:tt, $field:expr) => {
        from_field!($value, $field)
    };
}

/// Expands to the field of a deserialised value.
macro_rules! from_form {
    ((switchable $kind:ident in $range:ident), $value:expr) => {
        $value
    };
    ($value:tt, $field:expr) => {
        to_field!($value, $field)
    };
}

/// Expands to the form of a kind of value.
macro_rules! form {
    (count) => {
        u32
    };
    (share) => {
        f64
    };
    (decimal) => {
        f64
    };
    (flag) => {
        bool
    };
    (length) => {
        Length
    };
    (window) => {
        WindowForm
    };
    (throttle) => {
        ThrottleForm
    };
    (group) => {
        GroupForm
    };
    (quorum) => {
        QuorumForm
    };
}

macro_rules! define_form {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, get: $get:tt,
        off: $off:tt, needs: $needs:tt, fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        /// The options that are set.
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(rename = "Config", deny_unknown_fields)]
        struct Form {
            $(
                #[serde(default, skip_serializing_if = "Option::is_none")]
                $name: Option<form_of!($storage $kind)>,
            )*
        }

        impl From<&Config> for Form {
            fn from(config: &Config) -> Self {
                Self {
                    $($name: to_form!(($storage $kind in $range), config.$name)
                        .filter(|_| config.$name != Config::DEFAULT.$name)
                        .map(Into::into),)*
                }
            }
        }

        impl From<Form> for Config {
            fn from(form: Form) -> Self {
                let mut config = Self::DEFAULT;
                $(if let Some(value) = form.$name {
                    config.$name = from_form!(($storage $kind in $range), value.into());
                })*
                config
            }
        }
    };
}

policy_options! { [define_form] }

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Form::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let config = Self::from(Form::deserialize(deserializer)?);
        let mut issues = config.check();
        // A configuration that a breaker has may hold options without effect.
        issues.retain(|issue| issue.fault != crate::config::Fault::Inert);
        if issues.is_empty() { Ok(config) } else { Err(de::Error::custom(list(&issues))) }
    }
}

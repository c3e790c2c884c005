//! A line as JSON: [`RawLine`]. Texts without escapes are borrowed from the line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use crate::lab::recording::{CallOutcome, MAX_TEXT, MAX_TIME, VERSION};

/// All fields that a line can have.
#[derive(Debug, serde::Deserialize)]
struct RawLine<'l> {
    t: Option<u64>,
    #[serde(default)]
    d: u64,
    o: Option<CallOutcome>,
    #[serde(borrow)]
    f: Option<RawText<'l>>,
    #[serde(borrow)]
    k: Option<RawText<'l>>,
    #[serde(default = "one")]
    a: u32,
    #[serde(default = "one_call")]
    n: u64,
    dropped: Option<u64>,
    breaker_recording: Option<u32>,
    started: Option<RawText<'l>>,
    #[serde(default = "whole")]
    sample: f64,
}

fn one() -> u32 {
    1
}

fn one_call() -> u64 {
    1
}

fn whole() -> f64 {
    1.0
}

/// A text that borrows from the line if it can: `Option<Cow<str>>` would always copy.
#[derive(Debug)]
struct RawText<'l>(Cow<'l, str>);

impl<'de: 'l, 'l> Deserialize<'de> for RawText<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawTextVisitor;

        impl<'de> Visitor<'de> for RawTextVisitor {
            type Value = RawText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<RawText<'de>, E> {
                Ok(RawText(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<RawText<'de>, E> {
                Ok(RawText(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(RawTextVisitor)
    }
}

/// A line with checked values; times in ns.
#[derive(Debug)]
pub(crate) enum ParsedLine<'l> {
    Header { started: Cow<'l, str>, sample: f64 },
    Call(ParsedCall<'l>),
    Dropped { at: u64, calls: u64 },
}

/// A call with checked values.
#[derive(Debug)]
pub(crate) struct ParsedCall<'l> {
    pub(crate) start: u64,
    /// `start + took` is at most [`MAX_TIME`].
    pub(crate) took: u64,
    pub(crate) outcome: CallOutcome,
    pub(crate) breaker: Cow<'l, str>,
    pub(crate) key: Option<Cow<'l, str>>,
    pub(crate) attempt: u32,
    pub(crate) count: u64,
}

/// Parses a line without its end.
///
/// # Errors
///
/// With what is wrong, without the number of the line.
pub(crate) fn parse(line: &[u8]) -> Result<ParsedLine<'_>, String> {
    let raw: RawLine<'_> =
        serde_json::from_slice(line).map_err(|error| format!("no line of a recording: {error}"))?;
    if let Some(version) = raw.breaker_recording {
        return header(version, raw);
    }
    let at = raw.t.ok_or("`t` is missing; it is the start of the call in ns")?;
    if at.checked_add(raw.d).is_none_or(|end| end > MAX_TIME) {
        return Err(format!("`t` and `d` are {at} and {}; their sum is at most {MAX_TIME}", raw.d));
    }
    if let Some(calls) = raw.dropped {
        return Ok(ParsedLine::Dropped { at, calls });
    }
    let breaker = raw.f.ok_or("`f` is missing; it is the name of the breaker")?.0;
    if breaker.trim().is_empty() || breaker.len() > MAX_TEXT {
        return Err(format!(
            "`f` has {} bytes; a name has 1 to {MAX_TEXT}, not all blank",
            breaker.len()
        ));
    }
    let key = raw.k.map(|key| key.0);
    if let Some(key) = key.as_ref().filter(|key| key.len() > MAX_TEXT) {
        return Err(format!("`k` has {} bytes; a key has at most {MAX_TEXT}", key.len()));
    }
    let outcome = raw.o.ok_or("`o` is missing; it says how the call ended, such as \"success\"")?;
    if raw.a == 0 || raw.n == 0 {
        return Err(format!("`a` and `n` are {} and {}; both count from 1", raw.a, raw.n));
    }
    Ok(ParsedLine::Call(ParsedCall {
        start: at,
        took: raw.d,
        outcome,
        breaker,
        key,
        attempt: raw.a,
        count: raw.n,
    }))
}

fn header(version: u32, raw: RawLine<'_>) -> Result<ParsedLine<'_>, String> {
    if version != VERSION {
        return Err(format!("the recording has version {version}; this program reads {VERSION}"));
    }
    let started =
        raw.started.ok_or("`started` is missing; it is a time such as 2026-11-29T08:00:00Z")?.0;
    if !(raw.sample > 0.0 && raw.sample <= 1.0) {
        return Err(format!("`sample` is {}; it is above 0.0 and at most 1.0", raw.sample));
    }
    Ok(ParsedLine::Header { started, sample: raw.sample })
}

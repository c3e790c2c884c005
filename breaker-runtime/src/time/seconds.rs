//! Durations as numbers of seconds, for serde.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// Writes a duration as a number of seconds.
pub(crate) fn serialize<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    length.as_secs_f64().serialize(serializer)
}

/// Writes a wall-clock time as the number of seconds since the Unix epoch, negative before it.
pub(crate) fn since_epoch<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    };
    seconds.serialize(serializer)
}

/// Writes a wall-clock time as [`since_epoch`] does, or nothing.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn optional_since_epoch<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => since_epoch(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// Reads a wall-clock time from the number of seconds since the Unix epoch, or nothing.
#[cfg(any(feature = "inject", feature = "shadow"))]
pub(crate) fn read_optional_since_epoch<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SystemTime>, D::Error> {
    let seconds = Option::<f64>::deserialize(deserializer)?;
    let time = seconds.map(|seconds| Ok(UNIX_EPOCH.checked_add(read(seconds)?)));
    Ok(time.transpose()?.flatten())
}

/// Reads a wall-clock time from the number of seconds since the Unix epoch.
#[cfg(feature = "shadow")]
pub(crate) fn read_since_epoch<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    let since = read(f64::deserialize(deserializer)?)?;
    UNIX_EPOCH
        .checked_add(since)
        .ok_or_else(|| D::Error::custom("a time is out of range; write an earlier one"))
}

/// Reads a duration from a number of seconds.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    read(f64::deserialize(deserializer)?)
}

/// Returns a duration rounded to the microsecond, the precision of a breaker's time.
fn read<E: Error>(seconds: f64) -> Result<Duration, E> {
    let length = Duration::try_from_secs_f64(seconds).map_err(|_| {
        E::custom(format_args!("a duration is {seconds}; write a number of seconds from 0 on"))
    })?;
    let micros = length.subsec_nanos().saturating_add(500) / 1_000;
    Ok(Duration::from_secs(length.as_secs()).saturating_add(Duration::from_micros(micros.into())))
}

/// The same for a duration that may be missing.
pub(crate) mod optional {
    use std::time::Duration;

    use serde::de::{Deserialize, Deserializer};
    use serde::{Serialize, Serializer};

    /// Writes a duration, or nothing.
    #[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(
        length: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        length.map(|length| length.as_secs_f64()).serialize(serializer)
    }

    /// Reads a duration, or nothing.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<f64>::deserialize(deserializer)?.map(super::read).transpose()
    }
}

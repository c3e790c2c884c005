//! Access logs of nginx and Envoy, one line a call.
//!
//! - nginx: the format `combined` with `$request_time` as the last field of its own or as `rt=0.123`.
//!   The time is that of the end, to the second.
//! - Envoy: its default format. The time is that of the start, to the millisecond.
//!
//! A status from 500 on is a failure, and so is a call without one that the client has not given up;
//! one that the client gave up is cancelled. Any other status is a success: the dependency answered.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::lab::recording::CallOutcome;

/// A call in an access log; times in ns, the start since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccessedCall {
    pub(crate) start: u64,
    pub(crate) took: u64,
    pub(crate) outcome: CallOutcome,
}

const SECOND: u64 = 1_000_000_000;

/// Parses a line of nginx.
///
/// # Errors
///
/// With what is missing.
pub(crate) fn nginx(line: &str) -> Result<AccessedCall, String> {
    let (_, rest) = line.split_once('[').ok_or("no `[time]`; is this nginx's format `combined`?")?;
    let (time, rest) = rest.split_once(']').ok_or("no `]` after the time")?;
    let end = local_time(time).ok_or_else(|| format!("`{time}` is no time as in nginx's logs"))?;
    let rest = after_quoted(rest.trim_start()).ok_or("no `\"request\"` after the time")?;
    let status = rest.split_whitespace().next().unwrap_or_default();
    let outcome = match status_of(status)? {
        499 => CallOutcome::Cancelled,
        500.. => CallOutcome::Failure,
        _ => CallOutcome::Success,
    };
    let named = rest.split_whitespace().find_map(|field| field.strip_prefix("rt="));
    let last = || rest.rsplit(char::is_whitespace).next().filter(|field| !field.ends_with('"'));
    let took = named.or_else(last).map(|took| took.trim_matches('"')).and_then(seconds);
    let took = took.ok_or("no `$request_time` at the end; add it to `log_format`, such as 0.123")?;
    let start = end.checked_sub(took).ok_or("the call began before 1970")?;
    Ok(AccessedCall { start, took, outcome })
}

/// Parses a line of Envoy.
///
/// # Errors
///
/// With what is missing.
pub(crate) fn envoy(line: &str) -> Result<AccessedCall, String> {
    let rest =
        line.strip_prefix('[').ok_or("no `[time]` at the begin; is this Envoy's default format?")?;
    let (time, rest) = rest.split_once(']').ok_or("no `]` after the time")?;
    let start =
        humantime::parse_rfc3339(time).map_err(|error| format!("`{time}` is no time: {error}"))?;
    let start = since_epoch(start).ok_or("the call began before 1970 or after 2554")?;
    let rest = after_quoted(rest.trim_start()).ok_or("no `\"request\"` after the time")?;
    let fields: Vec<&str> = rest.split_whitespace().take(5).collect();
    let [status, flags, _, _, duration] = fields[..] else {
        return Err(
            "fewer than five fields after the request; is this Envoy's default format?".to_owned()
        );
    };
    let took = duration
        .parse::<u64>()
        .ok()
        .and_then(|millis| millis.checked_mul(1_000_000))
        .ok_or_else(|| format!("`{duration}` is no duration in ms"))?;
    let given_up = flags.split(',').any(|flag| flag == "DC");
    let outcome = match status_of(status)? {
        0 if given_up => CallOutcome::Cancelled,
        0 | 500.. => CallOutcome::Failure,
        _ => CallOutcome::Success,
    };
    Ok(AccessedCall { start, took, outcome })
}

/// Returns the rest after a text in quotes, in which `\"` is no end.
fn after_quoted(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    inside.get(end? + 1..)
}

fn status_of(text: &str) -> Result<u16, String> {
    let status = text.parse().ok().filter(|status| *status < 1_000);
    status.ok_or_else(|| format!("`{text}` is no status"))
}

/// Reads seconds with a fraction, in ns. Several values, one for each upstream, count as the last.
fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.parse().ok()?;
    let time = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(time.as_nanos()).ok().filter(|nanos| *nanos < 365 * 86_400 * SECOND)
}

pub(crate) fn since_epoch(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Reads a time such as `29/Nov/2026:08:00:00 +0000`, in ns since the Unix epoch.
fn local_time(text: &str) -> Option<u64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let (date, zone) = text.split_once(' ')?;
    let mut parts = date.split(['/', ':']);
    let mut next = || parts.next();
    let (day, month, year) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let month = MONTHS.find(month).filter(|at| at % 3 == 0 && month.len() == 3)? / 3 + 1;
    let utc = format!("{year:0>4}-{month:02}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}Z");
    let utc = since_epoch(humantime::parse_rfc3339(&utc).ok()?)?;
    let minutes = zone.get(1..3)?.parse::<u64>().ok()? * 60 + zone.get(3..5)?.parse::<u64>().ok()?;
    let offset = minutes * 60 * SECOND;
    if zone.starts_with('-') { utc.checked_add(offset) } else { utc.checked_sub(offset) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: u64 = 1_795_939_200 * SECOND;

    fn call(start: u64, took: u64, outcome: CallOutcome) -> AccessedCall {
        AccessedCall { start, took, outcome }
    }

    #[test]
    fn line_of_nginx_is_a_call_that_ended_at_its_time() {
        let line = |status: &str, rest: &str| {
            format!(
                "10.0.0.1 - - [29/Nov/2026:09:00:00 +0100] \"GET /\\\"a b HTTP/1.1\" {status} 612 \"-\" \"curl/8\" {rest}"
            )
        };
        let half = SECOND / 2;
        assert_eq!(nginx(&line("200", "0.500")), Ok(call(EIGHT - half, half, CallOutcome::Success)));
        assert_eq!(
            nginx(&line("503", "rt=0.5 uct=-")),
            Ok(call(EIGHT - half, half, CallOutcome::Failure))
        );
        assert_eq!(
            nginx(&line("499", "\"0.5\"")).map(|call| call.outcome),
            Err("no `$request_time` at the end; add it to `log_format`, such as 0.123".to_owned())
        );
        assert_eq!(nginx(&line("499", "0.5")), Ok(call(EIGHT - half, half, CallOutcome::Cancelled)));
        assert_eq!(nginx(&line("404", "0")), Ok(call(EIGHT, 0, CallOutcome::Success)));
    }

    #[test]
    fn line_of_envoy_is_a_call_that_began_at_its_time() {
        let line = |status: &str, flags: &str| {
            format!(
                "[2026-11-29T08:00:00.000Z] \"GET /status HTTP/2\" {status} {flags} 0 154 250 226 \
                 \"10.0.35.28\" \"curl\" \"cc21d9b0\" \"shop\" \"10.0.35.29:80\""
            )
        };
        let took = SECOND / 4;
        assert_eq!(envoy(&line("200", "-")), Ok(call(EIGHT, took, CallOutcome::Success)));
        assert_eq!(envoy(&line("503", "UF,URX")), Ok(call(EIGHT, took, CallOutcome::Failure)));
        assert_eq!(envoy(&line("0", "DC")), Ok(call(EIGHT, took, CallOutcome::Cancelled)));
        assert_eq!(envoy(&line("0", "-")), Ok(call(EIGHT, took, CallOutcome::Failure)));
    }

    #[test]
    fn line_that_is_no_access_is_an_error_with_advice() {
        for line in ["", "[", "[x]", "- [29/Nov/2026:08:00:00 +0000] \"GET", "- [29/Nov/2026:08:00:00"] {
            assert!(nginx(line).is_err() && envoy(line).is_err(), "{line}");
        }
        let combined =
            "1.1.1.1 - - [29/Nov/2026:08:00:00 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl\"";
        assert!(nginx(combined).is_err_and(|error| error.contains("$request_time")));
    }
}

//! Lengths of time as texts: `"30s"`, `"1m 30s"`, `"1.5s"`.

use std::fmt;
use std::time::Duration;

const EXAMPLE: &str = "write a number and a unit, such as \"30s\", \"250ms\" or \"1m 30s\"";

/// Nanoseconds in each unit.
const UNITS: [(&str, u128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("min", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
];

pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(format!("an empty text is no length of time; {EXAMPLE}"));
    }
    let mut nanos = 0_u128;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.' || c == '_');
        let (unit, after) = split(after.trim_start(), char::is_alphabetic);
        let Some(size) = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size) else {
            return Err(if number.is_empty() {
                format!("`{text}` is no length of time; {EXAMPLE}")
            } else if unit.is_empty() {
                format!("`{text}` has no unit; {EXAMPLE}")
            } else {
                format!("`{unit}` is no unit of time: use ns, us, ms, s, m, h or d")
            });
        };
        let part =
            scale(number, size).ok_or_else(|| format!("`{text}` is no length of time; {EXAMPLE}"))?;
        nanos = nanos.saturating_add(part);
        rest = after.trim_start();
    }
    let seconds = u64::try_from(nanos / 1_000_000_000)
        .map_err(|_| format!("`{text}` is longer than a `Duration` can be"))?;
    let nanos = u32::try_from(nanos % 1_000_000_000).unwrap_or_default();
    match Duration::new(seconds, nanos) {
        Duration::ZERO => Err("must be longer than zero".to_owned()),
        length => Ok(length),
    }
}

fn split(text: &str, of_first: impl Fn(char) -> bool) -> (&str, &str) {
    let at = text.find(|c| !of_first(c)).unwrap_or(text.len());
    text.split_at(at)
}

/// Multiplies a decimal number by a unit, exactly; returns `None` if it is no number. Fractions of a
/// nanosecond are dropped.
fn scale(number: &str, unit: u128) -> Option<u128> {
    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if whole.is_empty() || fraction.contains('.') || number.ends_with('.') {
        return None;
    }
    let mut nanos = whole.parse::<u128>().map_or(u128::MAX, |whole| whole.saturating_mul(unit));
    let mut weight = unit;
    for digit in fraction.chars() {
        weight /= 10;
        nanos = nanos.saturating_add(u128::from(digit.to_digit(10)?) * weight);
    }
    Some(nanos)
}

/// Returns what prints a length of time in the largest unit of which it is at least one: `1 s`,
/// `250 ms`, `1.5 s`.
///
/// The number is exact, or with a precision, as in `{:.1}`, rounded to that many decimals at most:
/// 999.97 ms is then `1 s`. The text is valid as the value of an option.
pub(crate) const fn shown(length: Duration) -> Shown {
    Shown(length)
}

/// A length of time that prints as [`shown`] says.
#[derive(Clone, Copy)]
pub(crate) struct Shown(Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u128 = 1_000_000_000;
        let unit_of = |nanos: u128| {
            let units = [("s", SECOND), ("ms", 1_000_000), ("\u{b5}s", 1_000), ("ns", 1)];
            units.into_iter().find(|(_, unit)| nanos >= *unit)
        };
        let nanos = self.0.as_nanos();
        let Some((_, unit)) = unit_of(nanos) else { return f.write_str("0 s") };
        let decimals = f.precision().map_or(9, |decimals| decimals.min(9));
        let step = (decimals..9).fold(unit, |step, _| step * 10) / SECOND;
        let rounded = (nanos + step / 2) / step.max(1) * step.max(1);
        let (name, unit) = unit_of(rounded).unwrap_or(("s", SECOND));
        let fraction = format!("{:09}", rounded % unit * (SECOND / unit));
        let digits = fraction.trim_end_matches('0');
        let point = if digits.is_empty() { "" } else { "." };
        write!(f, "{}{point}{digits} {name}", rounded / unit)
    }
}

/// Prints as `Display` does, for lists of values that print by `Debug`.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_time_with_a_unit_is_parsed() {
        for (text, millis) in [
            ("30s", 30_000),
            ("1m 30s", 90_000),
            ("1m30s", 90_000),
            ("1.5s", 1_500),
            ("0.25 s", 250),
            ("2h", 7_200_000),
            ("1_000ms", 1_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse("1.5us"), Ok(Duration::from_nanos(1_500)));
    }

    #[test]
    fn text_that_is_no_length_of_time_is_an_error_with_advice() {
        for (text, hint) in [
            ("", "empty"),
            ("30", "no unit"),
            ("s", "such as"),
            ("30 parsecs", "no unit of time"),
            ("1..5s", "such as"),
            (".5s", "such as"),
            ("-1s", "such as"),
            ("0ms", "longer than zero"),
            ("99999999999999999999999999999d", "longer than a `Duration`"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn shown_length_is_exact_and_parses_again() {
        for (nanos, text) in [
            (1, "1 ns"),
            (999, "999 ns"),
            (1_500, "1.5 \u{b5}s"),
            (250_000_000, "250 ms"),
            (999_999_999, "999.999999 ms"),
            (1_000_000_000, "1 s"),
            (1_000_000_001, "1.000000001 s"),
            (3_600_000_000_000, "3600 s"),
        ] {
            let length = Duration::from_nanos(nanos);
            assert_eq!((shown(length).to_string().as_str(), parse(text)), (text, Ok(length)));
        }
        assert_eq!(shown(Duration::ZERO).to_string(), "0 s");
        assert_eq!(shown(Duration::MAX).to_string(), "18446744073709551615.999999999 s");
    }

    #[test]
    fn rounded_length_moves_up_to_the_next_unit() {
        for (micros, text) in [
            (0, "0 s"),
            (999_940, "999.9 ms"),
            (999_950, "1 s"),
            (1_000_000, "1 s"),
            (1_049_999, "1 s"),
            (1_050_000, "1.1 s"),
            (29_960_000, "30 s"),
        ] {
            assert_eq!(format!("{:.1}", shown(Duration::from_micros(micros))), text);
        }
    }
}

//! Lengths of time as texts: `"30s"`, `"1m 30s"`, `"1.5s"`.

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

/// A decimal number times a unit, exactly; `None` if it is no number. What is smaller than a nanosecond is
/// dropped.
fn scale(number: &str, unit: u128) -> Option<u128> {
    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if whole.is_empty() || fraction.contains('.') || number.ends_with('.') {
        return None;
    }
    let mut nanos = whole.parse::<u128>().map_or(u128::MAX, |whole| whole.saturating_mul(unit));
    let mut place = unit;
    for digit in fraction.chars() {
        place /= 10;
        nanos = nanos.saturating_add(u128::from(digit.to_digit(10)?) * place);
    }
    Some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
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
    fn what_is_no_length_of_time_says_what_to_write() {
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
}

//! The docs of the attribute agree with the table of options in the code: names, defaults, ranges with
//! their units, and features.

use breaker_runtime::__private::{OptionFacts, keyed_option_facts, option_facts, retry_option_facts};
use breaker_tests_conventions::tables;

const DOCS: &str = include_str!("../../../breaker-runtime/src/circuit_breaker.md");

/// Returns the numbers of a text with their units, as in `1 ms`; `1,000` and `1.0` are `1000` and `1`.
fn numbers(text: &str) -> Vec<String> {
    let words: Vec<_> =
        text.split_whitespace().map(|word| word.trim_matches(['.', ',', ';', ':', '(', ')'])).collect();
    let mut found = Vec::new();
    for (at, word) in
        words.iter().enumerate().filter(|(_, word)| word.starts_with(|c: char| c.is_ascii_digit()))
    {
        let number = word.replace(',', "");
        let number = number.strip_suffix(".0").unwrap_or(&number);
        let unit = words.get(at + 1).filter(|unit| ["ns", "us", "ms", "s", "min", "h"].contains(unit));
        found.push(unit.map_or_else(|| number.to_owned(), |unit| format!("{number} {unit}")));
    }
    found
}

/// Returns the options with a section of their own.
fn options() -> impl Iterator<Item = &'static OptionFacts> {
    option_facts().iter().chain(keyed_option_facts())
}

#[test]
fn each_option_has_a_row_with_its_default() {
    let rows = tables::options(DOCS);
    for option in options() {
        let row = rows.get(option.name).unwrap_or_else(|| panic!("`{}` has no row", option.name));
        assert_eq!(row.default, option.default.replace('`', ""), "`{}`, line {}", option.name, row.line);
    }
}

/// The parts of `retry` have a table in its section.
#[test]
fn each_part_of_retry_has_a_row_with_its_default_and_range() {
    let section = tables::section(DOCS, "retry").expect("the section of `retry`");
    for part in retry_option_facts() {
        let row = section.lines().find(|line| line.starts_with(&format!("| `{} = ", part.name)));
        let row = row.unwrap_or_else(|| panic!("`{}` has no row", part.name));
        let default = row.split('|').nth(2).unwrap_or_default().trim();
        assert_eq!(default, part.default, "`{}`", part.name);
        let stated = numbers(row);
        let missing = numbers(part.range).into_iter().find(|number| !stated.contains(number));
        assert_eq!(missing, None, "the range of `{}`", part.name);
        assert!(section.contains(&format!("`{}`", part.feature)), "the feature of `{}`", part.name);
    }
}

#[test]
fn each_section_states_range_and_feature() {
    let mut missing = Vec::new();
    for option in options() {
        let section = tables::section(DOCS, option.name).unwrap_or_default();
        let stated = numbers(&section);
        missing.extend(
            numbers(option.range)
                .into_iter()
                .filter(|number| !stated.contains(number))
                .map(|number| format!("`{}`: {number}, of the range `{}`", option.name, option.range)),
        );
        let zero = "longer than zero";
        if option.range.contains(zero)
            && !section.split_whitespace().collect::<Vec<_>>().join(" ").contains(zero)
        {
            missing.push(format!("`{}`: {zero}", option.name));
        }
        if !option.feature.is_empty() && !section.contains(&format!("`{}`", option.feature)) {
            missing.push(format!("`{}`: the feature `{}`", option.name, option.feature));
        }
    }
    assert!(missing.is_empty(), "not in the docs of the attribute:\n{}", missing.join("\n"));
}

#[test]
fn numbers_are_read_with_their_units() {
    assert_eq!(
        numbers("from 1 to 1,000,000 calls, or a span of at least 1 ms (0.5)."),
        ["1", "1000000", "1 ms", "0.5"]
    );
}

/// The rows of a table of the attribute, as name, kind of value and range.
type Rows = Vec<(&'static str, &'static str, String)>;

/// Reads the rows between two texts, without the options that are code.
fn rows(source: &'static str, start: &str, end: &str) -> Rows {
    let (_, rows) = source.split_once(start).expect("the table");
    let (rows, _) = rows.split_once(end).expect("its end");
    let constant = |name: &str| {
        let (_, value) = source.split_once(&format!("const {name}: u32 = ")).expect(name);
        value.split(';').next().expect(name).replace('_', "")
    };
    let row = |row: &'static str| {
        let (name, rest) = row.trim().trim_end_matches(';').split_once(": ").expect(row);
        let mut rest = rest.split([',', ' ']).filter(|word| !word.is_empty());
        let (setter, kind) = (rest.next().expect(row), rest.next().expect(row));
        if setter == "code" {
            return None;
        }
        assert_eq!(setter, format!("with_{name}"));
        let range = match rest.next().unwrap_or_default() {
            "u32::MAX" => "at least 1".to_owned(),
            "&SHARE" | "&SHARE_OF_KEYS" => "above 0 and at most 1".to_owned(),
            "&FACTOR" => "from 1 to 1000".to_owned(),
            "&JITTER" | "&BUDGET" => "from 0 to 1".to_owned(),
            max if max.starts_with("MAX_") => format!("from 1 to {}", constant(max)),
            _ if kind == "length" => "longer than zero".to_owned(),
            _ if kind == "attempts" => "from 2 to 100".to_owned(),
            _ => String::new(),
        };
        Some((name, if matches!(kind, "attempts" | "switch") { "count" } else { kind }, range))
    };
    rows.lines().filter_map(row).collect()
}

/// The attribute is compiled before the runtime, and has its own tables.
#[test]
fn rows_of_the_attribute_are_those_of_the_runtime() {
    let policy = include_str!("../../../breaker-macros/src/options/policy.rs");
    let keys = include_str!("../../../breaker-macros/src/options/keys.rs");
    let retry = include_str!("../../../breaker-macros/src/options/retry.rs");
    for (rows, facts) in [
        (rows(policy, "\npolicy! {\n", "\n}"), option_facts()),
        (rows(keys, "\n    Keys {\n", "\n    }"), keyed_option_facts()),
        (rows(retry, "\n    Retry {\n", "\n    }"), retry_option_facts()),
    ] {
        assert_eq!(rows.len(), facts.len());
        for ((name, kind, range), option) in rows.iter().zip(facts) {
            let of_runtime = if option.kind == "share" { "decimal" } else { option.kind };
            assert_eq!((*name, *kind), (option.name, of_runtime));
            let in_runtime = option.range;
            assert!(in_runtime.starts_with(range), "{name}: {range}, and in the runtime {in_runtime}");
        }
    }
}

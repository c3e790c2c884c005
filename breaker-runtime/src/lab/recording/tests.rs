//! Recordings as users find them: whole, cut off, damaged, huge.

use std::io::{self, BufReader, Read};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use crate::lab::recording::{CallOutcome, Header, Line, LoggedCall, MAX_LINE, Reader, Writer};

const HEADER: &str = "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\"}\n";

/// Returns the text of the first error.
fn error(lines: &str) -> String {
    let file = format!("{HEADER}{lines}");
    let error = Reader::new(file.as_bytes()).find_map(Result::err);
    error.map(|error| error.to_string()).unwrap_or_default()
}

fn call() -> impl Strategy<Value = LoggedCall> {
    let outcome = prop::sample::select(CallOutcome::ALL.to_vec());
    let key = prop::option::of("\\PC{0,20}");
    (0..1_u64 << 50, 0..1_u64 << 50, outcome, "[a-z:\"\\\\\n\u{e9}]{1,9}x", key, 1..9_u32, 1..9_u64)
        .prop_map(|(start, took, outcome, breaker, key, attempt, count)| LoggedCall {
            took: Duration::from_nanos(took),
            key,
            attempt,
            count,
            ..LoggedCall::new(breaker, Duration::from_nanos(start), outcome)
        })
}

proptest! {
    #[test]
    fn written_recording_reads_back_unchanged(calls in prop::collection::vec(call(), 0..20)) {
        let started = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_796_000_000_123_456_789);
        let header = Header { sample: 0.1, ..Header::new(started) };
        let mut writer = Writer::new(Vec::new(), &header).expect("memory takes it");
        for call in &calls {
            writer.call(call).expect("memory takes it");
        }
        let written = writer.written();
        let bytes = writer.into_inner();
        prop_assert_eq!(written, bytes.len() as u64);
        let lines: Result<Vec<_>, _> = Reader::new(bytes.as_slice()).collect();
        let wanted: Vec<_> =
            std::iter::once(Line::Header(header)).chain(calls.into_iter().map(Line::Call)).collect();
        prop_assert_eq!(lines.expect("it was just written"), wanted);
    }

    /// Any bytes: no panic, an end, and the numbers of the lines go up.
    #[test]
    fn damaged_recording_gives_errors_with_rising_line_numbers(
        calls in prop::collection::vec(call(), 1..8),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut writer = Writer::new(Vec::new(), &Header::new(SystemTime::UNIX_EPOCH)).expect("memory");
        for call in &calls {
            writer.call(call).expect("memory takes it");
        }
        let mut bytes = writer.into_inner();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let most = bytes.split(|byte| *byte == b'\n').count() as u64;
        let mut last = 0;
        for line in Reader::new(bytes.as_slice()) {
            if let Err(error) = line {
                prop_assert!(error.line() > last && error.line() <= most);
                last = error.line();
            }
        }
    }
}

#[test]
fn wrong_line_is_an_error_with_its_number_and_the_fault() {
    let cases = [
        ("[]\n", "line 2: no line of a recording"),
        ("{}\n", "line 2: `t` is missing"),
        ("\n\n{\"t\":1,\"o\":\"success\"}\n", "line 4: `f` is missing"),
        ("{\"t\":1,\"f\":\"a\"}\n", "line 2: `o` is missing"),
        (
            "{\"t\":1,\"f\":\"a\",\"o\":\"sucess\"}\n",
            "unknown variant `sucess`, expected one of `success`",
        ),
        ("{\"t\":-1,\"f\":\"a\",\"o\":\"success\"}\n", "invalid value: integer `-1`"),
        ("{\"t\":1,\"f\":\" \",\"o\":\"success\"}\n", "`f` has 1 bytes"),
        ("{\"t\":1,\"f\":\"a\",\"o\":\"success\",\"n\":0}\n", "both count from 1"),
        ("{\"t\":18446744073709551615,\"d\":9,\"f\":\"a\",\"o\":\"failure\"}\n", "their sum is at most"),
        ("{\"breaker_recording\":2,\"started\":\"2026-11-29T08:00:00Z\"}\n", "has version 2"),
        ("{\"breaker_recording\":1,\"started\":\"yesterday\"}\n", "`started` is no time"),
        (
            "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\",\"sample\":0}\n",
            "`sample` is 0",
        ),
        ("\u{feff}{\"t\":1}\n", "line 2: no line of a recording"),
    ];
    for (lines, fault) in cases {
        assert!(error(lines).contains(fault), "{lines}: {}", error(lines));
    }
    let headless = Reader::new("{\"t\":1,\"f\":\"a\",\"o\":\"success\"}\n".as_bytes()).next();
    assert!(
        matches!(headless, Some(Err(error)) if error.to_string().starts_with("line 1: no header yet"))
    );
}

#[test]
fn number_out_of_range_is_an_error_with_its_line() {
    let huge = "18446744073709551616";
    let call = |field: &str, value: &str| {
        format!("{{\"f\":\"a\",\"o\":\"success\",\"t\":1,\"{field}\":{value}}}\n").replacen(
            if field == "t" { "\"t\":1," } else { "\u{0}" },
            "",
            1,
        )
    };
    for field in ["t", "d", "a", "n"] {
        for value in [huge, "-1", "1.5", "1e30", "NaN", "Infinity", "1e999", "\"1\"", "[1]"] {
            let line = call(field, value);
            assert!(error(&line).starts_with("line 2: "), "{line}: {}", error(&line));
        }
    }
    for value in [huge, "-1", "NaN", "1.5"] {
        let lost = format!("{{\"dropped\":{value},\"t\":1}}\n");
        assert!(error(&lost).starts_with("line 2: "), "{lost}: {}", error(&lost));
    }
    for sample in ["NaN", "-0.5", "1.5", "1e999", "0"] {
        let header = HEADER.replace('}', &format!(",\"sample\":{sample}}}"));
        assert!(error(&header).starts_with("line 2: "), "{header}: {}", error(&header));
    }
}

/// Values in values, in a line of the most bytes.
#[test]
fn depth_bomb_ends_in_an_error_with_its_line_or_is_ignored() {
    let depth = 30_000;
    let call = "\"t\":1,\"f\":\"a\",\"o\":\"success\"";
    let (open, shut) = ("[".repeat(depth), "]".repeat(depth));
    // An unknown field is skipped, however deep it is.
    assert_eq!(error(&format!("{{{call},\"later\":{open}{shut}}}\n")), "");
    for bomb in [
        format!("{{{call},\"later\":{open}}}\n"),
        format!("{{\"t\":{open}{shut}}}\n"),
        format!("{open}{shut}\n"),
        format!("{}\n", "{\"t\":".repeat(10_000)),
    ] {
        assert!(error(&bomb).starts_with("line 2: "), "{}", error(&bomb));
    }
}

#[test]
fn unknown_fields_are_ignored() {
    let line = "{\"t\":1,\"f\":\"a\",\"o\":\"success\",\"later\":{\"x\":[1]}}\n";
    assert_eq!(error(line), "");
}

#[test]
fn line_of_a_gigabyte_without_an_end_is_an_error_and_needs_no_memory() {
    let long = io::repeat(b'[').take(1 << 30);
    let mut reader = Reader::new(BufReader::with_capacity(1 << 16, HEADER.as_bytes().chain(long)));
    assert!(matches!(reader.next(), Some(Ok(Line::Header(_)))));
    let error = reader.next().and_then(Result::err).expect("it is no call");
    assert_eq!(error.line(), 2);
    assert!(error.to_string().contains("longer than 65536 bytes"), "{error}");
    assert!(reader.next().is_none());
    assert!(reader.memory() <= 4 * MAX_LINE, "{} bytes", reader.memory());
}

#[test]
fn long_line_is_an_error_and_the_next_line_is_read() {
    let long = io::repeat(b'x').take(1 << 20);
    let file = HEADER.as_bytes().chain(long).chain("\n{\"dropped\":1,\"t\":1}\n".as_bytes());
    let mut reader = Reader::new(BufReader::new(file));
    assert!(matches!(reader.next(), Some(Ok(Line::Header(_)))));
    assert!(matches!(reader.next(), Some(Err(error)) if error.line() == 2));
    assert!(matches!(reader.next(), Some(Ok(Line::Dropped { calls: 1, .. }))));
    assert!(reader.next().is_none());
    assert!(reader.memory() <= 4 * MAX_LINE, "{} bytes", reader.memory());
}

#[test]
fn error_of_the_file_ends_the_reading() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let mut reader = Reader::new(BufReader::new(HEADER.as_bytes().chain(Broken)));
    assert!(matches!(reader.next(), Some(Ok(Line::Header(_)))));
    assert!(matches!(reader.next(), Some(Err(error)) if error.to_string().contains("the disk is gone")));
    assert!(reader.next().is_none());
}

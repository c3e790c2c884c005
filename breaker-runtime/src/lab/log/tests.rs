//! Logs as they are found: of several formats and files, unordered, sampled, damaged, too large.

use std::io::{self, BufReader, Read};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use crate::lab::log::load::LoadError;
use crate::lab::log::{LoadLimits, LoadedLog, LogSource, MAX_GROUPS, load};
use crate::lab::recording::CallOutcome;

const HEADER: &str = "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\"}\n";

fn limits() -> LoadLimits {
    LoadLimits {
        calls: 1_000,
        groups: MAX_GROUPS,
        skip_damaged: false,
        format: None,
        name: "shop".to_owned(),
    }
}

fn read(files: &[&str], limits: &LoadLimits) -> Result<LoadedLog, LoadError> {
    let source = |(index, file): (usize, &&'static str)| LogSource {
        name: format!("file{index}"),
        input: file.as_bytes(),
    };
    let files: Vec<&'static str> =
        files.iter().map(|file| &*Box::leak((*file).to_owned().into_boxed_str())).collect();
    load(files.iter().enumerate().map(source), limits, |_| {})
}

fn line(start: u64, took: u64, outcome: &str, more: &str) -> String {
    format!("{{\"t\":{start},\"d\":{took},\"o\":\"{outcome}\",\"f\":\"shop\"{more}}}\n")
}

fn starts(log: &LoadedLog) -> Vec<u64> {
    log.groups[0].calls.iter().map(|call| call.start).collect()
}

#[test]
fn unordered_recording_is_sorted_by_the_starts_of_calls() {
    let file =
        [HEADER, &line(30, 1, "success", ""), &line(10, 25, "failure", ""), &line(20, 2, "success", "")];
    let log = read(&[&file.concat()], &limits()).expect("it is sound");
    assert_eq!(starts(&log), [10, 20, 30]);
    assert_eq!(log.end(), 35);
}

#[test]
fn rotated_files_are_one_recording_on_one_clock() {
    let later = HEADER.replace("08:00:00", "08:00:01");
    let files =
        [[&later, &*line(5, 1, "success", "")].concat(), [HEADER, &line(7, 1, "success", "")].concat()];
    let log = read(&[&files[0], &files[1]], &limits()).expect("they are sound");
    assert_eq!(starts(&log), [7, 1_000_000_005]);
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_939_200);
    assert_eq!(log.started, started);
}

#[test]
fn line_of_several_calls_becomes_as_many_spread_over_the_time_before() {
    let file = [HEADER, &line(100, 7, "success", ""), &line(500, 7, "success", ",\"n\":4")].concat();
    let log = read(&[&file], &limits()).expect("it is sound");
    assert_eq!(starts(&log), [100, 200, 300, 400, 500]);
    assert_eq!((log.found.calls, log.found.sampled_away), (5, 3));
}

#[test]
fn breakers_and_keys_are_apart() {
    let file = [
        HEADER,
        &line(1, 1, "success", ",\"k\":\"eu\""),
        &line(2, 1, "success", ""),
        &line(3, 1, "failure", ",\"k\":\"eu\""),
    ];
    let log = read(&[&file.concat()], &limits()).expect("it is sound");
    let groups: Vec<_> = log.groups.iter().map(|group| (group.label(), group.calls.len())).collect();
    assert_eq!(groups, [("shop[eu]".to_owned(), 2), ("shop".to_owned(), 1)]);
}

#[test]
fn access_logs_are_found_by_their_first_line() {
    let nginx =
        "10.0.0.1 - - [29/Nov/2026:08:00:02 +0000] \"GET / HTTP/1.1\" 502 612 \"-\" \"curl\" 2.000\n";
    let envoy = "[2026-11-29T08:00:01.000Z] \"GET / HTTP/2\" 200 - 0 154 250 226 \"-\" \"-\" \"-\" \"-\" \"-\"\n";
    let log = read(&[nginx, envoy], &limits()).expect("they are sound");
    let outcomes: Vec<_> = log.groups[0].calls.iter().map(|call| (call.start, call.outcome)).collect();
    assert_eq!(outcomes, [(0, CallOutcome::Failure), (1_000_000_000, CallOutcome::Success)]);
    assert!(log.found.to_the_second);
}

#[test]
fn log_that_cannot_be_used_is_an_error_with_file_and_line() {
    let error =
        |file: &str, limits: &LoadLimits| read(&[file], limits).err().map(|error| error.to_string());
    let damaged = [HEADER, "nonsense\n", &line(1, 1, "success", "")].concat();
    assert!(
        error(&damaged, &limits()).is_some_and(|error| error.starts_with("file0: line 2: no line of"))
    );
    let skipping = LoadLimits { skip_damaged: true, ..limits() };
    assert_eq!(read(&[&damaged], &skipping).expect("one line is sound").found.damaged, 1);

    let many = [HEADER, &line(1, 1, "success", ",\"n\":1001")].concat();
    assert!(
        error(&many, &skipping)
            .is_some_and(|error| error.contains("line 2: the log has more than 1000 calls"))
    );
    let far = "[1980-11-29T08:00:01.000Z] \"GET / HTTP/2\" 200 - 0 1 250 226\n\
               [2026-11-29T08:00:01.000Z] \"GET / HTTP/2\" 200 - 0 1 250 226\n";
    assert!(error(far, &limits()).is_some_and(|error| error.contains("line 2: more than four years")));
    let headless = line(1, 1, "success", "");
    assert!(error(&headless, &limits()).is_some_and(|error| error.contains("line 1: no header yet")));
}

/// A log of ten million keys, each of which is called once, made while it is read.
struct ManyKeys {
    next: u64,
    line: Vec<u8>,
    at: usize,
}

impl Read for ManyKeys {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() && self.next < 10_000_000 {
            let key = format!(",\"k\":\"{}\"", self.next);
            self.line = line(self.next, 1, "success", &key).into_bytes();
            (self.next, self.at) = (self.next + 1, 0);
        }
        let read = (&self.line[self.at..]).read(into)?;
        self.at += read;
        Ok(read)
    }
}

#[test]
fn log_of_ten_million_keys_is_an_error_before_it_needs_the_memory() {
    let keys = ManyKeys { next: 0, line: HEADER.into(), at: 0 };
    let source = LogSource { name: "keys".to_owned(), input: BufReader::new(keys) };
    let limits = LoadLimits { calls: u64::MAX, groups: 5_000, ..limits() };
    let mut read = 0;
    let error = load([source], &limits, |bytes| read += bytes).expect_err("too many keys").to_string();
    assert_eq!(error, "keys: line 5002: the log has more than 5000 breakers and keys; cut it");
    // Of some 600 MB.
    assert!(read < 1 << 24, "{read} bytes");
}

/// A clock that was set back, in the log of a service and in that of a proxy.
#[test]
fn time_that_goes_back_is_sorted_and_one_years_away_is_an_error() {
    let starts_of = |file: &str| {
        let log = read(&[file], &limits()).expect("it is sound");
        log.groups[0].calls.iter().map(|call| call.start).collect::<Vec<_>>()
    };
    let envoy = |second: &str| {
        format!("[2026-11-29T08:00:{second}Z] \"GET / HTTP/2\" 200 - 0 154 250 226 \"-\"\n")
    };
    let starts = starts_of(&[envoy("09"), envoy("02"), envoy("05")].concat());
    assert_eq!(starts, [0, 3_000_000_000, 7_000_000_000]);
    let starts = starts_of(&[HEADER, &line(9, 1, "success", ""), &line(2, 1, "success", "")].concat());
    assert_eq!(starts, [2, 9]);
}

#[test]
fn damaged_number_in_an_access_log_is_an_error_with_its_line() {
    let error = |file: String| read(&[&file], &limits()).err().map(|error| error.to_string());
    let nginx = |took: &str| {
        let good = "1 - - [29/Nov/2026:08:00:02 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl\" 0.1\n";
        format!("{good}{}", good.replace("0.1\n", &format!("{took}\n")))
    };
    for took in ["NaN", "inf", "-1", "1e300", "99999999999999999999", "1.2.3"] {
        let found = error(nginx(took));
        assert!(
            found.as_ref().is_some_and(|text| text.starts_with("file0: line 2: ")),
            "{took}: {found:?}"
        );
    }
    for took in ["NaN", "-1", "18446744073709551615", "1e9"] {
        let file = format!("[2026-11-29T08:00:01Z] \"GET /\" 200 - 0 1 {took} -\n");
        let found = error(file);
        assert!(
            found.as_ref().is_some_and(|text| text.starts_with("file0: line 1: ")),
            "{took}: {found:?}"
        );
    }
}

#[test]
fn last_line_that_is_cut_off_is_left_out() {
    let file = [HEADER, &line(1, 1, "success", ""), "{\"t\":5,\"d\":7,\"o\":\"succ"].concat();
    let log = read(&[&file], &limits()).expect("the rest is sound");
    assert_eq!((log.found.calls, log.found.is_cut), (1, true));
}

proptest! {
    /// Any bytes in any format: no panic, and never too many calls.
    #[test]
    fn hostile_log_ends_in_calls_within_the_limit_or_in_an_error(
        bytes in prop::collection::vec(prop_oneof![
            "\\PC{0,40}\n",
            "\\{\"t\":[0-9]{1,22},\"d\":[0-9]{1,3},\"o\":\"success\",\"f\":\"a\",\"n\":[0-9]{1,4}\\}\n",
            "1 - - \\[[0-9/A-Z: +]{0,30}\\] \"[a\\\\]{0,3}\" [0-9]{1,4} 1 \"-\" \"-\" [0-9.]{1,6}\n",
            "\\[20[0-9]{2}-1[0-2]-[0-2][0-9]T08:00:00Z\\] \"G\" [0-9]{1,4} - 0 0 [0-9]{1,30} -\n",
        ], 0..30),
        with_header in any::<bool>(),
        skip_damaged in any::<bool>(),
    ) {
        let file = format!("{}{}", if with_header { HEADER } else { "" }, bytes.concat());
        let limits = LoadLimits { skip_damaged, ..limits() };
        if let Ok(log) = read(&[&file], &limits) {
            prop_assert!(log.found.calls <= 1_000);
            prop_assert_eq!(log.groups.iter().map(|group| group.calls.len() as u64).sum::<u64>(), log.found.calls);
            prop_assert!(log.groups.iter().all(|group| group.calls.is_sorted_by_key(|call| call.start)));
        }
    }
}

//! Frames of real breakers with clocks of their own.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Board, FrameTime};
use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::frames::BoardFrame;
use crate::observe::dashboard::reading::BoardReading;
use crate::time::clock::ManualClock;
use crate::types::snapshot::{Mode, State};

fn fail(breaker: &CircuitBreaker, times: usize) {
    for _ in 0..times {
        let _ = breaker.call(|| "seven".parse::<u32>());
    }
}

fn frame(board: &mut Board, second: u64, breakers: &[&CircuitBreaker]) -> BoardFrame {
    let time = FrameTime { wall: 1_000_000 + second * 1_000, elapsed: second * 1_000 };
    let readings = breakers.iter().map(|breaker| BoardReading::of(breaker)).collect();
    BoardFrame::new(time, board.frame(time, readings), None)
}

fn change(frame: &BoardFrame, before: &BoardFrame) -> Value {
    frame.change_since(before, 0).map_or(Value::Null, |body| serde_json::from_slice(&body).unwrap())
}

fn breaker(name: &str, clock: &ManualClock) -> CircuitBreaker {
    let builder = CircuitBreaker::builder(name).failure_threshold(4).clock(clock.clone());
    builder.timeout(Duration::from_secs(30)).success_threshold(2).build().unwrap()
}

#[test]
fn worst_breaker_comes_first() {
    let clock = ManualClock::new();
    let names =
        ["idle", "near", "forced-closed", "observed-open", "forced-open", "probing", "open", "older"];
    let all = names.map(|name| breaker(&format!("board.{name}"), &clock));
    let [_, near, forced_closed, observed, forced_open, probing, open, older] = &all;
    probing.trip();
    clock.advance(Duration::from_secs(30));
    older.trip();
    clock.advance(Duration::from_secs(5));
    open.trip();
    fail(near, 3);
    forced_closed.set_mode(Mode::ForcedClosed);
    forced_open.set_mode(Mode::ForcedOpen);
    observed.set_mode(Mode::Observe);
    fail(observed, 4);
    let frame = frame(&mut Board::new(0, 0.5), 0, &all.iter().collect::<Vec<_>>());
    let order: Vec<_> =
        frame.views.iter().map(|view| view.facts.name.trim_start_matches("board.")).collect();
    assert_eq!(
        order,
        ["older", "open", "probing", "forced-open", "observed-open", "near", "forced-closed", "idle"]
    );
    let counts = serde_json::to_value(&frame.summary).unwrap();
    assert_eq!(
        counts,
        json!({ "total": 8, "open": 4, "half_open": 1, "forced": 2, "observing": 1, "findings": 0, "near": 1,
                "game_day": 0, "game_day_ended": null,
                "oldest_open_since": 1_000_000 - 5_000 })
    );
}

#[test]
fn frame_without_news_is_no_event() {
    let clock = ManualClock::new();
    let (quiet, open) = (breaker("board.quiet", &clock), breaker("board.open", &clock));
    open.trip();
    let mut board = Board::new(1_000_000, 0.5);
    let mut before = frame(&mut board, 0, &[&quiet, &open]);
    for second in 1..20 {
        // The computed times differ by less than a frame.
        clock.advance(Duration::from_micros(999_700));
        let after = frame(&mut board, second, &[&quiet, &open]);
        assert_eq!(change(&after, &before), Value::Null, "second {second}");
        before = after;
    }
}

#[test]
fn change_has_only_what_differs() {
    let clock = ManualClock::new();
    let (called, quiet) = (breaker("board.called", &clock), breaker("board.silent", &clock));
    let mut board = Board::new(1_000_000, 0.5);
    let first = frame(&mut board, 0, &[&called, &quiet]);
    called.call(|| Ok::<_, ()>(())).unwrap();
    clock.advance(Duration::from_secs(1));
    let second = frame(&mut board, 1, &[&called, &quiet]);
    let news = change(&second, &first);
    assert_eq!(news["breakers"].as_array().unwrap().len(), 1);
    assert_eq!(news["breakers"][0]["spark"]["tail"], json!([[1, 0, 0]]));
    assert_eq!((&news["order"], &news["removed"]), (&Value::Null, &json!([])));
    fail(&quiet, 4);
    clock.advance(Duration::from_secs(2));
    let third = frame(&mut board, 3, &[&called, &quiet]);
    let news = change(&third, &second);
    assert_eq!(news["order"], json!(["board.silent", "board.called"]));
    let opened = &news["breakers"].as_array().unwrap()[0];
    assert_eq!(opened["spark"]["tail"], json!([[0, 4, 0]]));
    assert_eq!(opened["spark"]["trips"], json!([59]));
    let fourth = frame(&mut board, 4, &[&quiet]);
    assert_eq!(change(&fourth, &third)["removed"], json!(["board.called"]));
}

#[test]
fn half_open_breaker_shows_its_probes() {
    let clock = ManualClock::new();
    let breaker = breaker("board.probes", &clock);
    fail(&breaker, 4);
    clock.advance(Duration::from_secs(30));
    let mut board = Board::new(1_000_000, 0.5);
    let before = frame(&mut board, 0, &[&breaker]);
    let probes = |frame: &BoardFrame| serde_json::to_value(&frame.views[0].facts.probes).unwrap();
    assert_eq!(probes(&before), json!({ "succeeded": 0, "needed": 2, "in_flight": 0 }));
    breaker.call(|| Ok::<_, ()>(())).unwrap();
    let _probe = breaker.try_acquire().unwrap();
    let after = frame(&mut board, 1, &[&breaker]);
    assert_eq!(probes(&after), json!({ "succeeded": 1, "needed": 2, "in_flight": 1 }));
    assert_eq!(after.views[0].facts.why.as_deref(), Some("4 failures in a row: 4 × ParseIntError"));
}

/// The time of the next ping is computed anew for each frame, and must not be news each time.
#[cfg(feature = "test-util")]
#[tokio::test(start_paused = true)]
async fn pinged_breaker_shows_its_pings_while_it_is_not_closed() {
    let builder = CircuitBreaker::builder("board.pinged").timeout(Duration::from_secs(30));
    let breaker = builder.probe(|| async { false }).build().unwrap();
    let mut board = Board::new(1_000_000, 0.5);
    let closed = frame(&mut board, 0, &[&breaker]);
    assert_eq!(closed.views[0].facts.ping, None);
    breaker.trip();
    let mut before = frame(&mut board, 1, &[&breaker]);
    let ping = serde_json::to_value(&before.views[0].facts.ping).unwrap();
    assert_eq!(
        ping,
        json!({ "every_ms": 30_000, "next_at": 1_031_000, "running": false, "last": null })
    );
    for second in 2..20 {
        tokio::time::advance(Duration::from_micros(999_700)).await;
        let after = frame(&mut board, second, &[&breaker]);
        assert_eq!(change(&after, &before), Value::Null, "second {second}");
        before = after;
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    let after = frame(&mut board, 60, &[&breaker]);
    let ping = serde_json::to_value(&after.views[0].facts.ping).unwrap();
    assert_eq!(ping["last"], "failure");
}

#[test]
fn function_with_keys_is_shown_as_its_worst_key() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("board.hosts").failure_threshold(4).clock(clock.clone());
    let hosts = builder.keyed().build().unwrap();
    for host in 0..30 {
        fail(&hosts.get(&host), 1);
    }
    let mut board = Board::new(1_000_000, 0.5);
    let mut shown = |second| {
        let frame = frame(&mut board, second, &[hosts.template()]);
        let facts = &frame.views[0].facts;
        let worst = facts.keyed.as_ref().unwrap().worst[0].facts.key.clone().unwrap();
        (facts.severity, facts.state, facts.near, facts.why.clone(), worst)
    };
    assert_eq!(shown(0), (0, State::Closed, false, None, "0".to_owned()));
    fail(&hosts.get(&27), 1);
    assert_eq!(shown(1), (55, State::Closed, true, None, "27".to_owned()));
    hosts.get(&28).force_closed();
    assert_eq!(shown(2), (55, State::Closed, true, None, "27".to_owned()));
    hosts.get(&29).force_open();
    assert_eq!(shown(3), (80, State::Open, false, None, "29".to_owned()));
    fail(&hosts.get(&3), 4);
    let why = Some("3: 4 failures in a row: 4 × ParseIntError".to_owned());
    assert_eq!(shown(4), (100, State::Open, false, why, "3".to_owned()));
}

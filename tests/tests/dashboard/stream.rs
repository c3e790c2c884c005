//! The event stream.

use std::time::Duration;

use breaker_runtime::CircuitBreaker;
use breaker_runtime::dashboard::Dashboard;
use tokio::sync::oneshot;

use crate::client::{Events, Server, StreamEvent};

#[tokio::test]
async fn stream_shows_everything_first_and_then_what_changes() {
    let breaker = CircuitBreaker::builder("stream.changes").failure_threshold(2).build().unwrap();
    let server = Server::new(Dashboard::new("shop")).await;
    let mut events = Events::connect(&server, None).await;
    let first = events.next().await.unwrap();
    assert_eq!((first.name.as_str(), &first.data["service"]), ("state", &"shop".into()));
    assert_eq!(first.breaker("stream.changes").unwrap()["state"], "closed");

    let _ = breaker.call(|| "seven".parse::<u32>());
    let near = events.until(|event| event.breaker("stream.changes").is_some()).await;
    let view = near.breaker("stream.changes").unwrap();
    assert_eq!((near.name.as_str(), &view["near"]), ("change", &true.into()));
    assert_eq!(view["distance"]["now"], "1 of 2");
    let tail = view["spark"]["tail"].as_array().unwrap();
    assert!(tail.contains(&serde_json::json!([0, 1, 0])), "{tail:?}");

    let _ = breaker.call(|| "seven".parse::<u32>());
    let _ = breaker.call(|| "seven".parse::<u32>());
    let is_open = |event: &StreamEvent| {
        event.breaker("stream.changes").is_some_and(|view| view["state"] == "open")
    };
    let opened = events.until(is_open).await;
    let view = opened.breaker("stream.changes").unwrap();
    assert_eq!(view["why"], "2 failures in a row: 2 × ParseIntError");
    assert_eq!((&view["severity"], &view["trips"]), (&100.into(), &1.into()));
    assert!(view["retry_at"].as_u64().unwrap() > view["since"].as_u64().unwrap());
    assert!(opened.data["summary"]["open"].as_u64().unwrap() >= 1);

    drop(breaker);
    let gone = events.until(|event| event.data["removed"].as_array().is_some_and(|ids| !ids.is_empty()));
    assert!(gone.await.data["removed"].as_array().unwrap().contains(&"stream.changes".into()));
}

#[tokio::test]
async fn viewer_that_comes_back_with_its_last_id_misses_nothing() {
    let breaker = CircuitBreaker::builder("stream.resumed").build().unwrap();
    let server = Server::new(Dashboard::new("shop")).await;
    let mut dropped = Events::connect(&server, None).await;
    let last = dropped.next().await.unwrap();
    drop(dropped);

    let mut present = Events::connect(&server, None).await;
    for _ in 0..3 {
        breaker.trip();
        breaker.reset();
        breaker.call(|| Ok::<_, ()>(())).unwrap();
        present.until(|event| event.breaker("stream.resumed").is_some()).await;
    }
    breaker.trip();
    let is_open = |event: &StreamEvent| {
        event.breaker("stream.resumed").is_some_and(|view| view["state"] == "open")
    };
    let newest = present.until(is_open).await;

    let mut resumed = Events::connect(&server, Some(&last.id)).await;
    for number in last.number() + 1.. {
        let event = resumed.next().await.unwrap();
        assert_ne!(event.name, "state");
        // Comments that keep connections open have numbers as well.
        assert!(event.number() >= number);
        if event.id == newest.id {
            assert_eq!(event.data, newest.data);
            break;
        }
    }
}

#[tokio::test]
async fn viewer_with_an_id_of_another_process_receives_everything() {
    let server = Server::new(Dashboard::new("shop")).await;
    for id in ["0123456789abcdef-1", "nonsense", "-", "0123456789abcdef-18446744073709551615"] {
        let mut events = Events::connect(&server, Some(id)).await;
        assert_eq!(events.next().await.unwrap().name, "state", "{id}");
    }
}

#[tokio::test]
async fn shutdown_ends_the_streams() {
    let (stop, stopped) = oneshot::channel::<()>();
    let signal = async move { stopped.await.unwrap_or(()) };
    let server = Server::new(Dashboard::new("shop").shutdown(signal)).await;
    let mut events = Events::connect(&server, None).await;
    assert_eq!(events.next().await.unwrap().name, "state");
    stop.send(()).unwrap();
    let ended = async { while events.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_mins(1), ended).await.expect("the stream ends");
}

#[tokio::test]
async fn finding_is_in_the_view_of_its_breaker_and_ranks_it_above_those_without() {
    let [first, second] =
        [(); 2].map(|()| CircuitBreaker::builder("stream.twin").build().expect("in range"));
    let server = Server::new(Dashboard::new("shop")).await;
    let all = Events::connect(&server, None).await.next().await.unwrap();
    let [first, second] = [first, second].map(|breaker| all.breaker(breaker.name()).unwrap().clone());
    assert_eq!((&first["findings"], &first["severity"]), (&serde_json::json!([]), &0.into()));
    assert_eq!(second["severity"], 30);
    let finding = &second["findings"][0];
    assert_eq!(finding["id"], "name-clash");
    assert_eq!(finding["what"], "another breaker has the name `stream.twin`, which this one wants");
    assert!(finding["remedy"].as_str().unwrap().starts_with("give one of the two another name"));
    assert!(finding["since"].as_u64().unwrap() <= all.data["time"].as_u64().unwrap());
    assert!(all.data["summary"]["findings"].as_u64().unwrap() >= 1);
}

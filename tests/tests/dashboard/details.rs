//! One breaker in full, and names that look like something else.

use std::ops::RangeInclusive;
use std::time::Duration;

use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::{CircuitBreaker, ManualClock, Settings, configure};
use serde_json::{Value, json};

use crate::client::{Events, Server, StreamEvent};

#[tokio::test]
async fn detail_shows_reports_options_and_totals() {
    let builder = CircuitBreaker::builder("details.full").failure_threshold(1);
    let breaker = builder.timeout(Duration::from_secs(7)).build().unwrap();
    let _ = breaker.call(|| "seven".parse::<u32>());
    let _ = breaker.call(|| "seven".parse::<u32>());
    breaker.reset();
    breaker.trip();
    let server = Server::new(Dashboard::new("shop")).await;
    let detail = server.json("/breakers/details.full").await;
    assert_eq!(detail["breaker"]["id"], "details.full");
    let reports = detail["reports"].as_array().unwrap();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["condition"]["kind"], "command", "the newest comes first");
    assert_eq!(reports[1]["calls"][0]["cause"], "core::num::error::ParseIntError");
    assert!(reports[1]["summary"].as_str().unwrap().starts_with("details.full opened: 1 failure"));
    let settings = detail["settings"].as_array().unwrap();
    let timeout = settings.iter().find(|setting| setting["option"] == "timeout").unwrap();
    assert_eq!((&timeout["value"], &timeout["origin"]), (&"7 s".into(), &"code".into()));
    assert_eq!(detail["totals"]["failure"], 1);
    assert_eq!(detail["totals"]["rejected"], 1);
    assert_eq!(server.response("/breakers/details.none").await.status(), 404);
}

#[tokio::test]
async fn option_changed_at_run_time_says_when() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("details.changed").failure_threshold(3);
    let breaker = builder.clock(clock.clone()).build().unwrap();
    let configured = |timeout: &str| {
        let settings = Settings::new().set("details.changed", "timeout", timeout);
        let _ = configure(settings.set("details.changed", "ramp", "9s")).unwrap();
        clock.advance(Duration::from_mins(1));
    };
    configured("7s");
    configured("8s");
    breaker.reconfigure(|options| options.success_threshold(4)).unwrap();
    let server = Server::new(Dashboard::new("shop")).await;
    let detail = server.json("/breakers/details.changed").await;
    let settings = detail["settings"].as_array().unwrap();
    let of = |option: &str| settings.iter().find(|setting| setting["option"] == option).unwrap();
    assert_eq!(
        (&of("failure_threshold")["origin"], &of("failure_threshold")["changed"]),
        (&"code".into(), &json!(null))
    );
    let reloaded = of("timeout")["changed"].as_i64().expect("a time");
    assert_eq!(of("timeout")["origin"], "settings file");
    for (option, origin, seconds) in
        [("ramp", "settings file", -60), ("success_threshold", "run time", 60)]
    {
        let later = of(option)["changed"].as_i64().expect("a time") - reloaded;
        assert!((later - seconds * 1_000).abs() < 1_000, "{option}: {later} ms later");
        assert_eq!(of(option)["origin"], origin);
    }
}

#[tokio::test]
async fn metrics_are_served_in_the_format_that_is_asked_for() {
    let _breaker = CircuitBreaker::builder("details.metrics").build().unwrap();
    let server = Server::new(Dashboard::new("shop")).await;
    let plain = server.response("/metrics").await;
    assert!(plain.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let line = "breaker_state{breaker=\"details.metrics\",state=\"closed\"} 1";
    assert!(plain.text().await.unwrap().contains(line));
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let open = server.get("/metrics").header("accept", accept).send().await.unwrap();
    assert!(
        open.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text")
    );
    assert!(open.text().await.unwrap().ends_with("# EOF\n"));
}

#[tokio::test]
async fn latency_of_timed_calls_is_shown_as_percentiles() {
    let builder = CircuitBreaker::builder("details.latency").slow_call(Duration::from_secs(1));
    let clock = ManualClock::new();
    let breaker = builder.clock(clock.clone()).build().unwrap();
    let server = Server::new(Dashboard::new("shop")).await;
    assert_eq!(server.json("/breakers/details.latency").await["breaker"]["latency_ms"], json!(null));
    let mut events = Events::connect(&server, None).await;
    events.next().await.unwrap();
    for millis in 1..=100 {
        let body = || {
            clock.advance(Duration::from_millis(millis));
            Ok::<_, ()>(())
        };
        breaker.call(body).unwrap();
    }
    let is_within = |latency: &Value, name: &str, range: RangeInclusive<f64>| {
        latency[name].as_f64().is_some_and(|value| range.contains(&value))
    };
    // A frame may come between two of the calls.
    let shows_all = |event: &StreamEvent| {
        let latency = event.breaker("details.latency").map(|view| &view["latency_ms"]);
        latency.is_some_and(|latency| {
            is_within(latency, "p50", 50.0..=52.0) && is_within(latency, "p99", 99.0..=103.0)
        })
    };
    events.until(shows_all).await;
}

#[tokio::test]
async fn name_of_any_text_is_found_and_stays_text() {
    let names = [
        ("<script>alert(1)</script>", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
        ("a/b::c %", "a%2Fb%3A%3Ac%20%25"),
        // A client resolves `.` and `..`, encoded or not.
        (".", "~."),
        ("..", "~.."),
        ("~..", "~~.."),
        ("~a", "~a"),
    ];
    for (name, path) in names {
        let _breaker = CircuitBreaker::builder(name).build().unwrap();
        let server = Server::new(Dashboard::new("shop")).await;
        let detail = server.json(&format!("/breakers/{path}")).await;
        assert_eq!(detail["breaker"]["name"], name);
        let listed = server.response("/breakers").await;
        assert_eq!(listed.headers()["content-type"], "application/json");
        let listed: Value = listed.json().await.unwrap();
        assert!(listed["breakers"].as_array().unwrap().iter().any(|view| view["id"] == name));
        let page = server.get(&format!("/breakers/{path}")).header("accept", "text/html,*/*");
        let page = page.send().await.unwrap();
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let page = page.text().await.unwrap();
        assert!(page.contains("data-page=\"detail\"") && !page.contains("alert(1)"));
    }
}

#[tokio::test]
async fn keys_are_folded_under_their_function_worst_first() {
    let builder = CircuitBreaker::builder("details.hosts").failure_threshold(2);
    let hosts = builder.keyed().build().unwrap();
    for host in 0..30 {
        hosts.get(&format!("eu-{host:02}")).call(|| Ok::<_, ()>(())).unwrap();
    }
    for _ in 0..2 {
        let _ = hosts.get("eu-29").call(|| "seven".parse::<u32>());
    }
    let _ = hosts.get("eu-28").call(|| "seven".parse::<u32>());
    let server = Server::new(Dashboard::new("shop")).await;
    let detail = server.json("/breakers/details.hosts").await;
    let view = &detail["breaker"];
    let keyed = &view["keyed"];
    assert_eq!(
        (&keyed["total"], &keyed["open"], &keyed["half_open"]),
        (&30.into(), &1.into(), &0.into())
    );
    let worst = keyed["worst"].as_array().unwrap();
    assert_eq!(worst.len(), 20);
    assert_eq!((&worst[0]["key"], &worst[0]["state"]), (&"eu-29".into(), &"open".into()));
    assert_eq!((&worst[1]["key"], &worst[1]["near"]), (&"eu-28".into(), &true.into()));
    assert_eq!((&view["state"], &view["severity"]), (&"open".into(), &100.into()));
    assert_eq!(view["why"], "eu-29: 2 failures in a row: 2 × ParseIntError");

    let key = server.json("/breakers/details.hosts?key=eu-07").await;
    assert_eq!((&key["breaker"]["key"], &key["totals"]["success"]), (&json!("eu-07"), &json!(1)));
    assert_eq!(server.response("/breakers/details.hosts?key=us-1").await.status(), 404);

    // No frame has this key: its rates are those between the requests for it.
    let key = server.json("/breakers/details.hosts?key=eu-25").await;
    assert_eq!(key["breaker"]["per_second"], json!(null));
    for _ in 0..20 {
        hosts.get("eu-25").call(|| Ok::<_, ()>(())).unwrap();
    }
    // Real time, as the rates of the page are.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let key = server.json("/breakers/details.hosts?key=eu-25").await;
    let rate = key["breaker"]["per_second"]["calls"].as_f64().expect("a rate");
    assert!((1.0..=20.0).contains(&rate), "{rate}");
}

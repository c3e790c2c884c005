//! Changes: who may make them, and what they show.

use axum::http::HeaderName;
use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::{CircuitBreaker, Mode};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::client::{Events, Server};

const TOKEN: &str = "correct horse battery staple";

fn force(server: &Server, name: &str) -> RequestBuilder {
    let body = json!({ "action": "force_open", "reason": "index rebuild", "author": "ada" });
    server.client.post(format!("{}/breakers/{name}", server.url)).json(&body)
}

async fn error(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.expect("errors are JSON");
    (status, body["error"].as_str().expect("a sentence").to_owned())
}

#[tokio::test]
async fn change_needs_the_token() {
    let breaker = CircuitBreaker::builder("writes.token").build().unwrap();
    let server = Server::new(Dashboard::new("shop").token(TOKEN)).await;
    let missing = error(force(&server, "writes.token").send().await.unwrap()).await;
    assert_eq!((missing.0, missing.1.contains("x-breaker-token")), (401, true), "{}", missing.1);
    for wrong in ["", "correct", "correct horse battery staplf", &TOKEN.repeat(2)] {
        let request = force(&server, "writes.token").header("x-breaker-token", wrong);
        let (status, text) = error(request.send().await.unwrap()).await;
        assert_eq!(status, 401, "{wrong}");
        assert!(!text.contains("horse"), "{text}");
    }
    assert_eq!(breaker.snapshot().mode, Mode::Automatic);

    let done = force(&server, "writes.token").header("x-breaker-token", TOKEN).send().await.unwrap();
    assert_eq!(done.status(), 200);
    let view: Value = done.json().await.unwrap();
    assert_eq!((&view["mode"], &view["state"]), (&"forced_open".into(), &"open".into()));
    let set = &view["override"];
    assert_eq!((&set["author"], &set["reason"]), (&"ada".into(), &"index rebuild".into()));
    assert!(set["until"].is_u64(), "it ends by itself: {set}");
    assert_eq!(breaker.snapshot().mode, Mode::ForcedOpen);
}

#[tokio::test]
async fn dashboard_without_a_token_is_read_only() {
    let breaker = CircuitBreaker::builder("writes.none").build().unwrap();
    for dashboard in [Dashboard::new("shop"), Dashboard::new("shop").token("")] {
        let server = Server::new(dashboard).await;
        assert_eq!(server.json("/breakers").await["writable"], false);
        for token in ["", TOKEN] {
            let request = force(&server, "writes.none").header("x-breaker-token", token);
            assert_eq!(error(request.send().await.unwrap()).await.0, 405);
        }
    }
    assert_eq!(breaker.snapshot().mode, Mode::Automatic);
}

#[tokio::test]
async fn change_from_a_page_of_another_site_is_refused() {
    let breaker = CircuitBreaker::builder("writes.sites").build().unwrap();
    let server = Server::new(Dashboard::new("shop").token(TOKEN)).await;
    let change = || force(&server, "writes.sites").header("x-breaker-token", TOKEN);
    let port = server.url.rsplit_once(':').unwrap().1;
    let foreign = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        "http://127.0.0.1".to_owned(),
        format!("http://localhost:{port}"),
        format!("file://127.0.0.1:{port}"),
    ];
    for origin in foreign {
        let request = change().header("origin", &origin);
        assert_eq!(error(request.send().await.unwrap()).await.0, 403, "{origin}");
    }
    for site in ["cross-site", "same-site", ""] {
        let request = change().header("origin", &server.url).header("sec-fetch-site", site);
        assert_eq!(error(request.send().await.unwrap()).await.0, 403, "{site}");
    }
    assert_eq!(breaker.snapshot().mode, Mode::Automatic);
    let own = change().header("origin", &server.url).header("sec-fetch-site", "same-origin");
    assert_eq!(own.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn host_that_is_not_allowed_reads_and_changes_nothing() {
    let _breaker = CircuitBreaker::builder("writes.hosts").build().unwrap();
    let dashboard = Dashboard::new("shop").token(TOKEN);
    let server = Server::new(dashboard.allow_host("Shop.example").allow_host("ops.example:8443")).await;
    for host in
        ["evil.example", "evil.example:80", "ops.example", "localhost.evil.example", "user@localhost"]
    {
        for path in ["/", "/breakers", "/events", "/breakers/writes.hosts", "/worker.js"] {
            let answer = server.get(path).header("host", host).send().await.unwrap();
            let (status, text) = error(answer).await;
            assert_eq!((status, text.contains("writes.hosts")), (403, false), "{host}{path}");
        }
        let request = force(&server, "writes.hosts").header("x-breaker-token", TOKEN);
        assert_eq!(error(request.header("host", host).send().await.unwrap()).await.0, 403);
    }
    for host in ["shop.example", "SHOP.example:1234", "ops.example:8443", "localhost:1", "[::1]:80"] {
        assert_eq!(server.get("/").header("host", host).send().await.unwrap().status(), 200, "{host}");
    }
    let any = Server::new(Dashboard::new("shop").allow_any_host()).await;
    assert_eq!(any.get("/").header("host", "10.1.2.3").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn change_that_is_unfit_says_what_is_wrong() {
    let breaker = CircuitBreaker::builder("writes.unfit").build().unwrap();
    let server = Server::new(Dashboard::new("shop").token(TOKEN)).await;
    let post = |name: &str, body: Value| {
        let request = server.client.post(format!("{}/breakers/{name}", server.url));
        request.header("x-breaker-token", TOKEN).body(body.to_string()).send()
    };
    let base = json!({ "action": "force_open", "reason": "why", "author": "ada", "minutes": 5 });
    let with = |field: &str, value: Value| {
        let mut body = base.clone();
        body[field] = value;
        body
    };
    for (body, part) in [
        (with("action", json!("explode")), "action"),
        (with("reason", json!("  ")), "reason"),
        (with("author", json!("")), "author"),
        (with("author", json!("a\nb")), "author"),
        (with("reason", json!("x".repeat(501))), "reason"),
        (with("minutes", json!(0)), "minutes"),
        (with("minutes", json!(10_081)), "minutes"),
        (with("minute", json!(1)), "minute"),
        (json!("text"), "readable"),
    ] {
        let (status, text) = error(post("writes.unfit", body.clone()).await.unwrap()).await;
        assert_eq!((status, text.lines().count()), (422, 1), "{body}: {text}");
        let known = text.contains(part) || text.contains("variant") || text.contains("readable");
        assert!(known, "{body}: {text}");
    }
    assert_eq!(post("writes.missing", base.clone()).await.unwrap().status(), 404);
    let large = post("writes.unfit", with("reason", json!("x".repeat(100_000)))).await.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(breaker.snapshot().mode, Mode::Automatic);
}

#[tokio::test]
async fn author_of_the_services_login_wins() {
    let breaker = CircuitBreaker::builder("writes.author").build().unwrap();
    let header = HeaderName::from_static("x-forwarded-user");
    let server = Server::new(Dashboard::new("shop").token(TOKEN).author_header(header)).await;
    let change = || force(&server, "writes.author").header("x-breaker-token", TOKEN);
    assert_eq!(error(change().send().await.unwrap()).await.0, 422);
    let done = change().header("x-forwarded-user", "grace").send().await.unwrap();
    let view: Value = done.json().await.unwrap();
    assert_eq!(view["override"]["author"], "grace");
    assert_eq!(breaker.mode_override().unwrap().operator.unwrap().author, "grace");
}

#[tokio::test]
async fn change_is_in_the_event_stream_with_author_and_reason() {
    let breaker = CircuitBreaker::builder("writes.seen").build().unwrap();
    let server = Server::new(Dashboard::new("shop").token(TOKEN)).await;
    let mut events = Events::connect(&server, None).await;
    assert_eq!(events.next().await.unwrap().name, "state");
    let done = force(&server, "writes.seen").header("x-breaker-token", TOKEN).send().await.unwrap();
    assert_eq!(done.status(), 200);
    let seen =
        events.until(|event| event.name == "transition" && event.data["breaker"] == "writes.seen").await;
    let field = |name: &str| seen.data[name].as_str().unwrap_or_default().to_owned();
    assert_eq!((field("from"), field("to")), ("closed".to_owned(), "open".to_owned()));
    assert_eq!((field("author"), field("note")), ("ada".to_owned(), "index rebuild".to_owned()));
    let change = events.until(|event| event.breaker("writes.seen").is_some()).await;
    assert_eq!(change.breaker("writes.seen").unwrap()["override"]["author"], "ada");
    drop(breaker);
}

#[tokio::test]
async fn token_is_shown_nowhere() {
    let dashboard = Dashboard::new("shop").token(TOKEN);
    assert!(!format!("{dashboard:?}").contains("horse"));
    let router = dashboard.into_router();
    assert!(!format!("{router:?}").contains("horse"));
    let server = Server::of(router).await;
    for path in ["/", "/breakers", "/worker.js"] {
        let answer = server.response(path).await;
        assert!(!format!("{:?}", answer.headers()).contains("horse"));
        assert!(!answer.text().await.unwrap().contains("horse"), "{path}");
    }
}

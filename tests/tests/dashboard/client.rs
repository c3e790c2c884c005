//! A server of a dashboard, and its client.

#![allow(unreachable_pub, reason = "a program of tests has no users")]

use std::time::Duration;

use axum::Router;
use breaker_runtime::dashboard::Dashboard;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A server on a free port; it ends with this.
pub struct Server {
    pub url: String,
    pub client: Client,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves a dashboard at the root.
    pub async fn new(dashboard: Dashboard) -> Self {
        Self::of(dashboard.into_router()).await
    }

    /// Serves these routes.
    pub async fn of(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let serving = async move { axum::serve(listener, routes).await.expect("it serves") };
        Self { url, client: Client::new(), task: tokio::spawn(serving) }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub async fn response(&self, path: &str) -> Response {
        self.get(path).send().await.expect("an answer")
    }

    pub async fn json(&self, path: &str) -> Value {
        self.response(path).await.json().await.expect("JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An event of the stream.
#[derive(Clone, Debug)]
pub struct StreamEvent {
    pub id: String,
    pub name: String,
    pub data: Value,
}

impl StreamEvent {
    /// Returns the number in the id.
    pub fn number(&self) -> u64 {
        self.id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).expect("a numbered id")
    }

    /// Returns the breaker of this id, if the event shows it.
    pub fn breaker(&self, id: &str) -> Option<&Value> {
        self.data["breakers"].as_array()?.iter().find(|view| view["id"] == id)
    }
}

/// A reader of the stream.
pub struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// Connects, and goes on after the event with this id.
    pub async fn connect(server: &Server, last_id: Option<&str>) -> Self {
        let request = server.get("/events");
        let request = match last_id {
            Some(id) => request.header("last-event-id", id),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// Returns the next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<StreamEvent> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(id), Some(name), Some(data)) =
                    (field("id: "), field("event: "), field("data: "))
                {
                    let data = serde_json::from_str(data).expect("JSON");
                    return Some(StreamEvent { id: id.to_owned(), name: name.to_owned(), data });
                }
            }
            let chunk = self.response.chunk().await.expect("the connection holds")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("events end at characters"));
        }
    }

    /// Returns the first event from here on for which this holds.
    pub async fn until(&mut self, holds: impl Fn(&StreamEvent) -> bool) -> StreamEvent {
        let limit = Duration::from_mins(1);
        let find = async {
            loop {
                let event = self.next().await.expect("the stream goes on");
                if holds(&event) {
                    return event;
                }
            }
        };
        timeout(limit, find).await.expect("the event comes within a minute")
    }
}

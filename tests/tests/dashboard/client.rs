//! A server of a dashboard, and its client.

#![allow(unreachable_pub, reason = "a program of tests has no users")]

use axum::Router;
use breaker_runtime::dashboard::Dashboard;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

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

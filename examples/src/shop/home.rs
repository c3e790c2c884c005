//! The page of the open shop for a person: what it is, and what to try.

use std::fmt::Write;

use axum::http::{HeaderMap, header};
use axum::response::Html;
use breaker_runtime::health;

use super::calls;

const BY_SCRIPT: &str = "They fail and recover by a script, over and over, while customers come.";
const BY_YOU: &str = "You are the only customer, and they fail when you let them.";

/// The page, with placeholders for what changes.
const PAGE: &str = include_str!("home.html");

/// Returns the page. `manual` says that no script runs.
pub(super) fn page(headers: &HeaderMap, manual: bool) -> Html<String> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let page = PAGE.replace("{host}", &escaped(host.unwrap_or("127.0.0.1:3000")));
    let script = if manual { BY_YOU } else { BY_SCRIPT };
    let page = page.replace("{script}", script).replace("{status}", &health().status.to_string());
    Html(page.replace("{breakers}", &entries()))
}

/// Returns an entry of the list for each breaker.
fn entries() -> String {
    let health = health();
    let mut entries = String::new();
    for breaker in calls::breakers() {
        let degraded = health.degraded.iter().find(|degraded| degraded.breaker == breaker.name());
        let name = escaped(breaker.name());
        let state = degraded.map_or_else(
            || "is closed and runs all calls".to_owned(),
            |degraded| {
                let sentence = degraded.to_string();
                sentence.strip_prefix(breaker.name()).unwrap_or(&sentence).trim().to_owned()
            },
        );
        // A `String` takes everything.
        let _ = writeln!(
            entries,
            "<div><dt><a href=\"dashboard/breakers/{name}\">{name}</a></dt><dd>{}</dd></div>",
            escaped(&state)
        );
    }
    entries
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

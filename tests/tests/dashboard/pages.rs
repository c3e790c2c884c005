//! The page and the list.

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use breaker_runtime::CircuitBreaker;
use breaker_runtime::dashboard::Dashboard;

use sha2::{Digest as _, Sha256};

use crate::client::Server;

#[tokio::test]
async fn dashboard_mounted_anywhere_serves_page_and_list() {
    let breaker = CircuitBreaker::builder("pages.mounted").failure_threshold(1).build().unwrap();
    let _ = breaker.call(|| "seven".parse::<u32>());
    let router = Dashboard::new("shop").into_router();
    // A router that is nested by `nest` has no address with a slash at the end.
    let app = Router::new().nest_service("/admin/ui", router.clone()).nest("/nested", router.clone());
    let server = Server::of(app.merge(router)).await;
    for path in ["/admin/ui", "/admin/ui/", "/nested", "/"] {
        let page = server.response(path).await;
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert!(page.text().await.unwrap().contains("data-page=\"list\""));
    }
    let board = server.json("/admin/ui/breakers").await;
    assert_eq!((&board["service"], &board["writable"]), (&"shop".into(), &false.into()));
    let all = board["breakers"].as_array().unwrap();
    let view = all.iter().find(|view| view["id"] == "pages.mounted").expect("it is listed");
    assert_eq!((view["state"].as_str(), view["severity"].as_u64()), (Some("open"), Some(100)));
    assert_eq!(view["why"], "1 failure: ParseIntError");
}

/// Returns the texts of the inline elements of this name.
fn inline<'p>(page: &'p str, element: &str) -> Vec<&'p str> {
    let open = format!("<{element}>");
    let close = format!("</{element}>");
    page.split(open.as_str()).skip(1).map(|rest| rest.split(close.as_str()).next().unwrap()).collect()
}

#[tokio::test]
async fn page_admits_only_its_own_scripts_and_styles() {
    let server = Server::new(Dashboard::new("shop")).await;
    for path in ["/", "/breakers/any"] {
        let page = server.get(path).header("accept", "text/html").send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let page = page.text().await.unwrap();
        for (element, directive) in [("script", "script-src"), ("style", "style-src")] {
            let texts = inline(&page, element);
            assert_eq!(texts.len(), 1, "{path} {element}");
            let hash = STANDARD.encode(Sha256::digest(texts[0]));
            assert!(policy.contains(&format!("; {directive} 'sha256-{hash}';")), "{policy}");
        }
        for directive in
            ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn every_answer_is_kept_nowhere_and_taken_as_declared() {
    let server = Server::new(Dashboard::new("shop")).await;
    let paths = ["/", "/worker.js", "/icon.svg", "/breakers", "/breakers/none", "/events", "/metrics"];
    for path in paths {
        let answer = server.response(path).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.headers()[name], value, "{path}");
        }
        assert!(answer.headers().contains_key("content-security-policy"), "{path}");
    }
}

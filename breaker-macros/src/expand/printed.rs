//! Tests the text and the length of three expansions. A macro of the runtime is printed as a call.

use super::circuit_breaker;

const PLAIN: &str = "fn load(id: u32) -> Result<Row, Error> { fetch(id) }";
const ASYNC: &str = "async fn load(id: u32) -> Result<Row, Error> { fetch(id).await }";
const LAYERS: &str = r#"
    failure_threshold = 5,
    max_concurrent = 8,
    max_wait = "50ms",
    call_timeout = "2s",
    retry(attempts = 3, backoff = "100ms"),
    last_good(key = id, max_age = "1m"),
    fallback = |_| Ok(Row::default()),
"#;

/// The largest number of lines in `printed/plain_sync.rs`. The next two constants limit the other files.
const PLAIN_LINES: usize = 29;
const ASYNC_LINES: usize = 40;
const LAYERS_LINES: usize = 90;

/// Returns the expansion as `cargo expand` formats it.
fn print(options: &str, item: &str) -> String {
    let tokens = |text: &str| text.parse().expect("tokens");
    let expanded = circuit_breaker(tokens(options), tokens(item)).expect("options that fit");
    prettyplease::unparse(&syn::parse2(expanded).expect("items"))
}

/// Compares an expansion with the file that holds it, and its length with the limit. With
/// `EXPANSION=overwrite` the file is written first.
fn check(options: &str, item: &str, file: &str, limit: usize) {
    let printed = print(options, item);
    let path = format!("{}/src/expand/printed/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("EXPANSION").is_some_and(|wish| wish == "overwrite") {
        std::fs::write(&path, &printed).expect("a file that can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the expected expansion");
    assert_eq!(
        printed, expected,
        "{path}: the expansion differs; run the test with EXPANSION=overwrite, and read the diff"
    );
    let lines = printed.lines().count();
    assert!(lines <= limit, "{path}: {lines} lines; a function like this may become {limit}");
}

#[test]
fn plain_sync_function_expands_to_few_lines() {
    check("", PLAIN, "plain_sync.rs", PLAIN_LINES);
}

#[test]
fn plain_async_function_expands_to_few_lines() {
    check("", ASYNC, "plain_async.rs", ASYNC_LINES);
}

#[test]
fn function_with_all_layers_expands_to_few_lines() {
    check(LAYERS, ASYNC, "all_layers.rs", LAYERS_LINES);
}

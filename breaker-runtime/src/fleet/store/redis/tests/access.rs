//! Users, passwords, TLS and the older protocol.

use std::time::Duration;

use tokio::time::timeout;

use super::redis_server::RedisServer;
use super::{PATIENT, store};
use crate::fleet::store::redis::{Address, RedisStore};
use crate::fleet::store::samples::Process;
use crate::fleet::store::{GroupName, GroupStore, StoreError, StoreErrorKind as Kind};

fn at(url: &str) -> RedisStore {
    RedisStore::new(Address::parse(url).expect("an address"), PATIENT)
}

async fn report(store: &RedisStore) -> Result<u64, StoreError> {
    let mut process = Process::new(store, 1);
    let body = process.report(|report| report.failing = true);
    let request = [(process.group.clone(), process.request(body))];
    store.exchange(&request).await?.remove(0).map(|view| view.live)
}

async fn refused(store: &RedisStore) -> Kind {
    let error = report(store).await.expect_err("a refusal");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("hunter2") && !text.contains("ada"), "{text}");
    error.kind()
}

#[tokio::test]
async fn user_and_password_are_those_of_the_address() {
    let rights =
        "ada on >hunter2 ~{breaker:* &breaker:* +@read +@write +@scripting +@pubsub +@connection +time";
    let options: Vec<&str> =
        ["--requirepass", "correct", "--user"].into_iter().chain(rights.split(' ')).collect();
    let server = RedisServer::with_options(&options);
    let url = server.url();
    assert_eq!(refused(&store(&server, PATIENT)).await, Kind::Refused);
    assert_eq!(refused(&at(&format!("{url}?pass=hunter2"))).await, Kind::Refused);
    assert_eq!(refused(&at(&format!("{url}?user=ada&pass=hunter22"))).await, Kind::Refused);
    assert_eq!(report(&at(&format!("{url}?pass=correct"))).await, Ok(1));
    let ada = at(&format!("{url}?user=ada&pass=hunter2"));
    assert_eq!(report(&ada).await, Ok(1));
    let server = server.with_login("default", "correct");
    ada.watch().await.expect("a subscription");
    server.command(&["ACL", "SETUSER", "ada", "resetchannels"]);
    assert_eq!(report(&at(&format!("{url}?user=ada&pass=hunter2"))).await, Ok(1), "without notices");
    let watch = at(&format!("{url}?user=ada&pass=hunter2")).watch().await;
    assert_eq!(watch.err().map(|error| error.kind()), Some(Kind::NotPermitted));
    server.command(&["ACL", "SETUSER", "ada", "resetkeys"]);
    assert_eq!(refused(&at(&format!("{url}?user=ada&pass=hunter2"))).await, Kind::NotPermitted);
}

#[tokio::test]
async fn password_that_is_corrected_on_the_server_is_taken() {
    let server =
        RedisServer::with_options(&["--requirepass", "correct"]).with_login("default", "correct");
    let store = at(&format!("{}?pass=hunter2", server.url()));
    assert_eq!(refused(&store).await, Kind::Refused);
    server.command(&["CONFIG", "SET", "requirepass", "hunter2"]);
    let corrected = async {
        while report(&store).await.is_err() {
            // The server is another process.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENT, corrected).await.expect("the next connection has the right password");
}

#[tokio::test]
async fn server_that_repeats_the_password_in_an_error_does_not_spread_it() {
    let server =
        RedisServer::with_options(&["--rename-command", "AUTH", "", "--rename-command", "HELLO", ""]);
    let store = at(&format!("{}?user=ada&pass=hunter2", server.url()));
    refused(&store).await;
}

async fn works(store: &RedisStore) {
    let [mut one, mut two] = [1, 2].map(|id| Process::new(store, id));
    one.fail().await;
    let mut watch = store.watch().await.expect("a subscription");
    two.fail().await;
    let names = timeout(PATIENT, watch.next()).await.expect("a notice").expect("no end");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), [GroupName::new("shop::payments")]);
}

#[tokio::test]
async fn server_without_resp3_serves_as_well() {
    let mut server = RedisServer::with_options(&["--rename-command", "HELLO", ""]);
    let store = store(&server, PATIENT);
    works(&store).await;
    let mut watch = store.watch().await.expect("a subscription");
    // Two heartbeats pass in real time.
    assert!(timeout(Duration::from_millis(1_800), watch.next()).await.is_err(), "it goes on");
    server.kill();
    timeout(PATIENT, watch.next()).await.expect("it ends").expect_err("no change");
}

#[tokio::test]
async fn watch_outlives_quiet_times() {
    let server = RedisServer::start();
    let store = store(&server, PATIENT);
    let mut watch = store.watch().await.expect("a subscription");
    // Two heartbeats pass in real time.
    assert!(timeout(Duration::from_millis(1_800), watch.next()).await.is_err(), "it goes on");
    works(&store).await;
}

/// Starts a server that asks its clients for a certificate, or does not.
#[cfg(feature = "redis-tls")]
fn with_tls(certificates: &std::path::Path, auth_clients: &str) -> (RedisServer, Address) {
    let port = RedisServer::free_port().to_string();
    let file = |name: &str| certificates.join(name).display().to_string();
    let server = RedisServer::with_options(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &file("server.crt"),
        "--tls-key-file",
        &file("server.key"),
        "--tls-ca-cert-file",
        &file("authority.crt"),
        "--tls-auth-clients",
        auth_clients,
    ]);
    (server, Address::parse(&format!("rediss://127.0.0.1:{port}")).expect("an address"))
}

#[cfg(feature = "redis-tls")]
#[tokio::test]
async fn tls_shows_the_certificate_that_the_server_asks_for() {
    use std::fs;

    use super::certificates;

    let folder = tempfile::tempdir().expect("a folder");
    certificates::make(folder.path());
    let (server, address) = with_tls(folder.path(), "yes");
    let read = |name: &str| fs::read(folder.path().join(name)).expect("a certificate");
    let address = address.with_authorities(read("authority.crt"));
    let stranger = report(&RedisStore::new(address.clone(), PATIENT)).await;
    assert_eq!(stranger.map_err(|error| error.kind()), Err(Kind::Unreachable));
    let known = address.clone().with_identity(read("server.crt"), read("server.key"));
    let key = String::from_utf8(read("server.key")).expect("PEM");
    let (debug, secret) = (format!("{known:?}"), key.lines().nth(1).expect("a key"));
    assert!(!debug.contains(secret) && debug.contains("identity: Some(\"..\")"), "{debug}");
    works(&RedisStore::new(known, PATIENT)).await;
    let unreadable = address.with_identity(read("server.crt"), *b"no key").check();
    assert_eq!(unreadable.map_err(|error| error.kind()), Err(Kind::Address));
    drop(server);
}

#[cfg(feature = "redis-tls")]
#[tokio::test]
async fn tls_trusts_the_authorities_that_are_given() {
    use std::fs;

    use super::certificates;

    let folder = tempfile::tempdir().expect("a folder");
    certificates::make(folder.path());
    let (server, address) = with_tls(folder.path(), "no");
    let stranger = RedisStore::new(address.clone(), PATIENT);
    let error = report(&stranger).await.expect_err("an authority that is not known");
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.to_string().contains("certificate"), "{error}");
    let authority = fs::read(folder.path().join("authority.crt")).expect("a certificate");
    works(&RedisStore::new(address.with_authorities(authority), PATIENT)).await;
    drop(server);
}

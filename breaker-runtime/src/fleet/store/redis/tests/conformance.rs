//! The tests of all stores, on Redis.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::redis_server::RedisServer;
use super::with_set_clock;
use crate::fleet::store::conformance::{BEGIN, Set, conformance_tests};
use crate::fleet::store::redis::RedisStore;

fn redis() -> (RedisServer, Set<RedisStore>) {
    let server = RedisServer::start();
    let wall = Arc::new(AtomicU64::new(BEGIN));
    let store = with_set_clock(&server, &wall);
    (server, Set { store, wall })
}

fn empty(server: &RedisServer) {
    server.command(&["FLUSHALL"]);
}

conformance_tests! { redis(), empty }

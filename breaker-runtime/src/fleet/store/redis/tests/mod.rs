//! Tests with a real server, and so in real time: a sleep in them waits for it, or for its clock.

mod access;
mod address;
#[cfg(feature = "redis-tls")]
mod certificates;
mod cluster;
mod conformance;
mod cost;
mod differential;
mod failures;
#[path = "../../../../../tests/support/redis_server.rs"]
mod redis_server;
mod scripts;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use self::redis_server::RedisServer;
use super::{Address, RedisStore, ScriptText};

/// The script, with a clock that the last argument sets.
pub(super) static SCRIPT_WITH_SET_CLOCK: LazyLock<ScriptText> =
    LazyLock::new(|| ScriptText::with_clock("local wall = tonumber(ARGV[#ARGV])\n"));

/// Far longer than an exchange takes: only the tests of deadlines have a short one.
const PATIENT: Duration = Duration::from_secs(20);

fn store(server: &RedisServer, deadline: Duration) -> RedisStore {
    RedisStore::new(Address::parse(&server.url()).expect("an address"), deadline)
}

fn with_set_clock(server: &RedisServer, wall: &Arc<AtomicU64>) -> RedisStore {
    store(server, PATIENT).with_wall(Arc::clone(wall))
}

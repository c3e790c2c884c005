//! The cost of the dashboard for the calls of the service: a thousand breakers, fifty viewers, ten of
//! which never read.
//!
//! Rounds with and without the dashboard take turns, so that a change of the machine's load affects both
//! alike. Fails if a call is slower by more than a tenth, or if the memory grows by more than 64 MiB.

use std::fs;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use breaker_runtime::CircuitBreaker;
use breaker_runtime::dashboard::Dashboard;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const BREAKERS: usize = 1_000;
const READERS: usize = 40;
const SILENT: usize = 10;
const ROUNDS: usize = 6;
const ROUND: Duration = Duration::from_secs(4);
/// The last passes of a round that count.
const MOST_PASSES: usize = 20_000;
const MOST_SLOWER: f64 = 1.1;
const MOST_MEMORY: u64 = 64 << 20;

/// A dashboard with its viewers; all of it ends with this.
struct Served {
    runtime: Option<Runtime>,
    ends: Arc<AtomicBool>,
    readers: Vec<JoinHandle<()>>,
    silent: Vec<TcpStream>,
    bytes: Arc<AtomicU64>,
}

impl Served {
    fn start() -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("bound");
        runtime.spawn(async move { axum::serve(listener, Dashboard::new("bench").into_router()).await });
        let (ends, bytes) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let reader = |_| {
            let (ends, bytes, mut stream) = (Arc::clone(&ends), Arc::clone(&bytes), connect(address));
            thread::spawn(move || {
                let mut chunk = vec![0; 64 << 10];
                while !ends.load(Ordering::Relaxed) {
                    if let Ok(read) = stream.read(&mut chunk) {
                        bytes.fetch_add(read as u64, Ordering::Relaxed);
                    }
                }
            })
        };
        let readers = (0..READERS).map(reader).collect();
        let silent = (0..SILENT).map(|_| connect(address)).collect();
        Self { runtime: Some(runtime), ends, readers, silent, bytes }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.silent.clear();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        for reader in self.readers.drain(..) {
            reader.join().expect("the reader ends");
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a time-out");
    stream.write_all(b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    stream
}

/// Calls all breakers in turn without a pause, and returns the nanoseconds of each thousand calls, for
/// one call.
fn calls(breakers: &[CircuitBreaker]) -> Vec<f64> {
    let (mut passes, mut kept) = (Vec::with_capacity(MOST_PASSES), 0);
    let end = Instant::now() + ROUND;
    while Instant::now() < end {
        let start = Instant::now();
        for breaker in breakers {
            let _ = black_box(breaker.call(|| Ok::<_, ()>(black_box(1_u64))));
        }
        let nanos = start.elapsed().as_secs_f64() * 1e9 / breakers.len() as f64;
        // A list of all would be more memory than the dashboard.
        if passes.len() < MOST_PASSES {
            passes.push(nanos);
        } else {
            let index = kept % MOST_PASSES;
            passes[index] = nanos;
        }
        kept += 1;
    }
    passes
}

/// Returns the median, which other processes that take the core for a while do not move.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Returns the bytes of memory that the process has.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

fn main() {
    let build = |number| CircuitBreaker::builder(format!("dependency-{number}")).build().expect("valid");
    let breakers: Vec<_> = (0..BREAKERS).map(build).collect();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let (mut before, mut after, mut sent) = (0, 0, 0);
    for _ in 0..ROUNDS {
        without.extend(calls(&breakers));
        before = before.max(memory());
        let served = Served::start();
        // Real time, as the viewers are real: they connect, and the sampler makes its first frame.
        thread::sleep(Duration::from_secs(1));
        let sent_before = served.bytes.load(Ordering::Relaxed);
        with.extend(calls(&breakers));
        sent += served.bytes.load(Ordering::Relaxed) - sent_before;
        after = after.max(memory());
    }
    let (without, with) = (median(without), median(with));
    let seconds = ROUND.as_secs_f64() * ROUNDS as f64;
    let (ratio, grown) = (with / without, after.saturating_sub(before));
    println!("a call: {without:.1} ns without, {with:.1} ns with the dashboard, ratio {ratio:.2}");
    println!("sent: {:.1} MB/s to {READERS} readers", sent as f64 / seconds / 1e6);
    println!("memory: {:.1} MiB without, {:.1} MiB with", mib(before), mib(after));
    assert!(ratio <= MOST_SLOWER, "a call is slower by more than the limit {MOST_SLOWER}");
    assert!(grown <= MOST_MEMORY, "the memory grows by more than {} MiB", mib(MOST_MEMORY));
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

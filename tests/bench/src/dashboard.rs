//! The cost of the dashboard for the calls of the service: a thousand breakers, fifty viewers, ten of
//! which never read.
//!
//! Rounds with and without the dashboard take turns, so that a change of the machine's load affects both
//! alike. Three callers are measured:
//!
//! - A busy one calls without a pause. Of its calls, one in millions is the first after a pass of the
//!   sampler.
//! - An idle one calls each breaker once a second, after the pass. Its caches are cold in any case.
//! - One that has the breaker in its cache calls right after another core has read it: the worst case,
//!   once a second for each breaker. The call fetches the cache line from that core.
//!
//! Fails if a call of the busy one is slower by more than a tenth, one of the others by more than what a
//! cache line costs, or if the memory grows by more than 64 MiB.

use std::fs;
use std::hint::{black_box, spin_loop};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::slice;
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
/// The seconds of the idle caller in each round.
const IDLE_SECONDS: usize = 4;
/// From the reading of the breakers until all viewers have the frame.
const DELIVERY: Duration = Duration::from_millis(100);
/// The calls of a breaker that another core has read, and as many of one that it has not.
const READINGS: usize = 2_000;
/// The most that the first call after a reading may take longer, in nanoseconds. A cache
/// line of another core takes 30 to 40.
const MOST_LATER: f64 = 100.0;
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
        let nanos = pass(breakers);
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

/// Calls all breakers in turn once a second, right after the pass of a dashboard if there is one, and
/// returns the nanoseconds of a call for each of these seconds.
fn first_calls(breakers: &[CircuitBreaker], served: Option<&Served>) -> Vec<f64> {
    let second = || {
        let Some(served) = served else { return thread::sleep(Duration::from_secs(1)) };
        let before = served.bytes.load(Ordering::Relaxed);
        // The frame is sent right after the pass.
        while served.bytes.load(Ordering::Relaxed) == before {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(DELIVERY);
    };
    (0..IDLE_SECONDS).map(|_| (second(), pass(breakers)).1).collect()
}

/// Calls all breakers in turn once, and returns the nanoseconds of a call.
fn pass(breakers: &[CircuitBreaker]) -> f64 {
    let start = Instant::now();
    for breaker in breakers {
        let _ = black_box(breaker.call(|| Ok::<_, ()>(black_box(1_u64))));
    }
    start.elapsed().as_secs_f64() * 1e9 / breakers.len() as f64
}

/// Calls a breaker right after another thread has read it, or has done nothing; returns the shortest
/// times of a call without and with the reading, those of the clock included.
fn after_reading(breaker: &CircuitBreaker) -> [f64; 2] {
    let (asked, ends) = (AtomicBool::new(false), AtomicBool::new(false));
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let reads = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Acquire) {
                if asked.load(Ordering::Acquire) {
                    if reads.load(Ordering::Relaxed) {
                        black_box(breaker.snapshot());
                    }
                    asked.store(false, Ordering::Release);
                }
                spin_loop();
            }
        });
        for reading in 0..2 * READINGS {
            // The line is the caller's.
            let _ = black_box(breaker.call(|| Ok::<_, ()>(black_box(1_u64))));
            reads.store(reading % 2 == 1, Ordering::Relaxed);
            asked.store(true, Ordering::Release);
            while asked.load(Ordering::Acquire) {
                spin_loop();
            }
            let times = if reading % 2 == 1 { &mut with } else { &mut without };
            times.push(pass(slice::from_ref(breaker)));
        }
        ends.store(true, Ordering::Release);
    });
    [shortest(&without), shortest(&with)]
}

/// Returns the shortest time, which is that without other processes.
fn shortest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
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
    let (mut idle_without, mut idle_with) = (Vec::new(), Vec::new());
    let (mut before, mut after, mut sent) = (0, 0, 0);
    for _ in 0..ROUNDS {
        without.extend(calls(&breakers));
        idle_without.extend(first_calls(&breakers, None));
        before = before.max(memory());
        let served = Served::start();
        // Real time, as the viewers are real: they connect, and the sampler makes its first frame.
        thread::sleep(Duration::from_secs(1));
        let sent_before = served.bytes.load(Ordering::Relaxed);
        with.extend(calls(&breakers));
        sent += served.bytes.load(Ordering::Relaxed) - sent_before;
        idle_with.extend(first_calls(&breakers, Some(&served)));
        after = after.max(memory());
    }
    let (without, with) = (median(without), median(with));
    let seconds = ROUND.as_secs_f64() * ROUNDS as f64;
    let (ratio, grown) = (with / without, after.saturating_sub(before));
    println!("a call: {without:.1} ns without, {with:.1} ns with the dashboard, ratio {ratio:.2}");
    let idle = [shortest(&idle_without), shortest(&idle_with)];
    let medians = [median(idle_without), median(idle_with)];
    println!("the first call of a second: {:.1} ns without, {:.1} ns after a pass", idle[0], idle[1]);
    println!("its median: {:.1} ns without, {:.1} ns after a pass", medians[0], medians[1]);
    let read = after_reading(&breakers[0]);
    println!("a call and the clock: {:.0} ns, {:.0} ns after another core has read", read[0], read[1]);
    println!("sent: {:.1} MB/s to {READERS} readers", sent as f64 / seconds / 1e6);
    println!("memory: {:.1} MiB without, {:.1} MiB with", mib(before), mib(after));
    assert!(ratio <= MOST_SLOWER, "a call is slower by more than the limit {MOST_SLOWER}");
    for [before, later] in [idle, read] {
        assert!(later - before <= MOST_LATER, "a first call takes longer by more than {MOST_LATER} ns");
    }
    assert!(grown <= MOST_MEMORY, "the memory grows by more than {} MiB", mib(MOST_MEMORY));
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

//! The processes of a test, their dependency and their server.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use redis::Value;
use tempfile::TempDir;

use crate::child::{FOLDER, GROUP, NUMBER, URL};
use crate::redis_server::RedisServer;

/// The time within which an order is in force everywhere.
pub const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// The time by which a machine that runs other things may be late.
pub const BUSY: Duration = Duration::from_secs(2);

/// Far longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(30);

/// A line that a process has written.
#[derive(Clone, Debug)]
pub struct Line {
    pub process: usize,
    /// Microseconds since 1970.
    pub at: u64,
    pub what: String,
}

/// Processes that share a breaker.
pub struct Fleet {
    pub server: RedisServer,
    folder: TempDir,
    children: Vec<Option<Child>>,
    stopped: Vec<bool>,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Fleet {
    /// Starts so many processes, and waits until all make calls.
    pub fn start(processes: usize) -> Self {
        Self::start_with(RedisServer::start(), processes)
    }

    /// Starts processes with a server, which need not run.
    pub fn start_with(server: RedisServer, processes: usize) -> Self {
        let folder = tempfile::Builder::new().prefix("fleet").tempdir().expect("a folder");
        let mut fleet = Self {
            server,
            folder,
            children: (0..processes).map(|_| None).collect(),
            stopped: vec![false; processes],
            lines: Arc::default(),
        };
        (0..processes).for_each(|process| fleet.spawn(process));
        fleet.until("all are ready", |lines| {
            lines.iter().filter(|line| line.what == "ready").count() == processes
        });
        // Real time, that of the processes: until all have reported calls, and are members.
        thread::sleep(Duration::from_secs(1));
        fleet
    }

    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Starts a process again, or for the first time.
    pub fn spawn(&mut self, process: usize) {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "child::process_of_a_fleet", "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, self.folder.path()).env(URL, self.server.url());
        command.env(NUMBER, process.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let lines = Arc::clone(&self.lines);
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let Some((at, what)) = line.strip_prefix("> ").and_then(|line| line.split_once(' '))
                else {
                    continue;
                };
                let at = at.parse().expect("a time");
                lines.lock().unwrap().push(Line { process, at, what: what.to_owned() });
            }
        });
        self.children[process] = Some(child);
        self.stopped[process] = false;
    }

    /// Ends a process at once.
    pub fn kill(&mut self, process: usize) {
        if let Some(mut child) = self.children[process].take() {
            child.kill().expect("it is killed");
            child.wait().expect("it ends");
        }
    }

    pub fn lives(&self, process: usize) -> bool {
        self.children[process].is_some()
    }

    /// Stops a process, or lets it go on.
    pub fn pause(&mut self, process: usize, stopped: bool) {
        if let Some(child) = &self.children[process] {
            let signal = if stopped { "-STOP" } else { "-CONT" };
            let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(status.expect("`kill` runs").success());
            self.stopped[process] = stopped;
        }
    }

    pub fn is_stopped(&self, process: usize) -> bool {
        self.stopped[process]
    }

    /// Lets the dependency fail for all, or work again.
    pub fn set_down(&self, down: bool) {
        self.set("down", down);
    }

    /// Lets the dependency fail for one process.
    pub fn set_down_for(&self, process: usize, down: bool) {
        self.set(&format!("down-{process}"), down);
    }

    /// Lets calls to an open breaker's dependency have no end.
    pub fn set_stuck(&self, stuck: bool) {
        self.set("stuck", stuck);
    }

    /// Returns the last view of each process that lives, and when it came, in microseconds since 1970:
    /// whether its store answers, and the phase and epoch of its group.
    pub fn views(&self, lines: &[Line]) -> Vec<(u64, String)> {
        let last = |process: usize| {
            let view = |line: &Line| {
                let view = line.what.strip_prefix("view ").filter(|_| line.process == process)?;
                Some((line.at, view.to_owned()))
            };
            lines.iter().rev().find_map(view).unwrap_or_default()
        };
        (0..self.len()).filter(|process| self.lives(*process)).map(last).collect()
    }

    /// Lets probes take long.
    pub fn set_hanging(&self, hanging: bool) {
        self.set("hang", hanging);
    }

    fn set(&self, name: &str, on: bool) {
        let path = self.folder.path().join(name);
        if on {
            fs::write(path, "").expect("a file");
        } else {
            // It may not be there.
            let _ = fs::remove_file(path);
        }
    }

    /// Returns the number of lines so far.
    pub fn mark(&self) -> usize {
        self.lines.lock().unwrap().len()
    }

    /// Returns the lines from a mark on, by time.
    pub fn since(&self, mark: usize) -> Vec<Line> {
        let mut lines = self.lines.lock().unwrap()[mark..].to_vec();
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// Waits for a condition on the lines.
    pub fn until(&self, what: &str, condition: impl Fn(&[Line]) -> bool) {
        let start = Instant::now();
        while !condition(&self.lines.lock().unwrap()) {
            assert!(start.elapsed() < LIMIT, "{what}: not within {LIMIT:?}\n{}", self.tail());
            // The lines come from other processes.
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns the last lines, for a message.
    pub fn tail(&self) -> String {
        let lines = self.since(0);
        let last = lines.iter().skip(lines.len().saturating_sub(60));
        let texts = last.map(|line| format!("{} {} {}", line.at, line.process, line.what));
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Returns whether the last change of each process that lives was to `state`; one without a change
    /// is closed.
    pub fn are_all(&self, lines: &[Line], state: &str) -> bool {
        (0..self.len()).filter(|process| self.lives(*process)).all(|process| {
            let of_process = || lines.iter().rev().filter(|line| line.process == process);
            let current = of_process().take_while(|line| line.what != "ready");
            let mut events = current.filter_map(|line| line.what.strip_prefix("event "));
            events.next().map_or("closed", |event| event.split(' ').next().unwrap_or_default()) == state
        })
    }

    /// Sets the server's clock forward, or back, as the scripts see it: they know it as a difference to
    /// the time that they have stored. Without a group there is none.
    pub fn step_clock(&self, millis: i64) {
        let state = format!("{{breaker:1:{GROUP}}}:state");
        if self.server.command(&["EXISTS", &state]) == Value::Int(1) {
            self.server.command(&["HINCRBY", &state, "wall", &(-millis).to_string()]);
        }
    }

    /// Checks that each key in the store expires.
    pub fn assert_keys_expire(&self) {
        let Value::Array(keys) = self.server.command(&["KEYS", "*"]) else { panic!("a list of keys") };
        assert!(!keys.is_empty(), "the fleet has keys");
        for key in keys {
            let Value::BulkString(key) = key else { panic!("a key: {key:?}") };
            let key = String::from_utf8(key).expect("text");
            let left = self.server.command(&["PTTL", &key]);
            // -2: it has expired meanwhile.
            assert!(matches!(left, Value::Int(left) if left >= 0 || left == -2), "{key}: {left:?}");
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        (0..self.len()).for_each(|process| self.kill(process));
    }
}

/// Returns the probes as pairs of begin and end, for those that have ended.
pub fn probes(lines: &[Line]) -> Vec<(usize, u64, u64)> {
    let begins = lines.iter().enumerate().filter(|(_, line)| line.what == "probe begins");
    let ends = begins.filter_map(|(index, begin)| {
        let end = lines[index..]
            .iter()
            .find(|line| line.process == begin.process && line.what == "probe ends")?;
        Some((begin.process, begin.at, end.at))
    });
    ends.collect()
}

/// Checks that no two processes probed at the same time.
pub fn assert_one_probe_at_a_time(lines: &[Line]) {
    let probes = probes(lines);
    for pair in probes.windows(2) {
        let ((one, _, end), (other, begin, _)) = (pair[0], pair[1]);
        assert!(begin >= end, "{one} and {other} probe at the same time: {probes:?}");
    }
}

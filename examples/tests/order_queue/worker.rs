//! The process that the test kills.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// A handle that kills the process, for each task that may have to.
#[derive(Clone)]
pub(crate) struct Victim(Arc<Mutex<Child>>);

impl Victim {
    /// Kills it by SIGKILL, which cannot be caught: nothing is cleaned up.
    pub(crate) fn kill(&self) {
        self.child().kill().expect("it is our own process");
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.0.lock().expect("nothing panics with it")
    }
}

/// A running `order_worker`. Dropping it kills it, so that a failed test leaves nothing behind.
pub(crate) struct Worker {
    victim: Victim,
    orders: Option<ChildStdin>,
    said: Receiver<String>,
}

impl Worker {
    pub(crate) fn start(database: &Path, payments: SocketAddr) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_order_worker"));
        let command = command.arg(database).arg(payments.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let orders = child.stdin.take();
        let output = child.stdout.take().expect("it is piped");
        let (say, said) = mpsc::channel();
        thread::spawn(move || read(output, &say));
        Self { victim: Victim(Arc::new(Mutex::new(child))), orders, said }
    }

    pub(crate) fn victim(&self) -> Victim {
        self.victim.clone()
    }

    pub(crate) fn order(&mut self, customer: u32) {
        let orders = self.orders.as_mut().expect("it is open until the end");
        // It may be dead by this time, as the test intends.
        let _ = writeln!(orders, "{customer} {}", 100 + customer);
    }

    /// Ends the orders: the process drains the queue and ends.
    pub(crate) fn close(&mut self) {
        self.orders = None;
    }

    /// Waits for its end; returns `None` if it still runs.
    pub(crate) async fn ended(&self, within: Duration) -> Option<ExitStatus> {
        let latest = Instant::now() + within;
        loop {
            let status = self.victim.child().try_wait().expect("it is our own process");
            if status.is_some() || Instant::now() >= latest {
                return status;
            }
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until it has the database open.
    pub(crate) fn ready(&self) {
        let said = self.said.recv_timeout(Duration::from_secs(10));
        assert_eq!(said.as_deref(), Ok("ready"));
    }

    /// Kills it if needed. Returns the answers and their customers.
    pub(crate) fn receipts(self) -> Vec<(String, u32)> {
        self.victim.kill();
        let said = self.said.iter().filter(|line| line != "ready");
        let receipt = |line: String| {
            let (answer, customer) = line.split_once(' ').expect("it has an answer and a customer");
            (answer.to_owned(), customer.parse().expect("it is a number"))
        };
        said.map(receipt).collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut child = self.victim.child();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Reads whole lines: half a line that a kill cut off is no answer to a customer.
fn read(output: ChildStdout, say: &Sender<String>) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    while output.read_line(&mut line).is_ok() && line.ends_with('\n') {
        let _ = say.send(line.trim_end().to_owned());
        line.clear();
    }
}

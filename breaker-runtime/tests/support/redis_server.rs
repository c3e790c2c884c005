//! A Redis server for a test: its own process with nothing on disk but a folder that goes with it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "included by several test programs, none of which uses all of it"
)]

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Far longer than the tenth of a second that it takes.
const LIMIT: Duration = Duration::from_secs(30);

/// A running server, which is stopped when this is dropped, also by a test that panics.
#[derive(Debug)]
pub struct RedisServer {
    folder: TempDir,
    options: Vec<String>,
    child: Option<Child>,
    /// The user and the password for commands of the test, where they are needed.
    login: Option<(String, String)>,
}

impl RedisServer {
    /// Starts a server on a socket in a folder of its own.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    #[must_use]
    pub fn start() -> Self {
        Self::with_options(&[])
    }

    /// Starts a server with more options, as its command line takes them.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    #[must_use]
    pub fn with_options(options: &[&str]) -> Self {
        let mut server = Self::stopped(options);
        server.start_again();
        server
    }

    /// Returns a server that does not run yet.
    ///
    /// # Panics
    ///
    /// If there can be no folder.
    #[must_use]
    pub fn stopped(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("redis").tempdir().expect("a folder");
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self { folder, options, child: None, login: None }
    }

    /// Returns the server with a user and a password for [`command`](Self::command).
    #[must_use]
    pub fn with_login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Returns a port that is free at the moment.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn free_port() -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.local_addr().expect("its address").port()
    }

    /// Returns the path of a file in the server's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the address of the server's socket.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.path("r.sock")
    }

    /// Starts the server, empty, after it was stopped or killed.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the server runs already");
        let _ = fs::remove_file(self.socket());
        let log = self.path("log");
        let program = env::var("BREAKER_TEST_REDIS").unwrap_or_else(|_| "redis-server".to_owned());
        let mut command = Command::new(&program);
        if !self.options.iter().any(|option| option == "--port") {
            command.args(["--port", "0"]);
        }
        command.arg("--unixsocket").arg(self.socket());
        command.args(["--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.folder.path()).arg("--logfile").arg(&log).args(&self.options);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        self.child = Some(child.unwrap_or_else(|error| {
            panic!("{program}: cannot be started ({error}); install the package redis-server")
        }));
        self.wait_until_ready(&log);
    }

    fn wait_until_ready(&mut self, log: &Path) {
        let start = Instant::now();
        while !self.is_ready() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            let log = || fs::read_to_string(log).unwrap_or_default();
            assert!(ended.is_none(), "the Redis server ended: {ended:?}\n{}", log());
            assert!(start.elapsed() < LIMIT, "the Redis server is not ready\n{}", log());
            // It has no signal that it is ready.
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[cfg(unix)]
    fn is_ready(&self) -> bool {
        use std::io::{Read, Write};
        let Ok(mut stream) = std::os::unix::net::UnixStream::connect(self.socket()) else {
            return false;
        };
        let _ = stream.set_read_timeout(Some(LIMIT));
        let mut answer = [0; 5];
        // A server that asks for a password answers with an error, and is ready as well.
        stream.write_all(b"PING\r\n").is_ok()
            && stream.read_exact(&mut answer).is_ok()
            && !answer.starts_with(b"-LOAD")
    }

    #[cfg(not(unix))]
    fn is_ready(&self) -> bool {
        self.socket().exists()
    }

    /// Ends the server at once, without a chance to say so.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("a running server");
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
    }

    /// Ends the server, and lets another one answer at its address.
    ///
    /// # Panics
    ///
    /// If one of them does not run, or the address cannot be taken over.
    pub fn fail_over(&mut self, mut other: Self) {
        self.kill();
        fs::rename(other.socket(), self.socket()).expect("the address is taken over");
        self.child = Some(other.child.take().expect("a running server"));
    }

    /// Stops the process, which keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets the process go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().expect("a running server").id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().expect("`kill` runs");
        assert!(status.success(), "kill {signal}: {status}");
    }

    /// Runs a command on the server and returns its answer, on a connection of its own.
    ///
    /// # Panics
    ///
    /// If the server cannot be reached or answers with an error.
    pub fn command(&self, words: &[&str]) -> redis::Value {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut self.connection()).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Returns a connection to the server.
    ///
    /// # Panics
    ///
    /// If the server cannot be reached.
    #[must_use]
    pub fn connection(&self) -> redis::Connection {
        let login = self.login.as_ref().map(|(user, pass)| format!("?user={user}&pass={pass}"));
        let client = redis::Client::open(self.url() + &login.unwrap_or_default()).expect("an address");
        client.get_connection().expect("a connection")
    }

    /// Returns all that the server holds.
    ///
    /// # Panics
    ///
    /// If the server cannot be reached.
    #[must_use]
    pub fn backup(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut connection = self.connection();
        let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut connection).expect("keys");
        // A key may end meanwhile.
        let mut dump = |key: Vec<u8>| {
            let value: Option<_> =
                redis::cmd("DUMP").arg(&key).query(&mut connection).expect("an answer");
            value.map(|value| (key, value))
        };
        keys.into_iter().filter_map(&mut dump).collect()
    }

    /// Replaces all that the server holds by a backup, each key for an hour. In one transaction, as a
    /// process of the fleet would write a key in between, which is then not restored.
    ///
    /// # Panics
    ///
    /// If the server cannot be reached.
    pub fn restore(&self, backup: &[(Vec<u8>, Vec<u8>)]) {
        let mut whole = redis::pipe();
        whole.atomic().cmd("FLUSHALL").ignore();
        for (key, value) in backup {
            whole.cmd("RESTORE").arg(key).arg(3_600_000).arg(value).ignore();
        }
        whole.exec(&mut self.connection()).expect("all keys are restored");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

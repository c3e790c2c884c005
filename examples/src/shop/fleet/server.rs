//! The Redis server of the fleet: a process with a socket in a temporary folder, and nothing on disk.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// Far longer than the tenth of a second that it takes.
const LIMIT: Duration = Duration::from_secs(30);

/// The programs that can keep the state of a fleet.
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// A server, which is stopped when this is dropped.
pub(super) struct Server {
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    /// Starts a server, empty.
    ///
    /// # Errors
    ///
    /// If there is none on this machine, with what to install; if it does not start, with its log.
    pub(super) async fn start() -> io::Result<Self> {
        let mut server = Self { folder: tempfile::tempdir()?, child: None };
        server.start_again().await?;
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Ends it at once, without a chance to say so.
    pub(super) async fn kill(&mut self) -> io::Result<()> {
        match self.child.take() {
            Some(mut child) => child.kill().await,
            None => Ok(()),
        }
    }

    /// Starts it after it was killed: it has forgotten everything.
    pub(super) async fn start_again(&mut self) -> io::Result<()> {
        // A server that was killed has left it.
        let _ = std::fs::remove_file(self.socket());
        let child = self.spawn()?;
        let child = self.child.insert(child);
        let socket = self.folder.path().join("redis.sock");
        let latest = Instant::now() + LIMIT;
        loop {
            if answers(&socket).await {
                return Ok(());
            }
            if let Some(status) = child.try_wait()? {
                return Err(self.failed(status));
            }
            if Instant::now() > latest {
                return Err(io::Error::other(format!("Redis: does not answer after {LIMIT:?}")));
            }
            // It has no signal that it is ready.
            sleep(Duration::from_millis(2)).await;
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        for program in PROGRAMS {
            let mut command = Command::new(program);
            command.args(["--port", "0", "--save", "", "--appendonly", "no"]);
            command.arg("--unixsocket").arg(self.socket());
            command.arg("--dir").arg(self.folder.path());
            command.arg("--logfile").arg(self.folder.path().join("log"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            match command.kill_on_drop(true).spawn() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => return other,
            }
        }
        Err(io::Error::new(
            io::ErrorKind::NotFound,
            "Redis: neither `redis-server` nor `valkey-server` is installed; install one, such as by \
             `apt-get install redis-server` or `brew install redis`",
        ))
    }

    fn failed(&self, status: ExitStatus) -> io::Error {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        io::Error::other(format!("Redis: ended with {status}; its log: {}", log.trim()))
    }
}

#[cfg(unix)]
async fn answers(socket: &std::path::Path) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let ping = async {
        let mut stream = tokio::net::UnixStream::connect(socket).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        io::Result::Ok(answer == *b"+PONG")
    };
    tokio::time::timeout(LIMIT, ping).await.is_ok_and(|answer| answer.unwrap_or(false))
}

#[cfg(not(unix))]
async fn answers(socket: &std::path::Path) -> bool {
    socket.exists()
}

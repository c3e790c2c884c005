//! The shop's story for a fleet, shortened, keeps its promises, and leaves nothing behind when it is
//! interrupted. Uses real time and a real Redis server, because its processes and sockets are real.

#![cfg(unix)]

use std::process::Command;

use breaker_examples::shop::{FleetPlan, play_fleet};

const SHOP: &str = env!("CARGO_BIN_EXE_shop");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fleet_keeps_its_promises() {
    let plan = FleetPlan { short: true, ..FleetPlan::new(3, SHOP.into()) };
    let story = play_fleet(&plan).await.expect("Redis and the processes start");
    let broken = story.broken_promises();
    assert!(broken.is_empty(), "{broken:#?}\n\n{story}");
}

/// Returns the processes that a process has started, other than those that have ended.
#[cfg(target_os = "linux")]
fn children_of(parent: u32) -> Vec<u32> {
    let stats = std::fs::read_dir("/proc").expect("it is mounted").filter_map(|entry| {
        // A process may end meanwhile.
        std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()
    });
    let of_parent = stats.filter_map(|stat| {
        // `pid (name) state parent ..`, and the name may contain anything.
        let (pid, rest) = (stat.split_once(' ')?.0.parse().ok()?, stat.rsplit_once(") ")?.1);
        let mut fields = rest.split(' ');
        let lives = fields.next()? != "Z";
        (lives && fields.next()?.parse() == Ok(parent)).then_some(pid)
    });
    of_parent.collect()
}

#[cfg(target_os = "linux")]
fn lives(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[cfg(target_os = "linux")]
#[test]
fn interrupted_fleet_leaves_no_process_behind() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let mut command = Command::new(SHOP);
    let mut shop = command.args(["--fleet", "2"]).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(shop.stdout.take().expect("its output is piped")).lines();
    let played =
        lines.by_ref().map_while(Result::ok).any(|line| line.contains("# all dependencies work"));
    assert!(played, "the first chapter begins");
    let children = children_of(shop.id());
    assert_eq!(children.len(), 3, "two shops and Redis: {children:?}");

    let interrupted = Command::new("kill").args(["-INT", &shop.id().to_string()]).status();
    assert!(interrupted.expect("`kill` runs").success());
    assert_eq!(shop.wait().expect("it ends").code(), Some(1));
    // Far longer than a busy machine needs: processes that were killed end in a moment.
    let latest = Instant::now() + Duration::from_secs(60);
    while children.iter().any(|child| lives(*child)) {
        assert!(Instant::now() < latest, "some of {children:?} live");
        // A process ends in real time.
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn missing_server_is_reported_with_what_to_install() {
    let mut command = Command::new(SHOP);
    let output = command.args(["--fleet", "2"]).env("PATH", "/nowhere").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("apt-get install redis-server"), "{message}");
}

//! A program with `panic = "abort"`: the runtime never panics to find something out, because that would
//! end the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = r#"//! Fails at the first panic, which a hook sees even if it is caught.

use std::error::Error;
use std::future::pending;
use std::process::exit;

use breaker_runtime::{
    BreakerError, CircuitBreaker, ErrorKind, Settings, State, breaker_of, breakers, circuit_breaker, configure,
    name_clashes,
};
use tokio::runtime::{Builder, Runtime};

#[circuit_breaker(name = "one", failure_threshold = 3, call_timeout = "5ms", retry(attempts = 2, backoff = "1ms"))]
async fn hangs() -> Result<(), BreakerError> {
    pending().await
}

#[circuit_breaker(name = "one", max_concurrent = 1, max_wait = "5ms", last_good(key = works))]
async fn waits(works: bool) -> Result<u32, Box<dyn Error + Send + Sync>> {
    if works { Ok(7) } else { Err("down".into()) }
}

#[circuit_breaker(key = host, failure_threshold = 1, max_keys = 2, fallback = |_| Ok(7))]
fn fails(host: u32) -> Result<u32, Box<dyn Error + Send + Sync>> {
    Err(format!("{host} is down").into())
}

fn run(runtime: &Runtime) -> Result<(), Box<dyn Error + Send + Sync>> {
    assert_eq!(runtime.block_on(hangs()).map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
    assert_eq!(runtime.block_on(waits(true))?, 7);
    assert!(runtime.block_on(waits(false)).is_err());
    for host in 0..4 {
        assert_eq!(fails(host)?, 7);
    }
    assert_eq!(name_clashes().count(), 1);
    let built = CircuitBreaker::builder("built").build()?;
    let subscription = built.on_event(|_| ());
    let report = configure(Settings::new().set("built", "timeout", "1s").set("bilt", "timeout", "1s"))?;
    assert_eq!((report.changed(), report.unmatched().len()), (&["built"][..], 1));
    built.trip();
    assert_eq!((built.state(), breaker_of(hangs).state()), (State::Open, State::Closed));
    assert!(breakers().count() >= 4);
    drop(subscription);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        exit(3)
    }));
    // This runtime has no timers.
    run(&Builder::new_current_thread().build()?)?;
    println!("{}", if cfg!(panic = "abort") { "all went well" } else { "it unwinds" });
    Ok(())
}
"#;

fn project(folder: &Path) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned();
    let manifest = format!(
        "[package]\nname = \"panic-abort\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         breaker-runtime = {{ path = \"{}\", features = [\"tokio\", \"retry\", \"last-good\"] }}\n\
         tokio = {{ version = \"1\", features = [\"rt\"] }}\n\n[profile.dev]\ndebug = 0\npanic = \"abort\"\n",
        root.join("breaker-runtime").display(),
    );
    fs::create_dir_all(folder.join("src")).expect("a folder for the project");
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/main.rs"), PROGRAM).expect("a program");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the versions of the workspace");
}

#[test]
fn program_that_aborts_on_panic_goes_on_without_timers_of_the_runtime() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("panic-abort");
    project(&folder);
    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet"])
        .current_dir(&folder)
        // The target folder of the diagnostics already has the macros.
        .env("CARGO_TARGET_DIR", folder.with_file_name("diagnostics").join("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "all went well\n", "{errors}");
}

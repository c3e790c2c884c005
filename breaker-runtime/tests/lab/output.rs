//! The output of the program where it cannot go.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::{Files, STREAK};

#[test]
fn reader_that_goes_after_the_first_line_ends_the_program_quietly() {
    let files = Files::new();
    files.outage();
    files.write("a.toml", STREAK);
    for args in [
        &["replay", "calls.jsonl", "--settings", "a.toml", "--json"][..],
        &["explain", "a.toml"],
        &["tune", "calls.jsonl"],
        &["simulate", "--example"],
        &["--help"],
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_breaker-lab"));
        let program = program.args(args).current_dir(files.0.path());
        let mut program =
            program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        // A reader that never reads is gone for the first write.
        drop(program.stdout.take());
        let mut errors = String::new();
        program.stderr.take().expect("it is piped").read_to_string(&mut errors).expect("UTF-8");
        assert!(!errors.contains("panicked") && !errors.contains("breaker-lab: "), "{args:?}: {errors}");
        assert_ne!(program.wait().expect("it ends").code(), Some(101), "{args:?}");
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_breaker-lab"))
        .args(["simulate", "--example"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut first = String::new();
    BufReader::new(program.stdout.take().expect("it is piped")).read_line(&mut first).expect("a line");
    assert!(first.starts_with("# A system") && program.wait().expect("it ends").success());
}

#[test]
fn output_that_cannot_be_written_is_an_error_with_the_path() {
    let files = Files::new();
    files.outage();
    files.write("small.toml", "[map]\ncolumns = 2\nrows = 2\nruns = 1\nrates = [1.0, 2.0]\n");
    for args in [
        ["replay", "calls.jsonl", "--svg", "no/such/line.svg"],
        ["tune", "calls.jsonl", "--out", "no/such/tuned.toml"],
        ["simulate", "small.toml", "--svg", "no/such/map.svg"],
    ] {
        let output = files.run(&args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(args[3]), "{error}");
    }
    let nothing = files.run(&[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("simulate"));
}

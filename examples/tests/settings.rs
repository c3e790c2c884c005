//! The output of the example with a file of settings.

mod output;

use std::process::Command;

use output::assert_prints;

#[test]
fn example_prints_each_step() {
    let steps = [
        "settings::payments::charge   opens at 5 failures in a row, for 60s\n",
        "settings::payments::refund   opens at 5 failures in a row, for 5s\n",
        "settings::search             opens at 5 failures in a row, for 60s\n",
        "3 circuit breakers changed\n",
        "charge   opens at 0.5 failures of 10s, for 20s times 2, up to 300s\n",
        "refund   opens at 3 failures in a row, for 20s times 2, up to 300s\n",
        "search             opens at 0.8 of 100 calls longer than 250ms, for 20s, dry run\n",
        "Open for business",
        "the settings have 5 errors, and nothing was changed:\n",
        "unknown option `failure_treshold`: did you mean `failure_threshold`?",
        "`timeout`: `parsecs` is no unit of time",
        "failure_rate is 50.0 and must be above 0 and at most 1",
        "window is 100 and must be given together with failure_rate or slow_call",
        "max_timeout is 10 s and must be at least timeout, which is 60 s",
        "3 circuit breakers changed\n",
        "Some(20s), and 3600s the next time\n",
        "501 changes; every call is counted: true\n",
        "3 circuit breakers changed\n",
        "settings::payments::charge   opens at 5 failures in a row, for 60s\n",
        "settings::payments::refund   opens at 5 failures in a row, for 5s\n",
        "settings::search             opens at 5 failures in a row, for 60s\n",
    ];
    assert_prints(env!("CARGO_BIN_EXE_settings"), &steps);
}

#[test]
fn missing_file_is_reported() {
    let output = Command::new(env!("CARGO_BIN_EXE_settings")).arg("no such file").output();
    assert!(!output.expect("it runs").status.success());
}

//! The output of the example with a streamed answer. Its one pause is in real time, because its sockets
//! are real.

use std::process::Command;

#[test]
fn answer_that_is_cut_or_stops_opens_the_breaker() {
    let output = Command::new(env!("CARGO_BIN_EXE_model_answer")).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).expect("it prints text"),
        "whole  To be or -> 1 ended well, 0 failed, Closed\n\
         cut    To be or .. the answer was cut -> 1 ended well, 1 failed, Closed\n\
         hangs  To be or .. TimedOut -> 1 ended well, 2 failed, Open\n\
         whole  not asked: Open -> 1 ended well, 2 failed, Open\n"
    );
}

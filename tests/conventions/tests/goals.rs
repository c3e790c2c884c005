//! Each goal of `tests/bench/README.md` is one that the program `ratios` measures, or names a command
//! for. A goal that leaves the program would stay in the table with its last figure.

use std::fs;

use breaker_tests_conventions::source;

const README: &str = "tests/bench/README.md";
const PROGRAM: &str = "tests/bench/src/ratios";

/// A goal that is a figure of the run itself, such as that of a peer.
const OF_THE_RUN: &str = "*";

/// A row of the goals: its title without figures, its goals, and the code of the program that measures
/// them.
struct Row(&'static str, &'static [&'static str], &'static [&'static str]);

/// The goals in instructions, in the columns after `in`, are limits of `tests/bench/instructions`.
const ROWS: [Row; 31] = [
    Row(
        "success, attribute",
        &["1.4", "0.45"],
        &[
            r#"sync(Work::Success, By::Ours, "attribute", success).goal(To::Bare, 1.4).goal(To::Peer, 0.45)"#,
        ],
    ),
    Row(
        "success, `call` with the caller's error",
        &["1.2", "0.4"],
        &[
            r#"Case::sync(of, By::Ours, "call, the caller's error", call);"#,
            "if is_success { case.goal(To::Bare, 1.2).goal(To::Peer, 0.4) }",
        ],
    ),
    Row(
        "1 failure in 10",
        &["2.2", "0.7"],
        &[
            r#"sync(Work::OneInTen, By::Ours, "attribute", one_in_ten).goal(To::Bare, 2.2).goal(To::Peer, 0.7)"#,
        ],
    ),
    Row(
        "window of 100: success",
        &["1.4", "0.25"],
        &[r#"sync(Work::CountWindow, By::Ours, "attribute", of_calls)
            .goal(To::Bare, 1.4).goal(To::Named(RECLOSER), 0.25)"#],
    ),
    Row(
        "window of 100: 1 failure in 10",
        &["4", "0.25"],
        &[r#"sync(Work::CountWindowOneInTen, By::Ours, "attribute", of_calls_one_in_ten)
            .goal(To::Bare, 4.0).goal(To::Named(RECLOSER), 0.25)"#],
    ),
    Row(
        "window of 10 s, and of 1 s",
        &["5", "6"],
        &[
            r#"sync(Work::TimeWindow, By::Ours, "attribute", of_seconds).goal(To::Bare, 5.0)"#,
            r#"sync(Work::TimeWindow, By::Ours, "attribute, 1 s", of_one_second).goal(To::Bare, 6.0)"#,
        ],
    ),
    Row(
        "open, rejected",
        &["5", "0.25"],
        &[r#"sync(Work::Open, By::Ours, "attribute", open).goal(To::Bare, 5.0).goal(To::Peer, 0.25)"#],
    ),
    Row(
        "`slow_call` of 2 s, and of 100 ms",
        &["8", "14"],
        &[
            r#"sync(Work::SlowCall, By::Ours, "attribute, 2 s", slow_call_coarse).goal(To::Bare, 8.0)"#,
            r#"sync(Work::SlowCall, By::Ours, "attribute, 100 ms", slow_call_fine).goal(To::Bare, 14.0)"#,
        ],
    ),
    Row(
        "async attribute",
        &["2.4", "0.8"],
        &[r#"future(Work::AsyncSuccess, By::Ours, "attribute", success)
            .goal(To::Bare, 2.4).goal(To::Named(ARCLY), 0.8)"#],
    ),
    Row(
        "`call_async`",
        &["3", "1.0"],
        &[
            r#"Case::future(of, By::Ours, "call_async", call);"#,
            "case.goal(To::Bare, 3.0).goal(To::Named(ARCLY_EXECUTE), 1.0)",
        ],
    ),
    Row(
        "layer of `tower`",
        &["10", "0.2"],
        &[
            r#"Case::future(of, By::Ours, "tower layer", "#,
            "case.goal(To::Bare, 10.0).goal(To::Named(TOWER_RESILIENCE), 0.2)",
        ],
    ),
    Row(
        "`call_timeout`, ready at once",
        &["3"],
        &[r#"future(Work::Layers, By::Ours, "call_timeout", with_deadline).goal(To::Bare, 3.0)"#],
    ),
    Row(
        "`call_timeout`, pending once",
        &["1.0"],
        &[r#"future(Work::AsyncPending, By::Ours, "call_timeout", pending_with_deadline)
            .goal(To::Named(TIMEOUT), 1.0)"#],
    ),
    Row(
        "`max_concurrent`, async",
        &["6", "0.64"],
        &[r#"future(Work::Layers, By::Ours, "max_concurrent", with_bulkhead)
            .goal(To::Bare, 6.0).goal(To::Named(SEMAPHORE), 0.64)"#],
    ),
    Row(
        "all layers but `last_good`, and all",
        &["12", "25"],
        &[
            r#"future(Work::Layers, By::Ours, "all but last_good", stack).goal(To::Bare, 12.0)"#,
            r#"future(Work::Layers, By::Ours, "all", whole_stack).goal(To::Bare, 25.0)"#,
        ],
    ),
    Row("success", &["1.9"], &["const GOAL: f64 = 1.9;", r#"judged.row("attribute", annotated);"#]),
    Row("open, with a fallback", &["1.9"], &[r#"judged.row("open, fallback", "#]),
    Row(
        "window of 10 s, slow calls, throttle",
        &["1.9"],
        &[
            "for (name, builder) in policies() {",
            "judged.row(name, ",
            r#"("window of 10 s", builder("#,
            r#"("slow calls", builder("#,
            r#"("throttle", builder("#,
        ],
    ),
    Row("`call_timeout`, ready at once", &["1.9"], &[r#"judged.row("call_timeout", "#]),
    Row(
        "one key, sync, and by `get`",
        &["1.9", "1.8"],
        &[r#"judged.row("one key", "#, "summary.at_least(name, ratio, 1.8)"],
    ),
    Row("`retry`, `last_good`", &["1.9"], &[r#"judged.row("retry", "#, r#"judged.row("last_good", "#]),
    Row(
        "`max_concurrent`, million calls a second",
        &[OF_THE_RUN],
        &[r#"Goal::Above("tokio", tokio); judged.row("max_concurrent", "#],
    ),
    Row(
        "1 failure in 10, million calls a second",
        &[OF_THE_RUN],
        &[
            r#"Goal::Above("ferryman-core", ferryman);"#,
            r#".row("attribute, 1 failure in 10", one_in_ten)"#,
        ],
    ),
    Row(
        "build and drop a breaker, ns",
        &["200"],
        &[r#"row(summary, "build and drop a breaker", ns, 200.0)"#],
    ),
    Row(
        r#"`breaker(name)` and `breaker("group[key]")` among 10,000, ns"#,
        &["200", "300"],
        &[
            r#"row(summary, "breaker(name) among 10,000", ns, 200.0)"#,
            r#"row(summary, "breaker(\"group[key]\") among 10,000", ns, 300.0)"#,
        ],
    ),
    Row(
        "one event to one listener, ns",
        &["60"],
        &[r#"row(summary, "one event to one listener", change(&breaker) - alone, 60.0)"#],
    ),
    Row(
        "heap of a breaker, and of a key, bytes",
        &["320", "192"],
        &[
            r#"row(summary, "bytes: a breaker, built and called", bytes(10_000, called), 320.0)"#,
            r#"row(summary, "bytes: a key, idle", bytes(10_000, |key| succeed(&keys.get(&u64::from(key)))), 192.0)"#,
        ],
    ),
    Row("`.data` of an annotated function, bytes", &["256"], &[r#""tests/bench/code-size""#]),
    Row(
        "all sections of one that is called, and of one that never is, bytes",
        &["600"],
        &[r#""tests/bench/code-size""#],
    ),
    Row(
        "bytes of a breaker that a successful call may touch",
        &["64"],
        &[r#""cargo test -p breaker-runtime --lib the_hot_part_takes_64_bytes""#],
    ),
    Row(
        "allocations of any call after the first ones",
        &["0"],
        &["per(counted, 1_000), 0.0)", r#"per_call(summary, "all layers, success", "#],
    ),
];

/// The parts of the program in one run.
const PARTS: [&str; 7] = [
    "sync::cases()",
    "asynchronous::cases()",
    "layers::cases()",
    "keyed::cases()",
    "threads::print(few, &mut summary)",
    "memory::print(&mut summary)",
    "seldom::print(few, &mut summary)",
];

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Returns the code of the program, all in one line without spaces.
fn program() -> String {
    let sources = source::read(&source::root(), PROGRAM);
    // A comma that ends a list stands only where the list is broken into lines.
    let code = sources.iter().filter(|file| file.extension() == "rs");
    code.map(|file| without_spaces(&file.text).replace(",)", ")")).collect()
}

/// Returns the cells of a row of a table; `None` for another line.
fn cells(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect())
}

/// Returns the goals of each row: the numbers in the columns `goal` that are not behind `in`.
fn goals(readme: &str) -> Vec<(String, Vec<String>)> {
    let (_, section) = readme.split_once("\n## The goals\n").expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let (mut columns, mut found) = (Vec::new(), Vec::new());
    for line in section.lines() {
        match cells(line) {
            None => columns.clear(),
            Some(header) if columns.is_empty() => {
                let is_goal = |at: &usize| header[*at] == "goal" && header[*at - 1] != "in";
                columns = (1..header.len()).filter(is_goal).collect();
            }
            Some(cells) if cells.iter().all(|cell| cell.trim_matches('-').is_empty()) => {}
            Some(cells) => {
                let goals = columns.iter().flat_map(|at| cells[*at].split(", "));
                let number = |goal: &str| goal.split(':').next().unwrap_or_default().to_owned();
                let numbers = goals.filter(|goal| !goal.is_empty()).map(number);
                let title = cells[0].split(" (").next().unwrap_or_default();
                found.push((title.to_owned(), numbers.collect()));
            }
        }
    }
    found
}

#[test]
fn program_measures_each_goal_of_the_readme() {
    let readme = fs::read_to_string(source::root().join(README)).expect(README);
    let found = goals(&readme);
    let titles: Vec<_> = ROWS.iter().map(|Row(title, ..)| *title).collect();
    assert_eq!(found.iter().map(|(title, _)| title).collect::<Vec<_>>(), titles, "{README}");
    let program = program();
    for (Row(title, goals, code), (_, in_readme)) in ROWS.iter().zip(&found) {
        let are_same = in_readme.len() == goals.len()
            && in_readme.iter().zip(*goals).all(|(found, goal)| found == goal || *goal == OF_THE_RUN);
        assert!(are_same, "{title}: {in_readme:?} in {README}, {goals:?} here");
        for code in *code {
            assert!(program.contains(&without_spaces(code)), "{title}: {PROGRAM} has no `{code}`");
        }
        let code = code.concat();
        if code.contains(".goal(") || code.contains("row(summary, ") {
            for goal in *goals {
                let number = format!(", {:?})", goal.parse::<f64>().expect("a number"));
                assert!(code.contains(&number), "{title}: {goal} is not that of `{code}`");
            }
        }
    }
}

#[test]
fn whole_run_of_the_program_has_each_part() {
    let program = program();
    for part in PARTS {
        assert!(program.contains(&without_spaces(part)), "{part}");
    }
}

//! The table, and the goals beside what was measured.

use crate::case::{By, Case, Work};

/// Most that a row may cost.
struct Goal {
    work: Work,
    limit: f64,
    to: By,
    note: &'static str,
}

const GOALS: [Goal; 18] = [
    Goal { work: Work::Success, limit: 1.5, to: By::Bare, note: "" },
    Goal { work: Work::Success, limit: 1.8, to: By::Bare, note: " with totals" },
    Goal { work: Work::Success, limit: 0.6, to: By::Peer, note: "" },
    Goal { work: Work::OneInTen, limit: 1.8, to: By::Bare, note: "" },
    Goal { work: Work::OneInTen, limit: 0.65, to: By::Peer, note: "" },
    Goal { work: Work::Open, limit: 5.5, to: By::Bare, note: " (coarse clock)" },
    Goal { work: Work::Open, limit: 0.3, to: By::Peer, note: "" },
    Goal { work: Work::CountWindow, limit: 1.5, to: By::Bare, note: "" },
    Goal { work: Work::CountWindow, limit: 0.15, to: By::Peer, note: "" },
    Goal { work: Work::CountWindowOneInTen, limit: 4.0, to: By::Bare, note: "" },
    Goal { work: Work::CountWindowOneInTen, limit: 0.45, to: By::Peer, note: "" },
    Goal { work: Work::TimeWindow, limit: 6.0, to: By::Bare, note: "" },
    Goal { work: Work::TimeWindow, limit: 0.12, to: By::Peer, note: "" },
    Goal { work: Work::AsyncSuccess, limit: 2.5, to: By::Bare, note: "" },
    Goal { work: Work::Keyed1k, limit: 8.0, to: By::Bare, note: "" },
    Goal { work: Work::Keyed1k, limit: 0.2, to: By::Peer, note: "" },
    Goal { work: Work::Keyed100k, limit: 18.0, to: By::Bare, note: "" },
    Goal { work: Work::Keyed100k, limit: 0.1, to: By::Peer, note: "" },
];
const ASYNC_TO_PEER: Goal = Goal { work: Work::AsyncSuccess, limit: 0.7, to: By::Peer, note: "" };

const WORKS: [(Work, &str); 13] = [
    (Work::Success, "closed, success"),
    (Work::OneInTen, "closed, 1 failure in 10"),
    (Work::Open, "open, rejected"),
    (Work::CountWindow, "window of 100, success"),
    (Work::CountWindowOneInTen, "window of 100, 1 in 10"),
    (Work::TimeWindow, "window of 10 s, success"),
    (Work::TimeWindowOneInTen, "window of 10 s, 1 in 10"),
    (Work::AsyncSuccess, "async, closed, success"),
    (Work::AsyncOneInTen, "async, 1 failure in 10"),
    (Work::AsyncOpen, "async, open, rejected"),
    (Work::Layers, "async, layers, success"),
    (Work::Keyed1k, "1,000 keys, success"),
    (Work::Keyed100k, "100,000 keys, success"),
];

pub(crate) fn print(cases: &[Case], nanos: &[f64]) {
    println!("{:24} {:24} {:>8} {:>8} {:>13}  goals", "work", "", "ns", "to bare", "to best peer");
    for (work, title) in WORKS {
        let rows = || cases.iter().zip(nanos).filter(move |(case, _)| case.work == work);
        if rows().next().is_none() {
            continue;
        }
        let bare = bare(cases, nanos, work);
        let best =
            rows().filter(|(case, _)| case.by == By::Peer).map(|(_, &ns)| ns).fold(f64::MAX, f64::min);
        for (case, &ns) in rows() {
            let to_peer = if case.by == By::Ours && best < f64::MAX {
                format!("{:.2}", ns / best)
            } else {
                String::new()
            };
            let goals =
                if case.by == By::Ours { verdicts(work, ns / bare, ns / best) } else { String::new() };
            let who = match case.by {
                By::Ours => format!("ours: {}", case.name),
                By::Bare | By::Peer | By::Part => case.name.to_owned(),
            };
            println!("{title:24} {who:24} {ns:8.2} {:8.2} {to_peer:>13}  {goals}", ns / bare);
        }
    }
}

/// Returns the time of the bare call for the same work; a rejected call is compared with a successful
/// one.
fn bare(cases: &[Case], nanos: &[f64], work: Work) -> f64 {
    let of = match work {
        Work::Open | Work::CountWindow | Work::TimeWindow | Work::Keyed1k | Work::Keyed100k => {
            Work::Success
        }
        Work::CountWindowOneInTen | Work::TimeWindowOneInTen => Work::OneInTen,
        Work::AsyncOpen => Work::AsyncSuccess,
        other => other,
    };
    let found = cases.iter().position(|case| case.by == By::Bare && case.work == of);
    nanos[found.expect("every work has a bare call")]
}

fn verdicts(work: Work, to_bare: f64, to_peer: f64) -> String {
    let goals = GOALS.iter().chain([&ASYNC_TO_PEER]).filter(|goal| goal.work == work);
    let texts = goals.map(|Goal { limit, to, note, .. }| {
        let (is, of) = if *to == By::Bare { (to_bare, "bare") } else { (to_peer, "peer") };
        let verdict = if is <= *limit { "met" } else { "not met" };
        format!("{of} <= {limit}{note}: {verdict}")
    });
    texts.collect::<Vec<_>>().join("; ")
}

//! The table, and the goals beside what was measured.

use crate::case::{By, Case, Goal, To, Work};
use crate::summary::Summary;

const WORKS: [(Work, &str); 16] = [
    (Work::Success, "closed, success"),
    (Work::OneInTen, "closed, 1 failure in 10"),
    (Work::Open, "open, rejected"),
    (Work::CountWindow, "window of 100, success"),
    (Work::CountWindowOneInTen, "window of 100, 1 in 10"),
    (Work::TimeWindow, "window of 10 s, success"),
    (Work::TimeWindowOneInTen, "window of 10 s, 1 in 10"),
    (Work::SlowCall, "slow_call, success"),
    (Work::AsyncSuccess, "async, closed, success"),
    (Work::AsyncOneInTen, "async, 1 failure in 10"),
    (Work::AsyncOpen, "async, open, rejected"),
    (Work::AsyncPending, "async, pending once"),
    (Work::Layers, "async, layers, success"),
    (Work::Keyed1k, "1,000 keys, success"),
    (Work::Keyed100k, "100,000 keys, success"),
    (Work::Keyed1m, "a million keys, success"),
];

pub(crate) fn print(cases: &[Case], nanos: &[f64], summary: &mut Summary) {
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
            let goals = verdicts(title, case, summary, |to| match to {
                To::Bare => Some(("bare", ns / bare)),
                To::Peer => (best < f64::MAX).then_some(("peer", ns / best)),
                To::Named(name) => {
                    rows().find(|(other, _)| other.name == name).map(|(_, of)| (name, ns / of))
                }
            });
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
        Work::Open
        | Work::CountWindow
        | Work::TimeWindow
        | Work::SlowCall
        | Work::Keyed1k
        | Work::Keyed100k
        | Work::Keyed1m => Work::Success,
        Work::CountWindowOneInTen | Work::TimeWindowOneInTen => Work::OneInTen,
        Work::AsyncOpen => Work::AsyncSuccess,
        other => other,
    };
    let found = cases.iter().position(|case| case.by == By::Bare && case.work == of);
    nanos[found.expect("every work has a bare call")]
}

/// Returns the goals of a case, each with whether it is met. `ratio` returns what a goal compares with,
/// by name, and the ratio to it.
fn verdicts(
    title: &str,
    case: &Case,
    summary: &mut Summary,
    ratio: impl Fn(To) -> Option<(&'static str, f64)>,
) -> String {
    let texts = case.goals.iter().map(|&Goal { to, limit }| {
        // A goal that is left out would be neither met nor missed.
        let missing = || panic!("{title}: {}: no case for {to:?}", case.name);
        let (of, is) = ratio(to).unwrap_or_else(missing);
        let verdict = summary.at_most(&format!("{title}: {}, to {of}", case.name), is, limit);
        format!("{of} {is:.2} {verdict}")
    });
    texts.collect::<Vec<_>>().join("; ")
}

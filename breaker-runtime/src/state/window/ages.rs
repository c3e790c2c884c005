//! The promise of a span window about the age of a result, whatever the edges of its buckets.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::state::window::{Entry, Shape, SlidingWindow, Tally};
use crate::time::Ticks;

#[derive(Debug)]
struct WithAge {
    at: Ticks,
    /// `None` for a plain success.
    entry: Option<Entry>,
    /// Whether it was at most nine tenths of the old span old when the span changed.
    surely_kept: bool,
    /// Whether it was younger than the old span when the span changed.
    perhaps_kept: bool,
    /// The old span, after its time was rounded down to a bucket of that.
    rounded_by: Ticks,
}

struct Run {
    window: SlidingWindow,
    span: Ticks,
    success_count: u64,
    now: Ticks,
    results: Vec<WithAge>,
}

impl Run {
    fn result(&mut self, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.window.record(entry, self.success_count, self.now);
        } else {
            if self.now >= self.window.quiet_until() {
                self.window.advance(self.success_count, self.now);
            }
            self.success_count += 1;
        }
        let at = self.now;
        self.results.push(WithAge { at, entry, surely_kept: true, perhaps_kept: true, rounded_by: 0 });
    }

    fn steps(&mut self, steps: &[(u64, Option<Entry>)]) -> Result<(), TestCaseError> {
        for (wait, entry) in steps {
            self.now += self.span * wait / 1_000;
            self.result(*entry);
            self.check()?;
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        let found = self.window.tally(self.success_count, self.now);
        let (least, most) = self.bounds();
        for (least, found, most) in [
            (least.calls, found.calls, most.calls),
            (least.failures, found.failures, most.failures),
            (least.slow, found.slow, most.slow),
        ] {
            prop_assert!((least..=most).contains(&found), "{} <= {} <= {}", least, found, most);
        }
        Ok(())
    }

    fn reshape(&mut self, span: Ticks) {
        for result in &mut self.results {
            let age = self.now - result.at;
            result.surely_kept = age * 10 <= self.span * 9;
            result.perhaps_kept = age < self.span;
            result.rounded_by = self.span;
        }
        self.span = span;
        self.window.reshape(Shape::Span(span), self.success_count, self.now);
    }

    fn bounds(&self) -> (Tally, Tally) {
        let age = |result: &WithAge| self.now - result.at;
        let least = self
            .count(|result| result.surely_kept && age(result) * 10 + result.rounded_by <= self.span * 9);
        (least, self.count(|result| result.perhaps_kept && age(result) < self.span))
    }

    fn count(&self, is_in: impl Fn(&WithAge) -> bool) -> Tally {
        let mut sum = Tally::default();
        for result in self.results.iter().filter(|result| is_in(result)) {
            sum.calls += 1;
            sum.failures += u64::from(result.entry.is_some_and(|entry| entry.failed));
            sum.slow += u64::from(result.entry.is_some_and(|entry| entry.slow));
        }
        sum
    }
}

fn entry() -> impl Strategy<Value = Option<Entry>> {
    prop::option::of(any::<bool>().prop_map(|failed| Entry { failed, slow: !failed }))
}

/// Makes waits in thousandths of the span, each followed by a result.
fn steps() -> impl Strategy<Value = Vec<(u64, Option<Entry>)>> {
    let wait = prop_oneof![8 => 0..=100_u64, 2 => 80..=120_u64, 1 => 0..=1_200_u64];
    prop::collection::vec((wait, entry()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// A result of at most nine tenths of the span is in, and one as old as the span is out. After a
    /// change of the span, of the results that were in: one as old as the new span is out, and one of at
    /// most nine tenths of the new span less one tenth of the old span is in.
    #[test]
    fn result_leaves_at_an_age_between_nine_tenths_of_the_span_and_the_span(
        (span, other) in (1_000..=30_000_u64, 1_000..=30_000_u64),
        now in 0..=100_000_u64,
        (before, after) in (steps(), steps()),
    ) {
        let window = SlidingWindow::new(Shape::Span(span), 0, now);
        let mut run = Run { window, span, success_count: 0, now, results: Vec::new() };
        run.steps(&before)?;
        run.reshape(other);
        run.check()?;
        run.steps(&after)?;
    }
}

//! Rules that change at run time.

use crate::state::model::reference::window::reshaped;
use crate::state::model::reference::{Last, Phase, Reference, Rules};

impl Reference {
    /// Changes the rules. A probe that was lost, a ramp that was over and a call that was not counted
    /// stay so.
    pub(crate) fn reconfigure(&mut self, rules: Rules) {
        let (now, at) = (self.now, self.tick());
        let old = std::mem::replace(&mut self.rules, rules);
        if let Phase::Closed(closed) = &mut self.phase {
            closed.ran = reshaped(&closed.ran, rate_window(&old), rate_window(&self.rules), at);
            let [from, to] = [&old, &self.rules].map(throttle_window);
            closed.requests = reshaped(&closed.requests, from, to, at);
            let runs_on = |ramp: &crate::state::model::reference::Ramp| {
                let is_over = |length| now >= ramp.began + length;
                old.ramp.is_some_and(|length| !is_over(length))
                    && self.rules.ramp.is_some_and(|length| !is_over(length))
            };
            closed.ramp = closed.ramp.take().filter(runs_on);
        }
        self.forget_lost_probes();
    }
}

fn rate_window(rules: &Rules) -> Option<Last> {
    rules.judges_rates().then_some(rules.rates.window)
}

fn throttle_window(rules: &Rules) -> Option<Last> {
    rules.throttle.as_ref().map(|throttle| Last::Span(throttle.span))
}

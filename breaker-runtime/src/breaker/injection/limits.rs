//! The faults of a game day that callers do not meet as they would meet those of the dependency.

use crate::breaker::inner::Inner;
use crate::types::injection::Injection;

const NO_KEYS: &str = "`inject.keys` limits the game day to keys, and this breaker has none, so that no call meets a \
     fault";

const ANSWERED: &str = "a fallback that takes rejections only answers the injected failures too, where a failure of \
     the dependency gives callers its error";

const NO_WAIT: &str = "calls that were to wait ran at once, as a permit of `try_acquire` and a future without an \
     `.await` cannot wait";

impl Inner {
    /// Returns what the game day that applies cannot show here; `None` if it shows all of its faults.
    pub(crate) fn game_day_limits(&self) -> Option<String> {
        let plan = self.injection().filter(|plan| !plan.end.is_over())?;
        let Injection { fail, keys, .. } = &plan.injection;
        let has_keys = self.group().is_some() || self.key().is_some();
        let limits = [
            (!keys.is_empty() && !has_keys, NO_KEYS),
            (*fail > 0.0 && (plan.registry.answers_injected)(self.name()), ANSWERED),
            (self.has_skipped_waits(plan), NO_WAIT),
        ];
        let found: Vec<_> =
            limits.into_iter().filter(|(is_met, _)| *is_met).map(|(_, text)| text).collect();
        (!found.is_empty()).then(|| found.join("; "))
    }
}

//! The faults of pings: those of the calls that they stand for.

use std::future::ready;

use crate::breaker::background::{BackgroundLink, PingFuture};
use crate::breaker::injection::plan::InjectedFault;
use crate::breaker::inner::Inner;
use crate::time::timer::sleep;
use crate::types::outcome::Outcome;

impl Inner {
    /// Makes a ping that meets the faults of a game day. One that waits ends with its probe slot, also
    /// if the settings end the game day before.
    pub(crate) fn ping_with_faults(&self, link: &BackgroundLink) -> PingFuture {
        let plan = self.injection().filter(|plan| self.applies(plan));
        let Some((plan, left)) = plan.and_then(|plan| Some((plan, plan.end.remaining()?))) else {
            return link.ping(self);
        };
        let length = match plan.draw(|| self.chance.draw()) {
            None => return link.ping(self),
            Some(InjectedFault::Fail) => return Box::pin(ready(Outcome::Failure)),
            Some(InjectedFault::Hang) => left,
            Some(InjectedFault::Wait(length)) => length.min(left),
        };
        let ping = link.ping(self);
        Box::pin(async move {
            sleep(length).await;
            ping.await
        })
    }
}

//! The events of the story, and their times.

use std::fmt;
use std::time::Duration;

use super::faulty::Health;

/// The lengths and sizes of a story.
#[derive(Clone, Debug)]
pub struct Script {
    /// The first phase, in which all services work, and the catalogue is flaky.
    pub normal: Duration,
    /// The phase in which payments hangs and recommendations errors.
    pub outage: Duration,
    /// The phase in which the catalogue refuses connections as well.
    pub wider_outage: Duration,
    /// The last phase, in which all services are healthy. Longer than the open periods, so that the
    /// breakers close in it.
    pub recovery: Duration,
    /// The customers per second. One in seven checks out, three see the front page, three see a product.
    pub rate: u32,
    /// The number of requests that the shop handles in parallel.
    pub workers: usize,
    /// The time that the shop waits for payments.
    pub payment_deadline: Duration,
    /// The time that the shop waits for recommendations and the catalogue.
    pub page_deadline: Duration,
    /// The time until recommendations answers with an error.
    pub error_delay: Duration,
    /// The p99 latency that is promised for the outages with breakers; `None` for a run on a machine
    /// that others use.
    pub outage_p99: Option<Duration>,
    /// The times of the breakers, in place of those in the code.
    pub pace: Option<Pace>,
    /// Whether an order is flushed to the disk before its customer has an answer.
    pub durable_orders: bool,
    /// Whether both runs are played at the same time, so that a machine that stalls slows both.
    pub together: bool,
}

/// The times of the breakers in a run of another length.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The open period, and the ramp.
    pub open_period: Duration,
    /// The deadline of a call.
    pub call_timeout: Duration,
}

impl Script {
    /// Returns the script of the program: 20 seconds for each of the two runs.
    ///
    /// Checkouts that hang (12 a second, 3 s each) and front pages that wait for an error (36 a second,
    /// 0.7 s each) need 61 workers of 44; the checkouts alone would not exhaust them.
    pub fn full() -> Self {
        Self {
            normal: Duration::from_secs(3),
            outage: Duration::from_secs(6),
            wider_outage: Duration::from_secs(5),
            recovery: Duration::from_secs(6),
            rate: 84,
            workers: 44,
            payment_deadline: Duration::from_secs(3),
            page_deadline: Duration::from_millis(1500),
            error_delay: Duration::from_millis(700),
            outage_p99: Some(Duration::from_secs(1)),
            pace: None,
            durable_orders: true,
            together: false,
        }
    }

    /// Returns the same in a third of the time, for tests.
    pub fn short() -> Self {
        Self {
            normal: Duration::from_millis(800),
            outage: Duration::from_secs(2),
            wider_outage: Duration::from_secs(2),
            recovery: Duration::from_millis(2500),
            workers: 14,
            payment_deadline: Duration::from_millis(900),
            error_delay: Duration::from_millis(150),
            outage_p99: None,
            // A healthy call can take longer than in the program: tests share the machine.
            pace: Some(Pace {
                open_period: Duration::from_millis(500),
                call_timeout: Duration::from_millis(400),
            }),
            // A flush waits for other processes: beside one that writes, the run took up to 3 s longer.
            durable_orders: false,
            // One after the other, a stall of the machine in the second run alone would decide.
            together: true,
            ..Self::full()
        }
    }

    /// Returns the length of the load, which is the same in both runs.
    pub(super) fn length(&self) -> Duration {
        self.phases().iter().map(|(_, length)| *length).sum()
    }

    pub(super) fn phases(&self) -> [(Phase, Duration); 4] {
        [
            (Phase::Normal, self.normal),
            (Phase::Outage, self.outage),
            (Phase::WiderOutage, self.wider_outage),
            (Phase::Recovered, self.recovery),
        ]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Normal,
    Outage,
    WiderOutage,
    Recovered,
}

impl Phase {
    pub(super) const ALL: [Self; 4] = [Self::Normal, Self::Outage, Self::WiderOutage, Self::Recovered];

    /// Returns the health of payments, recommendations and the catalogue.
    pub(super) fn health(self) -> [Health; 3] {
        use Health::{Errors, Flaky, Hangs, Healthy, Refuses};
        match self {
            Self::Normal => [Healthy, Healthy, Flaky],
            Self::Recovered => [Healthy, Healthy, Healthy],
            Self::Outage => [Hangs, Errors, Healthy],
            Self::WiderOutage => [Hangs, Errors, Refuses],
        }
    }

    /// Describes the change with which it begins.
    pub(super) fn headline(self) -> &'static str {
        match self {
            Self::Normal => {
                "all dependencies work; the catalogue answers one request in ten with an error"
            }
            Self::Outage => "payments hangs, recommendations answers with errors",
            Self::WiderOutage => "the catalogue refuses connections as well",
            Self::Recovered => "all dependencies have recovered",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Normal => "normal",
            Self::Outage => "outage",
            Self::WiderOutage => "wider outage",
            Self::Recovered => "recovered",
        })
    }
}

//! A breaker with a clock, a random source and a listener, and the steps that run on it.

use std::future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, Clock, ConfigError, Event, ManualClock, Permit, Snapshot,
    Subscription,
};
use futures::FutureExt;

use super::given;
use super::when::{Action, End, Order, Step};

/// No throttle rejects at this draw.
const LUCKY: f64 = 1.0 - f64::EPSILON;

pub(super) struct World {
    clock: ManualClock,
    chance: Arc<AtomicU64>,
}

impl World {
    pub(super) fn new(options: &str) -> Result<(Self, Result<CircuitBreaker, ConfigError>), String> {
        let clock = ManualClock::new();
        let chance = Arc::new(AtomicU64::new(LUCKY.to_bits()));
        let drawn = Arc::clone(&chance);
        let builder = CircuitBreaker::builder("scenario")
            .clock(clock.clone())
            .random(move || f64::from_bits(drawn.load(Ordering::Relaxed)));
        let built = given::build(builder, options)?.build();
        Ok((Self { clock, chance }, built))
    }

    pub(super) fn watch(self, breaker: &CircuitBreaker) -> Run<'_> {
        let events = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&events);
        let subscription =
            breaker.on_event(move |event| log.lock().expect("no panic").push(event.clone()));
        Run {
            world: self,
            breaker,
            in_flight: Vec::new(),
            ended: 0,
            rejected: 0,
            rejection: None,
            events,
            _subscription: subscription,
        }
    }
}

pub(super) struct Run<'b> {
    world: World,
    breaker: &'b CircuitBreaker,
    in_flight: Vec<(String, Permit<'b>)>,
    ended: u64,
    rejected: u64,
    rejection: Option<BreakerError>,
    events: Arc<Mutex<Vec<Event>>>,
    _subscription: Subscription,
}

/// The state of the breaker after the last step.
pub(super) struct Seen {
    pub(super) snapshot: Snapshot,
    pub(super) events: Vec<Event>,
    /// Calls that ran to their end.
    pub(super) ended: u64,
    pub(super) rejected: u64,
    pub(super) rejection: Option<BreakerError>,
    pub(super) now: Duration,
}

impl Run<'_> {
    pub(super) fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.action {
            Action::Call { end, took } => {
                self.call(*end, *took).map_err(|error| format!("must run, and: {error}"))?;
                self.ended += 1;
            }
            Action::Rejected => {
                let Err(error) = self.breaker.try_acquire() else {
                    return Err("must be rejected, and ran".to_owned());
                };
                self.rejection = Some(error);
                self.rejected += 1;
            }
            Action::Begin(name) => {
                let permit = self.breaker.try_acquire();
                let permit = permit.map_err(|error| format!("must run, and: {error}"))?;
                self.in_flight.push((name.clone(), permit));
            }
            Action::End(name, end) => self.end(name, *end)?,
            Action::Wait(length) => self.world.clock.advance(*length),
            Action::Order(order) => self.order(*order),
            Action::Expect(state) => {
                let seen = self.breaker.state();
                if seen != *state {
                    return Err(format!("it is {seen}"));
                }
            }
            Action::Chance(chance) => self.world.chance.store(chance.to_bits(), Ordering::Relaxed),
        }
        Ok(())
    }

    fn call(&self, end: End, took: Duration) -> Result<(), BreakerError> {
        let pass = || self.world.clock.advance(took);
        let ran = |result: Result<(), CallError<()>>| match result {
            Err(CallError::Breaker(error)) => Err(error),
            Ok(()) | Err(CallError::Inner(())) => Ok(()),
        };
        match end {
            End::Success => ran(self.breaker.call(|| {
                pass();
                Ok(())
            })),
            End::Failure => ran(self.breaker.call(|| {
                pass();
                Err(())
            })),
            End::Panic => {
                let call = || {
                    pass();
                    resume_unwind(Box::new("a panic of the scenario"))
                };
                let unwound = catch_unwind(AssertUnwindSafe(|| self.breaker.call::<(), ()>(call)));
                unwound.map_or(Ok(()), ran)
            }
            End::Ignored => {
                let permit = self.breaker.try_acquire()?;
                pass();
                permit.ignore();
                Ok(())
            }
            End::Cancelled => {
                let call = self.breaker.call_async(future::pending::<Result<(), ()>>);
                let mut call = Box::pin(call);
                if let Some(result) = call.as_mut().now_or_never() {
                    return ran(result);
                }
                pass();
                Ok(())
            }
        }
    }

    fn end(&mut self, name: &str, end: End) -> Result<(), String> {
        let place = self.in_flight.iter().position(|(other, _)| other == name);
        let (_, permit) = self.in_flight.swap_remove(place.ok_or("no such call is in flight")?);
        match end {
            End::Success => permit.success(),
            End::Failure => permit.failure(),
            End::Ignored => permit.ignore(),
            End::Cancelled => drop(permit),
            End::Panic => return Err("a permit cannot report a panic".to_owned()),
        }
        self.ended += 1;
        Ok(())
    }

    fn order(&self, order: Order) {
        match order {
            Order::Trip => self.breaker.trip(),
            Order::Reset => self.breaker.reset(),
            Order::ForceOpen => self.breaker.force_open(),
            Order::ForceClosed => self.breaker.force_closed(),
            Order::Observe => self.breaker.observe(),
            Order::Automatic => self.breaker.automatic(),
        }
    }

    pub(super) fn finish(self) -> Seen {
        Seen {
            snapshot: self.breaker.snapshot(),
            events: self.events.lock().expect("no panic").clone(),
            ended: self.ended,
            rejected: self.rejected,
            rejection: self.rejection,
            now: self.world.clock.now(),
        }
    }
}

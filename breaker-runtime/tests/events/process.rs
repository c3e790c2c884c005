//! Listeners to all breakers of the process.

use std::sync::{Arc, Mutex};
use std::thread;

use breaker_runtime::{CircuitBreaker, ManualClock, Subscription, on_event};

/// The labels and the sequence numbers of the events of breakers with a name that begins so.
#[derive(Clone, Default)]
struct Labels(Arc<Mutex<Vec<(String, u64)>>>);

impl Labels {
    fn listen(&self, prefix: &'static str) -> Subscription {
        let labels = self.clone();
        on_event(move |event| {
            if event.breaker.starts_with(prefix) {
                let key = event.key.as_ref().map_or(String::new(), |key| format!("[{key}]"));
                labels.0.lock().unwrap().push((format!("{}{key}", event.breaker), event.sequence));
            }
        })
    }

    fn take(&self) -> Vec<(String, u64)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn built(name: &str) -> CircuitBreaker {
    CircuitBreaker::builder(name).clock(ManualClock::new()).build().expect("valid options")
}

#[test]
fn listener_to_the_process_gets_earlier_and_later_breakers_and_keys_once() {
    let early = built("process: early");
    early.trip();
    let labels = Labels::default();
    let subscription = labels.listen("process: ");
    early.reset();
    built("process: late").trip();
    let hosts = CircuitBreaker::builder("process: hosts").keyed().build().expect("valid options");
    hosts.get("eu-1").trip();
    let own = |label: &str, sequence| (label.to_owned(), sequence);
    assert_eq!(
        labels.take(),
        [own("process: early", 2), own("process: late", 1), own("process: hosts[eu-1]", 1)]
    );
    drop(subscription);
    early.trip();
    assert_eq!(labels.take(), []);
}

#[test]
fn listener_to_the_process_may_cause_and_unsubscribe() {
    let (first, second) = (built("causes: first"), built("causes: second"));
    let labels = Labels::default();
    let all = labels.listen("causes: ");
    let own = Arc::new(Mutex::new(None::<Subscription>));
    let subscription = on_event({
        let own = Arc::clone(&own);
        move |event| {
            if event.breaker == "causes: first" {
                second.trip();
                let own = own.lock().unwrap().take();
                drop(own);
                panic!("as a test");
            }
        }
    });
    *own.lock().unwrap() = Some(subscription);
    first.trip();
    first.reset();
    let own = |label: &str, sequence| (label.to_owned(), sequence);
    assert_eq!(
        labels.take(),
        [own("causes: first", 1), own("causes: second", 1), own("causes: first", 2)]
    );
    drop(all);
}

#[test]
fn events_of_each_breaker_come_in_order_from_many_threads() {
    let labels = Labels::default();
    let subscription = labels.listen("ordered: ");
    let breakers = ["ordered: a", "ordered: b"].map(built);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    breakers.iter().for_each(CircuitBreaker::trip);
                    breakers.iter().for_each(CircuitBreaker::reset);
                }
            });
        }
    });
    drop(subscription);
    let all = labels.take();
    for breaker in &breakers {
        let own: Vec<_> = all.iter().filter(|(label, _)| label == breaker.name()).collect();
        assert!(own.len() >= 400, "{} events", own.len());
        let sequences = own.iter().map(|(_, sequence)| *sequence);
        assert!(sequences.eq(1..=own.len() as u64), "{own:?}");
    }
}

#[cfg(feature = "test-util")]
#[test]
fn listener_to_the_process_gets_no_events_of_isolated_tests() {
    use breaker_runtime::testing;

    let outside = Labels::default();
    let _outside = outside.listen("isolated: ");
    let breaker = built("isolated: before");
    let isolated = testing::isolate();
    let inside = Labels::default();
    let _inside = inside.listen("isolated: ");
    breaker.trip();
    built("isolated: within").trip();
    let own = |label: &str, sequence| (label.to_owned(), sequence);
    assert_eq!(inside.take(), [own("isolated: before", 1), own("isolated: within", 1)]);
    assert_eq!(outside.take(), []);
    drop(isolated);
    breaker.trip();
    assert_eq!(outside.take(), [own("isolated: before", 1)]);
    assert_eq!(inside.take(), []);
}

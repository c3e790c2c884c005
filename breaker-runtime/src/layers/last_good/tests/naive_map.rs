//! Random runs beside a naive map, on two threads that take turns: each remembers where it has stored.

use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::thread::scope;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Learn(usize, u8, u32),
    LearnErr(u8),
    Recall(usize, u8),
    Wait(u64),
}

/// A key, and an answer to learn or none to recall one.
type Job = (u8, Option<u32>);

const KEYS: u8 = 6;
const MAX_AGE: u64 = 1_000;

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (0..2_usize, 0..KEYS, any::<u32>())
            .prop_map(|(thread, key, answer)| Op::Learn(thread, key, answer)),
        1 => (0..KEYS).prop_map(Op::LearnErr),
        4 => (0..2_usize, 0..KEYS).prop_map(|(thread, key)| Op::Recall(thread, key)),
        2 => (0..=MAX_AGE + 1).prop_map(Op::Wait),
    ];
    prop::collection::vec(op, 0..60)
}

proptest! {
    #[test]
    fn cache_with_room_for_all_answers_as_the_map(ops in ops()) {
        let (breaker, clock) = breaker();
        let limits = LastGoodLimits::DEFAULT.with_capacity(KEYS.into());
        let own = last_good(limits.with_max_age(Duration::from_micros(MAX_AGE)));
        let memory = |key: u8| memory!(own, breaker, key, Result<Aged<u32>, ()>);
        let run = &|(key, learnt): Job| match learnt {
            Some(answer) => {
                memory(key).learn(&Ok(Aged::fresh(answer)));
                None
            }
            None => memory(key).recall(),
        };
        let (mut naive, mut now) = (HashMap::new(), 0);
        scope(|scope| {
            let ((jobs, inbox), (outbox, results)) = (channel(), channel());
            scope.spawn(move || inbox.into_iter().try_for_each(|job| outbox.send(run(job))));
            let run_on = |thread, job| {
                if thread == 0 {
                    return run(job);
                }
                jobs.send(job).expect("the thread waits for jobs");
                results.recv().expect("the thread does not panic")
            };
            for op in ops {
                match op {
                    Op::Learn(thread, key, answer) => {
                        run_on(thread, (key, Some(answer)));
                        naive.insert(key, (answer, now));
                    }
                    Op::LearnErr(key) => memory(key).learn(&Err(())),
                    Op::Recall(thread, key) => {
                        let known = naive.get(&key).map(|&(answer, at)| (answer, now - at));
                        let known = known.filter(|&(_, age)| age <= MAX_AGE);
                        let aged = |(answer, age)| Ok(Aged::with_age(answer, Duration::from_micros(age)));
                        prop_assert_eq!(run_on(thread, (key, None)), known.map(aged));
                    }
                    Op::Wait(micros) => {
                        clock.advance(Duration::from_micros(micros));
                        now += micros;
                    }
                }
            }
            Ok(())
        })?;
    }
}

//! Random runs beside a naive map.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Learn(u8, u32),
    LearnErr(u8),
    Recall(u8),
    Wait(u64),
}

const KEYS: u8 = 6;
const MAX_AGE: u64 = 1_000;

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (0..KEYS, any::<u32>()).prop_map(|(key, answer)| Op::Learn(key, answer)),
        1 => (0..KEYS).prop_map(Op::LearnErr),
        4 => (0..KEYS).prop_map(Op::Recall),
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
        let (mut naive, mut now) = (HashMap::new(), 0);
        for op in ops {
            match op {
                Op::Learn(key, answer) => {
                    memory(key).learn(&Ok(answer.into()));
                    naive.insert(key, (answer, now));
                }
                Op::LearnErr(key) => memory(key).learn(&Err(())),
                Op::Recall(key) => {
                    let known = naive.get(&key).map(|&(answer, at)| (answer, now - at));
                    let known = known.filter(|&(_, age)| age <= MAX_AGE);
                    let known =
                        known.map(|(answer, age)| Ok(Aged::with_age(answer, Duration::from_micros(age))));
                    prop_assert_eq!(memory(key).recall(), known);
                }
                Op::Wait(micros) => {
                    clock.advance(Duration::from_micros(micros));
                    now += micros;
                }
            }
        }
    }
}

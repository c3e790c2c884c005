//! A comparison with other circuit breakers, by their documentation and sources at the versions in the
//! table.
//!
//! | | this | pybreaker 1.4 | gobreaker 2 | resilience4j 2 | Polly 8 | failsafe 1.3 | recloser 1.4 |
//! |---|---|---|---|---|---|---|---|
//! | language | Rust | Python | Go | Java | C# | Rust | Rust |
//! | form | attribute, handle, tower layer | decorator | wrapper | annotation, wrapper | pipeline | wrapper | wrapper |
//! | sync and async | both | sync, Tornado | sync | both | both | both | both |
//! | opens on | failures in a row, rates of failures and slow calls | failures in a row | a function of the counts | rates of failures and slow calls | failure rate | failures in a row, success rate | failure rate |
//! | open period | constant, growing, or as `Retry-After` asks | constant | constant | constant, or a function of the attempts | constant, or a function of the failures | constant or growing, with jitter | constant, or a function of the openings |
//! | after recovery | full load, or a ramp | full load | full load | full load | full load | full load | full load |
//! | probes at once | 1 to 1024 | 1 | 1 or more | 1 or more | 1 | any number | any number |
//! | a probe that hangs | loses its slot after `probe_timeout` | blocks the others | blocks the others | a maximum wait, if set | blocks the others | blocks none | blocks none |
//! | probes that are no calls | `probe`, a ping in the background | none | none | none | none | none | none |
//! | results of calls from an earlier state | dropped | counted | dropped | counted | counted | counted | counted |
//! | overload | `throttle` rejects a share without opening | none | none | rate limiter, separate | rate limiter, separate | none | none |
//! | concurrency limit | `max_concurrent`, with a queue | none | none | bulkhead, separate | concurrency limiter, separate | none | none |
//! | deadline of a call | `call_timeout`, a failure | none | none | time limiter, separate | timeout, separate | none | none |
//! | retries | within a budget, none while open | none | none | retry, separate, without a budget | retry, separate, without a budget | none | none |
//! | fallback | checked by the compiler | none | none | found by name at run time | fallback, separate | none | none |
//! | answers from memory | the last good one | none | none | a cache in front, separate | none | none | none |
//! | a breaker for each key | `key`, bounded, with a limit to those open | manually | manually | a registry by name | a registry by key | manually | manually |
//! | options change while it runs | yes, state kept, errors refused | yes | no | by a replacement | by a replacement | no | no |
//!
//! "Separate" means a policy of its own, in an order that the user composes. Here the order is
//! [fixed](super#the-layers), and the layers know of each other: a retry ends when its failure opens the
//! breaker, and a full bulkhead is no failure.
//!
//! Not here: metrics exporters, and breakers that several processes share.

//! The option `key`: a breaker for each key.

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::Hash;

use breaker_runtime::{
    ErrorKind, Mode, Settings, State, breaker, breaker_of, breakers, circuit_breaker, configure,
    find_keyed_breakers_of, keyed_breakers_of, testing,
};
use breaker_tests::{TestError, work};

#[circuit_breaker(key = host, failure_threshold = 1)]
pub(crate) fn fetch(host: &str, works: bool) -> Result<(), TestError> {
    work(works).map_err(|_| TestError::Other(host.to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "what a call returns")]
pub(crate) fn is_rejected<T: Debug>(result: Result<T, TestError>) -> bool {
    matches!(result, Err(TestError::Rejected(_)))
}

#[test]
fn key_separates_the_breakers_of_its_values() {
    #[circuit_breaker(failure_threshold = 1)]
    fn without(_host: &str, works: bool) -> Result<(), TestError> {
        work(works)
    }

    let _fresh = testing::isolate();
    for (call, others) in [(fetch as fn(&str, bool) -> _, false), (without, true)] {
        assert!(call("down", false).is_err());
        assert!(is_rejected(call("down", true)));
        assert_eq!(is_rejected(call("up", true)), others);
    }
    assert_eq!(keyed_breakers_of(fetch).len(), 2);
    assert_eq!(find_keyed_breakers_of(fetch).map(|found| found.len()), Some(2));
    assert!(find_keyed_breakers_of(without).is_none());
}

mod kinds {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub(super) enum Region {
        East,
        West,
    }

    pub(super) struct Client {
        pub(super) shard: u32,
        pub(super) host: String,
    }

    /// Consumes the argument that the key only borrows.
    #[circuit_breaker(key = host, failure_threshold = 1)]
    pub(super) fn owned(host: String, works: bool) -> Result<String, TestError> {
        work(works).map(|()| host)
    }

    #[circuit_breaker(key = (region, shard), failure_threshold = 1)]
    pub(super) fn pair(region: &str, shard: u8, works: bool) -> Result<(), TestError> {
        work(works).map_err(|_| TestError::Other(format!("{region} {shard}")))
    }

    #[circuit_breaker(key = region, failure_threshold = 1)]
    pub(super) fn own(region: Region, works: bool) -> Result<Region, TestError> {
        work(works).map(|()| region)
    }

    #[circuit_breaker(key = region, failure_threshold = 1)]
    pub(super) fn reference(region: &Region, works: bool) -> Result<Region, TestError> {
        work(works).map(|()| *region)
    }

    #[circuit_breaker(key = url.split('/').nth(2), failure_threshold = 1)]
    pub(super) fn part(url: &str, works: bool) -> Result<usize, TestError> {
        work(works).map(|()| url.len())
    }

    #[circuit_breaker(key = shard % 4, failure_threshold = 1)]
    pub(super) fn computed(shard: u32, works: bool) -> Result<(), TestError> {
        work(works).map_err(|_| TestError::Other(shard.to_string()))
    }

    #[circuit_breaker(key = (*shard, *region), failure_threshold = 1)]
    pub(super) fn pattern((shard, region): &(u8, Region), works: bool) -> Result<u8, TestError> {
        let _ = region;
        work(works).map(|()| *shard)
    }

    impl Client {
        #[circuit_breaker(key = self.shard, failure_threshold = 1)]
        pub(super) fn of_shard(&self, works: bool) -> Result<u32, TestError> {
            work(works).map(|()| self.shard)
        }

        #[circuit_breaker(key = self.host, failure_threshold = 1)]
        pub(super) fn of_host(self, works: bool) -> Result<String, TestError> {
            work(works).map(|()| self.host)
        }

        #[circuit_breaker(key = self.shard, failure_threshold = 1)]
        pub(super) async fn mutably(&mut self, works: bool) -> Result<u32, TestError> {
            self.host.clear();
            work(works).map(|()| self.shard)
        }
    }
}

/// Fails for the first key, and works for the second.
fn assert_distinguished<T: Debug>(call: impl Fn(usize, bool) -> Result<T, TestError>) {
    assert!(!is_rejected(call(0, false)));
    assert!(is_rejected(call(0, true)));
    assert!(call(1, true).is_ok());
}

#[test]
fn values_of_every_key_type_are_keys() {
    use kinds::{Client, Region, computed, own, owned, pair, part, pattern, reference};
    let _fresh = testing::isolate();
    let (hosts, regions) = (["eu", "us"], [Region::East, Region::West]);
    let client = |of: usize| Client { shard: of as u32, host: hosts[of].to_owned() };
    assert_distinguished(|of, works| owned(hosts[of].to_owned(), works));
    assert_distinguished(|of, works| pair(hosts[of], 7, works));
    assert_distinguished(|of, works| pair("eu", of as u8 + 8, works));
    assert_distinguished(|of, works| own(regions[of], works));
    assert_distinguished(|of, works| reference(&regions[of], works));
    assert_distinguished(|of, works| part(&format!("https://{}/", hosts[of]), works));
    assert_distinguished(|of, works| computed(of as u32, works));
    assert_distinguished(|of, works| pattern(&(1, regions[of]), works));
    assert_distinguished(|of, works| client(of).of_shard(works));
    assert_distinguished(|of, works| client(of).of_host(works));
    assert_distinguished(|of, works| {
        futures::executor::block_on(async {
            let mut client = client(of);
            client.mutably(works).await
        })
    });
    assert_eq!(
        keyed_breakers_of(pair)
            .find(&("eu".to_owned(), 8))
            .expect("there")
            .key()
            .expect("one")
            .to_string(),
        "eu, 8"
    );
    assert_eq!(keyed_breakers_of(part).find("eu").expect("there").state(), State::Open);
    assert_eq!(keyed_breakers_of(Client::of_shard).get(&0_u64).state(), State::Open);
}

/// A key of several arguments leaves all of them to the body.
#[test]
fn tuple_key_takes_no_argument_from_the_body() {
    use kinds::Region;

    #[circuit_breaker(key = (tenant, region, shard + 1), failure_threshold = 1)]
    fn owned(tenant: String, region: Region, shard: u8, works: bool) -> Result<String, TestError> {
        work(works).map(|()| format!("{tenant} {region:?} {shard}"))
    }
    let _fresh = testing::isolate();
    assert_distinguished(|of, works| owned(["a", "b"][of].to_owned(), Region::East, 7, works));
    let found = keyed_breakers_of(owned);
    assert_eq!(found.len(), 2);
}

#[circuit_breaker(key = key, failure_threshold = 1)]
fn generic<K: Hash + Eq + Clone + Debug + Send + Sync + 'static>(
    key: K,
    works: bool,
) -> Result<K, TestError> {
    work(works).map(|()| key)
}

/// The `static` of a generic function has keys of all types.
#[test]
fn generic_function_has_keys_of_any_type() {
    let _fresh = testing::isolate();
    assert_distinguished(generic::<usize>);
    assert_distinguished(|of, works| generic([of], works));
    assert_distinguished(|of, works| generic(format!("{of}"), works));
    assert_eq!(keyed_breakers_of(generic::<u8>).len(), 6);
}

#[test]
fn breakers_of_keys_are_in_the_registry_under_their_function() {
    let _fresh = testing::isolate();
    assert!(fetch("eu", false).is_err() && fetch("us", true).is_ok());
    let name = breaker_of(fetch).name();
    let listed: Vec<_> = breakers().filter(|breaker| breaker.name() == name).collect();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].key(), None);
    assert_eq!(breaker(&format!("{name}[eu]")).expect("listed").state(), State::Open);
    assert_eq!(breaker(name).expect("listed").key(), None);
    assert!(breaker(&format!("{name}[de]")).is_none());
    let error = fetch("eu", true).expect_err("open");
    let TestError::Rejected(error) = error else { panic!("{error:?}") };
    assert_eq!((error.breaker(), error.kind()), (name, ErrorKind::Open));
}

#[test]
fn template_applies_to_all_present_and_future_keys() {
    let _fresh = testing::isolate();
    let (breakers, all) = (keyed_breakers_of(fetch), breaker_of(fetch));
    assert!(fetch("eu", true).is_ok());
    all.force_open();
    assert!(is_rejected(fetch("eu", true)) && is_rejected(fetch("us", true)));
    assert_eq!(breakers.get("de").snapshot().mode, Mode::ForcedOpen);
    all.automatic();
    assert!(fetch("eu", true).is_ok() && fetch("us", true).is_ok());
    all.reconfigure(|options| options.failure_threshold(2)).expect("in range");
    for host in ["eu", "fr"] {
        assert!(fetch(host, false).is_err() && fetch(host, true).is_ok());
    }
    all.trip();
    assert!(is_rejected(fetch("eu", true)));
    all.reset();
    assert!(fetch("eu", true).is_ok());
    assert_eq!(all.snapshot().totals.success, 6);
}

#[test]
fn settings_for_the_function_apply_to_its_keys() {
    let _fresh = testing::isolate();
    let name = breaker_of(fetch).name();
    assert!(fetch("eu", true).is_ok());
    let configured = configure(Settings::new().set(name, "failure_threshold", 2)).expect("sound");
    assert_eq!(configured.changed(), [name]);
    for host in ["eu", "us"] {
        let of_host = keyed_breakers_of(fetch).get(host);
        assert_eq!(of_host.config().failure_threshold(), Some(2), "{host}");
        assert!(fetch(host, false).is_err() && fetch(host, true).is_ok());
    }
    let _ = configure(Settings::new().set(name, "observe", true)).expect("sound");
    assert_eq!(keyed_breakers_of(fetch).get("de").snapshot().mode, Mode::Observe);
    let _ = configure(Settings::new()).expect("sound");
    for host in ["eu", "us", "de", "fr"] {
        let of_host = keyed_breakers_of(fetch).get(host);
        assert_eq!(
            (of_host.config().failure_threshold(), of_host.snapshot().mode),
            (Some(1), Mode::Automatic)
        );
    }
    let error = configure(Settings::new().set(name, "key", "host")).expect_err("of the code");
    assert!(error.to_string().contains("belongs to the code"), "{error}");
}

#[test]
fn isolated_test_has_its_own_keys() {
    #[circuit_breaker(key = host, failure_threshold = 1)]
    fn isolated(host: &str, works: bool) -> Result<(), TestError> {
        work(works).map_err(|_| TestError::Other(host.to_owned()))
    }

    assert!(isolated("outside", false).is_err());
    {
        let _fresh = testing::isolate();
        assert!(keyed_breakers_of(isolated).is_empty());
        assert!(isolated("outside", true).is_ok() && isolated("inside", false).is_err());
        assert!(is_rejected(isolated("inside", true)));
    }
    assert!(is_rejected(isolated("outside", true)));
    assert!(keyed_breakers_of(isolated).find("inside").is_none());
}

#[circuit_breaker(key = host, failure_threshold = 1, accessor = accessed_breaker)]
fn accessed(host: &str, works: bool) -> Result<(), TestError> {
    work(works).map_err(|_| TestError::Other(host.to_owned()))
}

#[test]
fn accessor_returns_the_template() {
    let _fresh = testing::isolate();
    assert_distinguished(|of, works| accessed(["eu", "us"][of], works));
    assert_eq!(accessed_breaker().keyed().expect("a template").len(), 2);
    assert_eq!(keyed_breakers_of(accessed).len(), 2);
}

#[test]
fn fallback_has_the_arguments_and_counts_for_the_key() {
    #[expect(
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        reason = "as the function has it"
    )]
    fn local(host: String) -> Result<String, TestError> {
        Ok(format!("{host} from here"))
    }
    #[circuit_breaker(key = host, failure_threshold = 1, fallback = local, clone(host))]
    fn remote(host: String) -> Result<String, TestError> {
        drop(host);
        Err(TestError::Down)
    }
    #[circuit_breaker(key = host, failure_threshold = 1, fallback = |_| Ok(host), fallback_on = "rejection")]
    async fn later(host: String) -> Result<String, TestError> {
        drop(host);
        Err(TestError::Down)
    }

    let _fresh = testing::isolate();
    assert_eq!(remote("eu".to_owned()), Ok("eu from here".to_owned()));
    assert_eq!(keyed_breakers_of(remote).get("eu").snapshot().totals.fallback, 1);
    assert_eq!(keyed_breakers_of(remote).get("us").snapshot().totals.fallback, 0);
    futures::executor::block_on(async {
        assert_eq!(later("eu".to_owned()).await, Err(TestError::Down));
        assert_eq!(later("eu".to_owned()).await, Ok("eu".to_owned()));
    });
}

/// The key is evaluated when the body would run, not when the future is created.
#[test]
fn key_is_evaluated_once_for_each_call() {
    #[circuit_breaker(key = { asked.set(asked.get() + 1); asked.get() % 2 })]
    fn sync(asked: &Cell<u32>) -> Result<u32, TestError> {
        Ok(asked.get())
    }
    #[circuit_breaker(key = { asked.set(asked.get() + 1); asked.get() % 2 })]
    async fn later(asked: &Cell<u32>) -> Result<u32, TestError> {
        Ok(asked.get())
    }

    let _fresh = testing::isolate();
    let asked = Cell::new(0);
    assert_eq!(sync(&asked), Ok(1));
    let future = later(&asked);
    assert_eq!(asked.get(), 1);
    assert_eq!(futures::executor::block_on(future), Ok(2));
}

#[circuit_breaker(key = host, failure_threshold = 1)]
async fn waits(host: String, works: bool) -> Result<String, TestError> {
    tokio::task::yield_now().await;
    work(works).map(|()| host)
}

async fn waits_alone(host: String, works: bool) -> Result<String, TestError> {
    tokio::task::yield_now().await;
    work(works).map(|()| host)
}

fn is_send<T: Send>(future: T) -> T {
    future
}

#[tokio::test]
async fn keyed_future_is_send_and_not_much_larger() {
    let _fresh = testing::isolate();
    let (ours, bare) = (waits("eu".to_owned(), true), waits_alone("eu".to_owned(), true));
    let (ours_len, bare_len) = (size_of_val(&ours), size_of_val(&bare));
    assert!(ours_len <= 2 * bare_len + 64, "{ours_len} and {bare_len}");
    assert_eq!(is_send(ours).await.as_deref(), Ok("eu"));
    drop(bare);
    // A call in flight keeps its breaker.
    let call = waits("us".to_owned(), false);
    let mut call = Box::pin(call);
    assert!(futures::poll!(call.as_mut()).is_pending());
    assert_eq!(keyed_breakers_of(waits).len(), 2);
    assert_eq!(call.await, Err(TestError::Down));
    assert!(is_rejected(waits("us".to_owned(), true).await));
}

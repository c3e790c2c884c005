//! The breakers that the registry lists, and the limits of a listing.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use breaker_runtime::{BreakerError, CircuitBreaker, breaker, breaker_of, breakers, circuit_breaker};

/// Takes a lock, because a listing holds the breakers that it returns: one test must not list while
/// another drops.
fn alone() -> MutexGuard<'static, ()> {
    static LISTING: Mutex<()> = Mutex::new(());
    LISTING.lock().unwrap_or_else(PoisonError::into_inner)
}

static DB: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("registry db").build().expect("in range"));

#[circuit_breaker(breaker = DB)]
fn load(id: u32) -> Result<u32, BreakerError> {
    Ok(id)
}

#[circuit_breaker(breaker = DB)]
fn store(id: u32) -> Result<u32, BreakerError> {
    Ok(id)
}

#[circuit_breaker(name = "never called")]
fn never_called() -> Result<(), BreakerError> {
    Ok(())
}

/// Listing builds the breaker of an unused `LazyLock`, which lists itself.
#[test]
fn shared_breaker_is_built_by_listing_and_listed_once() {
    let _alone = alone();
    let listed = breakers().filter(|breaker| breaker.name() == "registry db").count();
    assert_eq!(listed, 1);
    assert_eq!(breaker_of(load).name(), breaker_of(store).name());
    assert_eq!((load(1), store(2)), (Ok(1), Ok(2)));
    assert_eq!(DB.snapshot().totals.success, 2);
}

#[test]
fn annotated_function_is_listed_before_its_first_call() {
    let _alone = alone();
    assert_eq!(breaker("never called").expect("listed").snapshot().totals.success, 0);
    assert_eq!(never_called(), Ok(()));
    assert_eq!(breaker("never called").expect("listed").snapshot().totals.success, 1);
}

#[test]
fn built_breaker_is_listed_while_it_lives() {
    let _alone = alone();
    let first = CircuitBreaker::builder("registry built").build().expect("in range");
    let second = CircuitBreaker::builder("registry built").build().expect("in range");
    assert_eq!((first.name(), second.name()), ("registry built", "registry built#2"));
    second.trip();
    assert_eq!(breaker("registry built#2").expect("listed").snapshot().trips, 1);
    drop(second);
    assert!(breaker("registry built#2").is_none());
    assert!(breaker("registry built").is_some());
}

mod missing {
    use std::cell::RefCell;
    use std::panic::{PanicHookInfo, catch_unwind, set_hook, take_hook};
    use std::sync::Once;

    use breaker_runtime::{BreakerError, breaker_of, circuit_breaker, keyed_breakers_of};

    #[circuit_breaker]
    fn annotated_stock() -> Result<(), BreakerError> {
        Ok(())
    }

    fn annotated_stok() {}

    struct Client;

    impl Client {
        #[circuit_breaker]
        fn only_in_client(&self) -> Result<(), BreakerError> {
            Ok(())
        }
    }

    fn only_in_client() {}

    fn unlike_any_other_name_of_these() {}

    fn discard<T>(_: T) {}

    thread_local! {
        static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
    }

    /// Returns the message and the line of a panic.
    fn panics(run: fn()) -> (String, u32) {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = take_hook();
            set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
                let at =
                    panic.location().map_or((String::new(), 0), |at| (at.file().to_owned(), at.line()));
                let message = panic.payload_as_str().unwrap_or_default();
                PANIC.set(format!("{message}\n{}\n{}", at.0, at.1));
                before(panic);
            }));
        });
        catch_unwind(run).expect_err("it has no breaker");
        let message = PANIC.take();
        let mut message = message.rsplitn(3, '\n');
        let (line, file) = (message.next().unwrap_or_default(), message.next().unwrap_or_default());
        assert_eq!(file, file!());
        (message.next().unwrap_or_default().to_owned(), line.parse().expect("a line"))
    }

    #[test]
    fn function_without_a_breaker_is_reported_at_the_call_with_the_nearest_name() {
        let module = module_path!();
        let (message, line) = panics(|| discard(breaker_of(annotated_stok)));
        let expected = format!(
            "`{module}::annotated_stok` has no circuit breaker; annotate it with #[circuit_breaker]; or did you mean \
             `{module}::annotated_stock`?"
        );
        assert_eq!((message, line), (expected, line!() - 5));

        let (message, _) = panics(|| discard(breaker_of(only_in_client)));
        assert!(
            message.ends_with(&format!("or did you mean `{module}::Client::only_in_client`?")),
            "{message}"
        );
        let (message, _) = panics(|| discard(keyed_breakers_of(unlike_any_other_name_of_these)));
        assert!(message.ends_with("annotate it with #[circuit_breaker(key = ..)]"), "{message}");
        let (message, line) = panics(|| discard(keyed_breakers_of(annotated_stock)));
        let expected = "one circuit breaker for all calls; add `key = ..`, or call `breaker_of`";
        assert!(message.ends_with(expected), "{message}");
        assert_eq!(line, line!() - 3);
        let (message, _) = panics(|| discard(breaker_of(annotated_stock as fn() -> _)));
        assert!(message.contains("pass the function itself"), "{message}");
        assert!(Client.only_in_client().is_ok());
    }
}

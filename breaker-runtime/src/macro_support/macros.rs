//! Macros in the expansion of the attribute, for items, which a function cannot make.

/// Applies setters one after the other. Each is an expression with the name of the variable that it
/// changes: in a chain of calls an error would be reported at the chain, and not at the setter.
#[doc(hidden)]
#[macro_export]
macro_rules! __built {
    ($config:ident = $initial:expr $(, $setter:expr)*) => {{
        let $config = $initial;
        $(let $config = $setter;)*
        $config
    }};
    ($config:ident $(, $setter:expr)*; $initial:expr) => {
        $crate::__private::built!($config = $initial $(, $setter)*)
    };
}

/// Applies setters to the default configuration.
#[doc(hidden)]
#[macro_export]
macro_rules! __config {
    ($config:ident $(, $setter:expr)*) => {{
        let $config = $crate::__private::ConstConfig::DEFAULT;
        $(let $config = $setter;)*
        $config
    }};
}

/// Expands to the `static` of a function and its registration, and to a call of a method of that
/// `static`. The identifier of the function, its options with the function that makes them, and setters
/// of the registration follow.
#[doc(hidden)]
#[macro_export]
macro_rules! __static_breaker {
    ($method:ident of $function:literal $(with $options:ident($($config:tt)*) $(limits($($limits:tt)*))?)?
        $(probe($probe:expr))? $(, $set:ident($($value:expr)?))*) => {{
        static CIRCUIT_BREAKER: $crate::__private::StaticBreaker =
            $crate::__private::new_static!($($options($($config)*) $(limits($($limits)*))?)?);
        $crate::__private::inventory::submit! {
            $crate::__private::Registration::own($function, &CIRCUIT_BREAKER)$(.$set($($value)?))*
        }
        $($crate::__private::probed! { $probe })?
        CIRCUIT_BREAKER.$method()
    }};
}

/// Expands to the initial value of a `static`, with its options behind a pointer: they are constant, and
/// need no memory that is written. They are a constant and no second `static`, as the compiler reports a
/// wrong option again as an error of each `static` that reads it.
///
/// The type has the path of the function in its name, and costs the compiler less than a closure.
#[doc(hidden)]
#[macro_export]
macro_rules! __new_static {
    () => {{
        enum Inside {}
        $crate::__private::StaticBreaker::plain($crate::__private::Here::of::<Inside>())
    }};
    ($options:ident($($config:tt)*) $(limits($($limits:tt)*))?) => {{
        enum Inside {}
        const OPTIONS: $crate::__private::Origin = $crate::__private::$options(
            $crate::__private::config!($($config)*)
            $(, $crate::__private::built!($($limits)*; $crate::__private::Limits::DEFAULT))?
        );
        $crate::__private::StaticBreaker::new($crate::__private::Here::of::<Inside>(), &OPTIONS)
    }};
}

/// Expands to the registration of a background probe, beside the `static` of its function.
#[cfg(feature = "tokio")]
#[doc(hidden)]
#[macro_export]
macro_rules! __probed {
    ($probe:expr) => {
        $crate::__private::inventory::submit! {
            $crate::__private::ProbeRegistration::new(&CIRCUIT_BREAKER, $probe)
        }
    };
}

/// Expands to an error: without the feature `tokio` there is no background task.
#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __probed {
    ($probe:expr) => {
        ::core::compile_error!(
            "probe needs the feature `tokio` of breaker-runtime; add it in Cargo.toml"
        );
    };
}

/// Expands to the registration of a function that goes through a breaker of the user, and returns that
/// breaker.
#[doc(hidden)]
#[macro_export]
macro_rules! __shared_breaker {
    ($function:literal, $breaker:expr $(, $set:ident($($value:expr)?))*) => {{
        const CIRCUIT_BREAKER_REGISTRATION: $crate::__private::Registration = {
            enum Inside {}
            $crate::__private::Registration::shared(
                $function,
                $crate::__private::Here::of::<Inside>(),
                || -> &'static $crate::__private::CircuitBreaker { $breaker },
            )$(.$set($($value)?))*
        };
        $crate::__private::inventory::submit! { CIRCUIT_BREAKER_REGISTRATION }
        $breaker
    }};
}

/// Expands to the `static` of the option `retry`, and returns the attempts of a call.
#[doc(hidden)]
#[macro_export]
macro_rules! __attempts {
    ($call_site:expr, $retry:expr) => {{
        static CIRCUIT_BREAKER_RETRY: $crate::__private::Retry = $retry;
        $call_site.attempts(&CIRCUIT_BREAKER_RETRY)
    }};
}

/// Expands to the `static` of the option `last_good`, and returns a reference to it, and a closure: its
/// type is that of one instantiation of a generic function.
#[doc(hidden)]
#[macro_export]
macro_rules! __last_good {
    ($last_good:expr) => {{
        static CIRCUIT_BREAKER_LAST_GOOD: $crate::__private::LastGood = $last_good;
        (&CIRCUIT_BREAKER_LAST_GOOD, || ())
    }};
}

/// Requests a permit in a future, and waits for it. Afterwards the future holds no part of the queue.
#[doc(hidden)]
#[macro_export]
macro_rules! __admit_or_wait {
    ($call_site:expr $(, $total:expr)?) => {
        'asked: {
            let queued = match $call_site.admit_or_queue().decided() {
                ::core::result::Result::Ok(admitted) => break 'asked admitted,
                ::core::result::Result::Err(queued) => queued,
            };
            $(let queued = $crate::__private::within(queued, $total);)?
            queued.await
        }
    };
}

/// Pins the type of an `async` block by a `return` that is never taken.
#[doc(hidden)]
#[macro_export]
macro_rules! __return_edge {
    ($edge:expr) => {
        if false {
            return $crate::__private::never($edge);
        }
    };
}

/// Finds the form of a type, or of the type of a value: the first of the traits that fits, in the order
/// in which a method call removes references. The last one fits every type, so that this is never an
/// error.
#[doc(hidden)]
#[macro_export]
macro_rules! __find {
    (judge of $output:ty) => {
        $crate::__private::find!(cause of $output).judge($crate::__private::find!(bare_judge of $output))
    };
    (result_judge of $output:ty) => {{
        use $crate::__private::OfAny as _;
        $crate::__private::Of::<$output>::result_judge()
    }};
    (bare_judge of $output:ty) => {{
        use $crate::__private::OfAny as _;
        $crate::__private::Of::<$output>::judge()
    }};
    (cause of $output:ty) => {{
        use $crate::__private::{
            CauseOfError as _, CauseOfNothing as _, CauseOfOutput as _, CauseOfType as _,
        };
        (&&&$crate::__private::of::<$output>()).cause_form()
    }};
    (named_cause of $output:ty) => {{
        use $crate::__private::{CauseOfNothing as _, CauseOfType as _};
        (&&&$crate::__private::of::<$output>()).cause_form()
    }};
    (fail of $output:ty) => {{
        use $crate::__private::OfAny as _;
        $crate::__private::Of::<$output>::fail()
    }};
    (retry_after of $output:ty) => {{
        use $crate::__private::{
            AskAnswer as _, AskBoth as _, AskError as _, AskItself as _, AskNothing as _,
        };
        (&&&$crate::__private::of::<$output>()).part()
    }};
    (required_retry_after of $output:ty) => {
        $crate::__private::find!(retry_after of $output).required()
    };
    (class of $output:ty) => {{
        use $crate::__private::{ClassAnswer as _, ClassBoth as _, ClassError as _, ClassItself as _};
        (&&&$crate::__private::of::<$output>()).class_part()
    }};
    (memory of $output:ty) => {{
        use $crate::__private::{AskAged as _, AskAll as _, AskOk as _};
        (&&&$crate::__private::of::<$output>()).remembers()
    }};
    (key of $value:expr) => {{
        use $crate::__private::{AskLent as _, AskLentTwice as _, AskOwned as _};
        (&&&$crate::__private::key_form($value)).key_form()
    }};
    (answer of $output:ty, $answer:expr) => {{
        use $crate::__private::{AnswerInFuture as _, AnswerUnfit as _, AnswerAtOnce as _};
        (&&&$crate::__private::answer::<$output, _>($answer)).answer_form()
    }};
    (kept of $attempt_end:expr) => {{
        use $crate::__private::{KeepAll as _, KeepEnd as _};
        (&&$crate::__private::keeper(&$attempt_end)).keep($attempt_end)
    }};
}

/// Adds to rules or to a judge that a stream in the output holds the permit, if the type has one. The
/// name of the deprecated method is an argument, so that its warning is reported at the function, and
/// not in this macro.
#[cfg(feature = "stream")]
#[doc(hidden)]
#[macro_export]
macro_rules! __carrying {
    ($carrying:ident of $output:ty, $add:ident $rules:expr, $owner:expr) => {{
        use $crate::__private::{
            CarryBoxed as _, CarryNothing as _, HiddenStream as _, UnguardedStream as _,
        };
        (&&&$crate::__private::of::<$output>()).$carrying().$add($rules, $owner)
    }};
}

/// Returns the rules or the judge: without the feature `stream` no output holds a permit.
#[cfg(not(feature = "stream"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __carrying {
    ($carrying:ident of $output:ty, $add:ident $rules:expr, $owner:expr) => {
        $rules
    };
}

/// Expands to nothing in a function that returns a stream. With the feature this compiles:
///
/// ```
/// use breaker_runtime::{BreakerError, circuit_breaker};
/// use futures::stream::{self, Stream};
///
/// #[circuit_breaker]
/// fn numbers() -> impl Stream<Item = Result<u32, BreakerError>> {
///     stream::iter([Ok(1)])
/// }
/// ```
#[cfg(feature = "stream")]
#[doc(hidden)]
#[macro_export]
macro_rules! __needs_streams {
    ($body:block) => {
        $body
    };
}

/// Expands to an error in a function that returns a stream. Without the feature this does not compile:
///
/// ```compile_fail
/// use breaker_runtime::{BreakerError, circuit_breaker};
/// use futures::stream::{self, Stream};
///
/// #[circuit_breaker]
/// fn numbers() -> impl Stream<Item = Result<u32, BreakerError>> {
///     stream::iter([Ok(1)])
/// }
/// ```
#[cfg(not(feature = "stream"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __needs_streams {
    ($body:block) => {
        ::core::compile_error!(
            "a function that returns a stream needs the feature `stream` of breaker-runtime; add it in Cargo.toml"
        )
    };
}

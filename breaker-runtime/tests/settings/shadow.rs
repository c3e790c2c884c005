//! The option `shadow` in settings.

use breaker_runtime::{CircuitBreaker, Settings, configure};

use crate::alone;
use crate::values::{issue_of, issues};

fn shadow_of(breaker: &CircuitBreaker) -> Option<(Option<f64>, Option<u32>)> {
    let shadow = breaker.config().shadow()?;
    Some((shadow.failure_rate(), shadow.failure_threshold()))
}

#[test]
fn section_begins_changes_and_ends_a_shadow() {
    let _alone = alone();
    let breaker = CircuitBreaker::builder("a section").build().unwrap();
    let begin = || Settings::new().set("a section", "shadow.failure_threshold", 1);
    let _ = configure(begin()).unwrap();
    assert_eq!(shadow_of(&breaker), Some((None, Some(1))));
    let _ = breaker.call(|| "seven".parse::<u32>());
    let trips = || breaker.snapshot().shadow().map(|shadow| shadow.trips);
    assert_eq!(trips(), Some(1));
    // The file was written again, with other options beside the shadow.
    let _ = configure(begin().set("a section", "failure_threshold", 9)).unwrap();
    assert_eq!(trips(), Some(1), "it goes on");
    let _ = configure(Settings::new().set("a section", "shadow.failure_threshold", 2)).unwrap();
    assert_eq!(trips(), Some(0), "another policy begins anew");
    let _ = configure(Settings::new().set("a section", "shadow", "off")).unwrap();
    assert_eq!((trips(), shadow_of(&breaker)), (None, None));
    let _ = configure(begin()).unwrap();
    let _ = configure(Settings::new()).unwrap();
    assert_eq!(trips(), None, "its section is gone");
}

#[test]
fn sections_of_several_entries_are_merged_option_by_option() {
    let _alone = alone();
    let breaker = CircuitBreaker::builder("merged::shop").build().unwrap();
    let keyed = CircuitBreaker::builder("merged::hosts").keyed().build().unwrap();
    let settings = Settings::new()
        .set("merged::*", "shadow.failure_rate", 0.3)
        .set("merged::shop", "shadow.failure_threshold", 7)
        .set("merged::hosts[eu]", "shadow", "off")
        .set("merged::hosts[us]", "shadow.failure_rate", "20%");
    let _ = configure(settings).unwrap();
    assert_eq!(shadow_of(&breaker), Some((Some(0.3), Some(7))));
    assert_eq!(shadow_of(&keyed.get("ap")), Some((Some(0.3), None)));
    assert_eq!(shadow_of(&keyed.get("us")), Some((Some(0.2), None)));
    assert_eq!(shadow_of(&keyed.get("eu")), None);
}

#[test]
fn options_that_a_shadow_cannot_have_are_refused() {
    let _alone = alone();
    let no_effect = "has no effect: a shadow decides about calls that run in any case; leave it out";
    for option in [
        "call_timeout",
        "max_concurrent",
        "shared",
        "retry",
        "inject",
        "mode",
        "observe",
        "fallback",
        "max_keys",
        "outlier",
        "honour_retry_after",
        "probe_every",
        "shadow",
    ] {
        let issue = issue_of(&format!("shadow.{option}"), 1);
        assert_eq!(issue, format!("`shadow.{option}` {no_effect}"));
    }
    assert_eq!(
        issue_of("shadow.failure_rat", 0.3),
        "unknown option `shadow.failure_rat`: did you mean `shadow.failure_rate`?"
    );
    assert_eq!(
        issue_of("shadow.failure_rate", "often"),
        "`shadow.failure_rate` takes a share, such as 0.5 or \"50%\", not \"often\"; \"off\" switches it off"
    );
    assert_eq!(
        issue_of("shadow", true),
        "`shadow` takes a table of options, such as `{ failure_rate = 0.3 }`, or \"off\", not true"
    );
    assert_eq!(
        issue_of("shadow.failure_rate", 1.5),
        "shadow.failure_rate is 1.5 and must be above 0 and at most 1"
    );
}

#[test]
fn section_that_does_not_fit_the_breaker_is_refused_with_its_entry() {
    let _alone = alone();
    let _breaker = CircuitBreaker::builder("fits not").build().unwrap();
    let found = issues(&Settings::new().set("fits not", "shadow.min_calls", 3));
    let [issue] = &found[..] else { panic!("{found:?}") };
    assert!(
        issue.contains("shadow.min_calls is 3 and must be given together with failure_rate"),
        "{issue}"
    );
    // An entry for several breakers sets what applies where it can.
    assert_eq!(issues(&Settings::new().set("fits*", "shadow.min_calls", 3)), Vec::<String>::new());
}

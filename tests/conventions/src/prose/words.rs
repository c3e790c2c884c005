//! The words that the rules name.

/// The words that are not used, and what is written in their place.
pub const WORDS: &[(&str, &str)] = &[
    ("told", "returned, reported, notified"),
    ("tell", "return, report, say"),
    ("tells", "returns, reports, says"),
    ("telling", "reporting, saying"),
    ("whoever", "the caller that"),
    ("whose", "of which, with"),
    ("nobody", "no caller, none"),
    ("somebody", "a caller, another"),
    ("by hand", "manually, hand-written"),
    ("luck", "random, chance"),
    ("mistake", "error, issue"),
    ("mistakes", "errors, issues"),
    ("seat", "permit, slot, call site"),
    ("seats", "permits, slots, call sites"),
    ("manner", "way, settings"),
    ("fate", "result, outcome"),
    ("comes to", "is, results in"),
    ("is to be", "must be, will be"),
    ("are to be", "must be, will be"),
    ("as it is now", "at present, or leave it out"),
    ("no more", "no longer, no further"),
];

/// The first words of a doc comment that only complete the item's name.
pub const OPENINGS: &[&str] = &["what", "who", "whose", "that", "of", "by", "as"];

/// The files in which a word may stand, and why.
pub(super) const EXCEPTIONS: &[(&str, &str, &str)] = &[
    // The unit tests plant what they find.
    ("tests/conventions/src", "*", "the list itself, and the words that the checker's tests plant"),
    (".ci/prose", "*", "names words as examples"),
];

/// Words that end as a verb in the third person does and are none.
pub(super) const NO_VERBS: &[&str] = &[
    "across",
    "always",
    "as",
    "breakers",
    "calls",
    "entries",
    "events",
    "hours",
    "its",
    "keys",
    "less",
    "listeners",
    "minutes",
    "names",
    "numbers",
    "options",
    "others",
    "perhaps",
    "permits",
    "probes",
    "process",
    "results",
    "seconds",
    "settings",
    "sometimes",
    "success",
    "successes",
    "there's",
    "this",
    "those",
    "thus",
    "ticks",
    "times",
    "totals",
    "types",
    "unless",
    "users",
    "values",
    "was",
    "what's",
    "whereas",
    "whose",
    "windows",
];

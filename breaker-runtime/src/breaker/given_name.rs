//! The name of a breaker that was built: [`GivenName`].

use std::sync::OnceLock;

/// The name that the registry has given to a breaker, which is free again when this is dropped.
///
/// The registry lists a breaker until then; the breaker knows only this guard, and not the registry.
#[derive(Debug)]
pub(crate) struct GivenName {
    text: &'static NameText,
    /// Whether the breaker wants the name without its number.
    is_second: bool,
}

/// The text of a name, which is kept for the life of the process, and where the registry lists it.
#[derive(Debug)]
pub(crate) struct NameText {
    pub(crate) text: &'static str,
    pub(crate) index: usize,
}

/// The function that makes a name free. It stands once in the process, so that a breaker is smaller.
static MAKE_FREE: OnceLock<fn(&'static NameText)> = OnceLock::new();

impl GivenName {
    /// Creates the guard of a name. All guards have the same `make_free`.
    pub(crate) fn new(
        text: &'static NameText,
        is_second: bool,
        make_free: fn(&'static NameText),
    ) -> Self {
        MAKE_FREE.get_or_init(|| make_free);
        Self { text, is_second }
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &'static str {
        self.text.text
    }

    /// Returns the name that the breaker wants, if another breaker has that.
    pub(crate) fn wanted(&self) -> Option<&'static str> {
        let (wanted, _) = self.text().rsplit_once('#').filter(|_| self.is_second)?;
        Some(wanted)
    }
}

impl Drop for GivenName {
    fn drop(&mut self) {
        if let Some(make_free) = MAKE_FREE.get() {
            make_free(self.text);
        }
    }
}

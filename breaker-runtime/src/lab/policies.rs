//! The policies to try: one settings file each, read as the runtime reads settings.

use std::fs;
use std::path::Path;

use crate::breaker::reconfigure::{Desired, DesiredMode};
use crate::config::Config;
use crate::config::keyed::Limits;
use crate::lab::log::CallGroup;
use crate::registry::settings::{Entries, Settings, SettingsError, Subject};
use crate::support::intern::intern;

/// The policy of one settings file.
#[derive(Debug)]
pub(crate) struct Policies {
    /// The name of the file, for tables.
    pub(crate) name: String,
    entries: Entries,
}

impl Policies {
    /// Reads a file of TOML, or of JSON if its name ends so.
    ///
    /// # Errors
    ///
    /// With every issue in the file.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let settings: Settings = if is_json {
            serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?
        } else {
            toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?
        };
        Self::new(name, &settings)
    }

    /// Parses settings.
    ///
    /// # Errors
    ///
    /// With every issue in them.
    pub(crate) fn new(name: String, settings: &Settings) -> Result<Self, String> {
        let (entries, issues) = settings.parse();
        SettingsError::unless_empty(issues).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, entries })
    }

    /// Returns the keys of the entries, each with a name that it matches.
    pub(crate) fn keys(&self) -> Vec<(String, String)> {
        let keys = self.entries.keys();
        keys.map(|(key, text)| {
            let name = if key.len() == text.len() { text.to_owned() } else { format!("{text}any") };
            (key, name)
        })
        .collect()
    }

    /// Returns the options of a breaker without options in its code: those of the entries that match it,
    /// and the defaults.
    ///
    /// # Errors
    ///
    /// If the options that match do not go together.
    pub(crate) fn options(&self, group: &CallGroup) -> Result<Wanted, String> {
        self.options_of(&group.breaker, group.key.as_deref())
    }

    /// Returns the options of a breaker by its name and key, as [`options`](Self::options) does.
    ///
    /// # Errors
    ///
    /// If the options that match do not go together.
    pub(crate) fn options_of(&self, breaker: &str, key: Option<&str>) -> Result<Wanted, String> {
        self.wanted(&Subject::elsewhere(intern(breaker), key, Config::DEFAULT))
    }

    /// Returns the options of all keys of a breaker, before what settings say about single ones.
    ///
    /// # Errors
    ///
    /// If the options that match do not go together.
    pub(crate) fn options_of_keys(&self, breaker: &str) -> Result<Wanted, String> {
        self.wanted(&Subject::keys_elsewhere(intern(breaker), Config::DEFAULT))
    }

    fn wanted(&self, subject: &Subject) -> Result<Wanted, String> {
        let wanted = self.entries.wanted(subject).map_err(|issues| {
            let issues: Vec<_> = issues.iter().map(ToString::to_string).collect();
            format!("{}: {}", self.name, issues.join("; "))
        })?;
        Ok(match wanted {
            None => Wanted { config: Config::DEFAULT, limits: Limits::DEFAULT, has_mode: false },
            Some(Desired { config, mode, limits, .. }) => {
                let limits = Limits::DEFAULT.with(limits);
                Wanted { config, limits, has_mode: mode != DesiredMode::Any }
            }
        })
    }
}

/// The options that a settings file gives a breaker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) config: Config,
    /// The limits of all keys together.
    pub(crate) limits: Limits,
    /// Whether the settings set a mode, which a replay leaves out.
    pub(crate) has_mode: bool,
}

/// Returns what a replay of these options leaves out, a sentence each.
pub(crate) fn left_out(wanted: &Wanted) -> Vec<&'static str> {
    let config = wanted.config;
    let parts = [
        (wanted.has_mode, "`mode` and `observe` are not replayed: the breaker decides by itself"),
        (config.honour_retry_after(), "`honour_retry_after`: a line of a log has no `Retry-After`"),
        (
            config.max_wait().is_some(),
            "`max_wait`: a log does not show waits; a call over the limit is rejected at once",
        ),
        (config.shared().is_some(), "`shared`: a log is that of one process"),
        (
            config.probe_every().is_some(),
            "`probe_every`: a log has no pings; calls probe in place of them",
        ),
        (
            config.total_timeout().is_some(),
            "`total_timeout`: a log does not show which attempts are one call; each is replayed as a call",
        ),
        (
            config.has_shadow(),
            "`shadow`: a replay is of one policy; give the other one a file of its own",
        ),
    ];
    parts.into_iter().filter(|(is_set, _)| *is_set).map(|(_, text)| text).collect()
}

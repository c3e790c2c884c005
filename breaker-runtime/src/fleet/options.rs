//! The options of the connection: [`FleetOptions`].

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The options of [`connect`](crate::fleet::connect).
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::fleet::FleetOptions;
///
/// let options = FleetOptions::new().process_name("checkout-7").deadline(Duration::from_millis(300));
/// ```
#[derive(Clone)]
#[must_use = "options do nothing until `connect` gets them"]
pub struct FleetOptions {
    pub(super) deadline: Duration,
    pub(super) process_name: Option<Cow<'static, str>>,
    #[cfg(feature = "redis-tls")]
    pub(super) authorities: Option<Vec<u8>>,
    #[cfg(feature = "redis-tls")]
    pub(super) identity: Option<[Vec<u8>; 2]>,
}

/// The longest name of a process, in characters.
const MAX_NAME: usize = 128;

impl FleetOptions {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self {
            deadline: Duration::from_millis(500),
            process_name: None,
            #[cfg(feature = "redis-tls")]
            authorities: None,
            #[cfg(feature = "redis-tls")]
            identity: None,
        }
    }

    /// Sets after how long an exchange without an answer has failed: 50 ms to 10 s; a value outside
    /// counts as the nearest one. Default: 500 ms. No call waits for an exchange.
    pub fn deadline(self, deadline: Duration) -> Self {
        let deadline = deadline.clamp(Duration::from_millis(50), Duration::from_secs(10));
        Self { deadline, ..self }
    }

    /// Sets the name by which operators know this process; 128 characters of it are kept. Default: the
    /// host and the process id, `web-3:4711`.
    pub fn process_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { process_name: Some(name.into()), ..self }
    }

    /// Trusts the certificates of these authorities, in PEM, in place of those of the system. Only for
    /// addresses that begin with `rediss`.
    ///
    /// ```no_run
    /// use breaker_runtime::fleet::{self, FleetOptions};
    ///
    /// # fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let options = FleetOptions::new().authorities(std::fs::read("authority.pem")?);
    /// let fleet = fleet::connect("rediss://:secret@cache.internal", options)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "redis-tls")]
    pub fn authorities(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { authorities: Some(pem.into()), ..self }
    }

    /// Shows a certificate to the server, in PEM with those that link it to an authority, and proves it
    /// by its key: for a server that asks its clients for one (`tls-auth-clients`). Only for addresses
    /// that begin with `rediss`. Default: none. The key is in no log and no `Debug` output.
    ///
    /// ```no_run
    /// use breaker_runtime::fleet::{self, FleetOptions};
    ///
    /// # fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let (certificate, key) = (std::fs::read("checkout.pem")?, std::fs::read("checkout.key")?);
    /// let options = FleetOptions::new().client_certificate(certificate, key);
    /// let fleet = fleet::connect("rediss://cache.internal", options)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "redis-tls")]
    pub fn client_certificate(self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { identity: Some([certificate.into(), key.into()]), ..self }
    }

    /// Returns the name of the process.
    pub(super) fn name(&self) -> String {
        match &self.process_name {
            Some(name) => name.chars().take(MAX_NAME).collect(),
            None => format!("{}:{}", host(), std::process::id()),
        }
    }
}

/// Shows which certificates are given, and nothing of them.
impl fmt::Debug for FleetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FleetOptions");
        shown.field("deadline", &self.deadline).field("process_name", &self.process_name);
        #[cfg(feature = "redis-tls")]
        shown
            .field("authorities", &self.authorities.is_some())
            .field("client_certificate", &self.identity.is_some());
        shown.finish()
    }
}

impl Default for FleetOptions {
    /// Returns [`FleetOptions::new`].
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the name of the host, as the system has it.
fn host() -> String {
    let system = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = |name: &str| std::env::var(name).ok();
    let host = system.or_else(|| named("HOSTNAME")).or_else(|| named("COMPUTERNAME"));
    let host = host.map(|host| host.trim().chars().take(MAX_NAME / 2).collect::<String>());
    host.filter(|host| !host.is_empty()).unwrap_or_else(|| "host".to_owned())
}

//! The address of a server, with its secrets kept out of every text.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

use crate::fleet::store::{StoreError, StoreErrorKind};

/// The address of a server: where it is, the user and the password, and how it is trusted.
#[derive(Clone)]
pub(crate) struct Address {
    info: ConnectionInfo,
    /// Certificates of authorities in PEM, in place of those of the system.
    authorities: Option<Arc<[u8]>>,
    /// The certificate of this process and its key, in PEM.
    identity: Option<[Arc<[u8]>; 2]>,
}

impl Address {
    /// Reads a URL: `redis://user:password@host:port/database`, `rediss://..` for TLS, or
    /// `redis+unix:///path?user=..&pass=..&db=..`; `valkey` and `valkeys` mean the same.
    ///
    /// # Errors
    ///
    /// If it is no such URL, or if it asks for TLS without the feature `redis-tls`. The error repeats
    /// nothing of the URL, as that can hold a password.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let error = |text| StoreError::new(StoreErrorKind::Address, text);
        let scheme = url.split(':').next().unwrap_or_default();
        if matches!(scheme, "rediss" | "valkeys") && !cfg!(feature = "redis-tls") {
            return Err(error("TLS needs the feature `redis-tls`"));
        }
        if url.contains("#insecure") {
            return Err(error("`#insecure` is not supported"));
        }
        let info = url.into_connection_info().map_err(|_| {
            error("expected `redis://`, `rediss://` or `redis+unix://` with a host or a path")
        })?;
        Ok(Self { info, authorities: None, identity: None })
    }

    /// Trusts the certificates of these authorities in place of those of the system. Only for `rediss`.
    #[cfg(feature = "redis-tls")]
    pub(crate) fn with_authorities(mut self, pem: impl Into<Arc<[u8]>>) -> Self {
        self.authorities = Some(pem.into());
        self
    }

    /// Shows this certificate to the server, with its key. Only for `rediss`.
    #[cfg(feature = "redis-tls")]
    pub(crate) fn with_identity(
        mut self,
        certificate: impl Into<Arc<[u8]>>,
        key: impl Into<Arc<[u8]>>,
    ) -> Self {
        self.identity = Some([certificate.into(), key.into()]);
        self
    }

    /// Checks that the certificates can be read.
    #[cfg(feature = "redis-tls")]
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.client(ProtocolVersion::RESP3).map(drop)
    }

    /// Returns the address of another node of the same cluster: user, password and certificates are the
    /// same. A cluster has one database.
    pub(super) fn at(&self, host: &str, port: u16) -> Self {
        let node = match self.info.addr() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host: host.to_owned(),
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host.to_owned(), port),
        };
        Self { info: self.info.clone().set_addr(node), ..self.clone() }
    }

    /// Returns the name or address of the server's host; `None` for a socket.
    pub(super) fn host(&self) -> Option<String> {
        match self.info.addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => Some(host.clone()),
            _ => None,
        }
    }

    /// Returns where the server is, for people, without secrets.
    pub(super) fn place(&self) -> String {
        match self.info.addr() {
            ConnectionAddr::Tcp(host, port) => format!("{host}:{port}"),
            ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port} with TLS"),
            ConnectionAddr::Unix(path) => path.display().to_string(),
            _ => "unknown".to_owned(),
        }
    }

    /// Returns a client that asks for a version of the protocol.
    pub(super) fn client(&self, protocol: ProtocolVersion) -> Result<Client, StoreError> {
        let settings = self.info.redis_settings().clone().set_protocol(protocol);
        let info = self.info.clone().set_redis_settings(settings);
        let error = |_| StoreError::new(StoreErrorKind::Address, "the certificates cannot be read");
        #[cfg(feature = "redis-tls")]
        if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            choose_cryptography();
            if self.authorities.is_some() || self.identity.is_some() {
                let identity = self.identity.as_ref();
                let client_tls = identity.map(|[certificate, key]| redis::ClientTlsConfig {
                    client_cert: certificate.to_vec(),
                    client_key: key.to_vec(),
                });
                let root_cert = self.authorities.as_ref().map(|authorities| authorities.to_vec());
                let certificates = redis::TlsCertificates { client_tls, root_cert };
                return Client::build_with_tls(info, certificates).map_err(error);
            }
        }
        Client::open(info).map_err(error)
    }
}

/// Chooses `ring` for the process, unless the program chose: without a choice, `rustls` would
/// panic in a program with two providers.
#[cfg(feature = "redis-tls")]
fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread was first, with which we are content.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

impl Debug for Address {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let settings = self.info.redis_settings();
        let secret = |given: Option<&str>| given.map(|_| "..");
        f.debug_struct("Address")
            .field("place", &self.place())
            .field("database", &settings.db())
            .field("user", &secret(settings.username()))
            .field("password", &secret(settings.password()))
            .field("own_authorities", &self.authorities.is_some())
            .field("identity", &secret(self.identity.as_ref().map(|_| "")))
            .finish()
    }
}

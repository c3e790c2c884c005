//! Access: the checks of the headers of a request, before it reads or changes anything.
//!
//! - The host must be in the list, for each request: a page of a foreign site that resolves its own name
//!   to this address (DNS rebinding) reads nothing.
//! - A change needs the token, in a header that a foreign page cannot send without asking first, and
//!   comes from the same origin if it comes from a browser.

use std::fmt;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The header of a request that carries the token.
pub(super) const TOKEN_HEADER: &str = "x-breaker-token";

/// A refusal: the status and one sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RequestRefusal(pub(super) StatusCode, pub(super) String);

impl RequestRefusal {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self(status, text.into())
    }
}

/// The token for changes, as its hash: equal hashes take the same time to compare whatever their text
/// and its length, and a dump of the memory has no token.
pub(super) struct WriteToken([u8; 32]);

impl WriteToken {
    /// Creates the token; `None` if the text is empty, as that of an unset variable is.
    pub(super) fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }

    fn is(&self, given: &[u8]) -> bool {
        self.0.ct_eq(&Sha256::digest(given)[..]).into()
    }
}

impl fmt::Debug for WriteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteToken(..)")
    }
}

/// The hosts by which the dashboard may be reached.
#[derive(Clone, Debug, Default)]
pub(super) struct AllowedHosts {
    /// In lower case; those without a port admit any port.
    pub(super) named: Vec<String>,
    /// Whether any host is admitted.
    pub(super) any: bool,
}

impl AllowedHosts {
    /// Checks the host that a request names.
    pub(super) fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), RequestRefusal> {
        let host = host_of(headers, uri);
        if self.any || host.as_ref().is_some_and(|host| self.admits(host)) {
            return Ok(());
        }
        let text = "this host name is not allowed; add it by `Dashboard::allow_host`";
        Err(RequestRefusal::new(StatusCode::FORBIDDEN, text))
    }

    fn admits(&self, host: &Authority) -> bool {
        let (name, whole) = (host.host().to_ascii_lowercase(), host.as_str().to_ascii_lowercase());
        matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]")
            || self.named.iter().any(|named| *named == name || *named == whole)
    }
}

/// Returns the host that a request is for: in HTTP/2 it is in the address.
fn host_of(headers: &HeaderMap, uri: &Uri) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok()?.parse().ok(),
        (Some(_), Some(_)) => None,
        (None, _) => uri.authority().cloned(),
    };
    host.filter(|host| !host.as_str().contains('@'))
}

/// Checks that a change does not come from a page of another site.
pub(super) fn check_origin(headers: &HeaderMap, uri: &Uri) -> Result<(), RequestRefusal> {
    let refuse =
        || RequestRefusal::new(StatusCode::FORBIDDEN, "a page of another site may not change breakers");
    if let Some(site) = headers.get("sec-fetch-site") {
        if !matches!(site.as_bytes(), b"same-origin" | b"none") {
            return Err(refuse());
        }
    }
    // A client that is no browser sends none.
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let host = host_of(headers, uri).ok_or_else(refuse)?;
    let origin = origin.to_str().map_err(|_| refuse())?.parse::<Uri>().map_err(|_| refuse())?;
    let default_port = match origin.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(refuse()),
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(default_port);
    let from = origin.authority().ok_or_else(refuse)?;
    let is_same = from.host().eq_ignore_ascii_case(host.host()) && port(from) == port(&host);
    if is_same { Ok(()) } else { Err(refuse()) }
}

/// Checks the token of a change; without one that the service has set there are no changes.
pub(super) fn check_token(
    token: Option<&WriteToken>,
    headers: &HeaderMap,
) -> Result<(), RequestRefusal> {
    let Some(token) = token else {
        let text = "this dashboard is read-only; the service sets no token";
        return Err(RequestRefusal::new(StatusCode::METHOD_NOT_ALLOWED, text));
    };
    let Some(given) = headers.get(TOKEN_HEADER) else {
        let text = format!("the token is missing; send it in the header `{TOKEN_HEADER}`");
        return Err(RequestRefusal::new(StatusCode::UNAUTHORIZED, text));
    };
    if token.is(given.as_bytes()) {
        return Ok(());
    }
    Err(RequestRefusal::new(
        StatusCode::UNAUTHORIZED,
        "the token is wrong; ask the operators of the service",
    ))
}

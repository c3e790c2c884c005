//! Errors of the crate `redis` as errors of a store.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::fleet::store::{StoreError, StoreErrorKind as Kind};

/// Returns what an error means that came while a connection was made. A server that does not know a
/// command repeats its arguments, and a password is one of them: nothing of such an answer is kept but
/// its first word.
pub(super) fn of_connecting(error: &RedisError) -> StoreError {
    of(error, false)
}

/// Returns what an error means that came as the answer to a script.
pub(super) fn of_exchange(error: &RedisError) -> StoreError {
    of(error, true)
}

fn of(error: &RedisError, with_detail: bool) -> StoreError {
    let code = error.code().unwrap_or_default();
    let kind = kind(error, code);
    let detail = match kind {
        Kind::Unreachable => error.to_string(),
        Kind::TimedOut => String::new(),
        _ if with_detail && !code.is_empty() => format!("{code} {}", error.detail().unwrap_or_default()),
        _ => code.to_owned(),
    };
    StoreError::new(kind, detail.trim_end().chars().take(200).collect::<String>())
}

fn kind(error: &RedisError, code: &str) -> Kind {
    match error.kind() {
        ErrorKind::Io if error.is_timeout() => Kind::TimedOut,
        ErrorKind::Io => Kind::Unreachable,
        ErrorKind::AuthenticationFailed => Kind::Refused,
        ErrorKind::InvalidClientConfig => Kind::Address,
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Kind::Unreadable,
        ErrorKind::Server(kind) => of_server(kind, error.detail().unwrap_or_default()),
        _ => of_code(code),
    }
}

fn of_server(kind: ServerErrorKind, detail: &str) -> Kind {
    match kind {
        ServerErrorKind::BusyLoading => Kind::Loading,
        ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown => Kind::ReadOnly,
        ServerErrorKind::NoPerm => Kind::NotPermitted,
        ServerErrorKind::Moved
        | ServerErrorKind::Ask
        | ServerErrorKind::TryAgain
        | ServerErrorKind::ClusterDown
        | ServerErrorKind::CrossSlot => Kind::Cluster,
        // A script that fails repeats the word of the command that failed in it, behind `ERR` or alone.
        ServerErrorKind::ResponseError if detail.contains("max number of clients") => Kind::Busy,
        _ => Kind::Failed,
    }
}

/// Returns the kind of a code that the crate does not know.
fn of_code(code: &str) -> Kind {
    match code {
        "OOM" => Kind::OutOfMemory,
        "MISCONF" => Kind::ReadOnly,
        "BUSY" | "NOREPLICAS" => Kind::Busy,
        "NOAUTH" | "WRONGPASS" => Kind::Refused,
        _ => Kind::Failed,
    }
}

/// Returns whether the connection is given up: what it holds can be wrong, the server does not answer on
/// it, or the name of the server can by now belong to another one.
pub(super) fn ends_connection(error: &StoreError) -> bool {
    matches!(
        error.kind(),
        Kind::Unreachable | Kind::TimedOut | Kind::Refused | Kind::ReadOnly | Kind::Unreadable
    )
}

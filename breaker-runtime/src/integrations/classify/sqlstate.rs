//! The codes by which databases say what went wrong: SQLSTATE, and those of `SQLite`. The page
//! [`guide::databases`](crate::guide::databases) has the reasons.

use crate::integrations::classify::Class;

/// Returns the class of a SQLSTATE, the code of an error in standard SQL.
#[cfg(any(feature = "sqlx", feature = "tokio-postgres"))]
pub(super) fn of_sqlstate(code: &str) -> Class {
    match code {
        "53300" => Class::RateLimited,
        "40003" | "57014" | "70100" => Class::NoAnswer,
        "25006" | "25P03" | "25P04" | "57P05" => Class::Neutral,
        "HV00N" => Class::ServerError,
        _ => of_class(code.get(..2).unwrap_or_default()),
    }
}

/// Returns the class of the codes that begin with these two characters.
#[cfg(any(feature = "sqlx", feature = "tokio-postgres"))]
fn of_class(class: &str) -> Class {
    match class {
        "00" | "01" | "02" => Class::Success,
        "08" => Class::NoAnswer,
        "53" | "57" | "58" | "F0" | "XX" => Class::ServerError,
        "03" | "09" | "0A" | "0B" | "0F" | "0L" | "0P" | "0Z" | "10" | "20" | "21" | "22" | "23"
        | "24" | "25" | "26" | "27" | "28" | "2B" | "2D" | "2F" | "34" | "38" | "39" | "3B" | "3D"
        | "3F" | "40" | "42" | "44" | "54" | "55" | "72" | "HV" | "P0" => Class::ClientError,
        _ => Class::Neutral,
    }
}

/// Returns the class of a result code of `SQLite`, plain or extended.
#[cfg(any(feature = "rusqlite", feature = "sqlx"))]
pub(super) fn of_sqlite(code: i32) -> Class {
    match code {
        // BUSY_SNAPSHOT: as a serialization failure.
        517 => return Class::ClientError,
        // LOCKED_SHAREDCACHE: as BUSY.
        262 => return Class::RateLimited,
        _ => {}
    }
    match code & 0xff {
        0 | 100 | 101 => Class::Success,
        5 => Class::RateLimited,
        14 => Class::NoAnswer,
        2 | 3 | 7 | 10 | 11 | 13 | 15 | 22 | 26 => Class::ServerError,
        1 | 4 | 6 | 12 | 16 | 17 | 18 | 19 | 20 | 21 | 23 | 25 => Class::ClientError,
        _ => Class::Neutral,
    }
}

//! How the errors of databases count: each row of the tables in the guide.

#![cfg(all(feature = "redis", feature = "rusqlite", feature = "sqlx", feature = "tokio-postgres"))]

mod redis;
mod sqlite;
mod sqlstate;
mod without_code;

use breaker_runtime::classify::Class;

const GUIDE: &str = include_str!("../../src/guide/databases.rs");

/// Returns the codes of a table in the guide with their classes.
fn documented(heading: &str) -> Vec<(&'static str, Class)> {
    let section = GUIDE.split("//! # ").find_map(|section| section.strip_prefix(heading));
    let section = section.unwrap_or_else(|| panic!("there is no section {heading}"));
    let rows = section.lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows = rows.filter_map(|row| {
        let (codes, rest) = row.split_once(" | ")?;
        let class = rest.split_once('`')?.1.split_once('`')?.0;
        (!codes.starts_with("any other")).then(|| (codes, named(class)))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 5, "{heading}: {rows:?}");
    rows.into_iter()
        .flat_map(|(codes, class)| codes.split('`').skip(1).step_by(2).map(move |code| (code, class)))
        .collect()
}

fn named(class: &str) -> Class {
    let classes = [
        Class::Success,
        Class::ClientError,
        Class::ServerError,
        Class::NoAnswer,
        Class::RateLimited,
        Class::Neutral,
    ];
    let found = classes.into_iter().find(|found| format!("{found:?}") == class);
    found.unwrap_or_else(|| panic!("there is no class {class}"))
}

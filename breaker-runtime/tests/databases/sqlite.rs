//! The result codes of `rusqlite` and `sqlx`, and a real file.

use breaker_runtime::classify::{Class, Classify};
use rusqlite::{Connection, Error, ffi};

use crate::documented;
use crate::sqlstate::sqlx;

#[test]
fn result_code_has_the_class_that_the_guide_says() {
    for (code, class) in documented("SQLite") {
        let number = code.parse().expect("a number");
        let error = Error::SqliteFailure(ffi::Error::new(number), None);
        assert_eq!(error.class(), class, "rusqlite: {code}");
        assert_eq!(sqlx(code).class(), class, "sqlx: {code}");
    }
    // Constraints of each kind, and input and output, by their extended codes.
    for (code, class) in
        [(1555, Class::ClientError), (2067, Class::ClientError), (3338, Class::ServerError)]
    {
        assert_eq!(Error::SqliteFailure(ffi::Error::new(code), None).class(), class);
        assert_eq!(sqlx(code.to_string()).class(), class);
    }
}

#[test]
fn statement_at_fault_is_an_answer_and_a_locked_or_broken_file_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.db");
    let open = || {
        let connection = Connection::open(&file).expect("a file");
        connection.busy_timeout(std::time::Duration::ZERO).expect("a number");
        connection
    };
    let (shop, other) = (open(), open());
    let create = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";
    shop.execute(create, []).expect("a table");
    let fails = |sql: &str| shop.execute(sql, []).expect_err("it cannot work");

    assert_eq!(fails("INSERT INTO users VALUES (1, NULL)").class(), Class::ClientError);
    assert_eq!(fails("SELEKT").class(), Class::ClientError);
    let no_row = shop.query_row("SELECT name FROM users", [], |row| row.get::<_, String>(0));
    assert_eq!(no_row.expect_err("no row").class(), Class::ClientError);

    other.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    assert_eq!(fails("INSERT INTO users VALUES (1, 'tea')").class(), Class::RateLimited);

    let missing = Connection::open(folder.path().join("none/shop.db")).expect_err("no folder");
    assert_eq!(missing.class(), Class::NoAnswer);
    std::fs::write(folder.path().join("text"), [b'~'; 4096]).expect("a file");
    let text = Connection::open(folder.path().join("text")).expect("not read yet");
    assert_eq!(text.execute(create, []).expect_err("no database").class(), Class::ServerError);
}

//! The files that stand in both crates.

use std::path::Path;
use std::{env, fs, process};

use breaker_tests_conventions::copies::{COPIES, outdated, update};
use breaker_tests_conventions::source;

/// With `COPIES=overwrite` in the environment it updates the copies first.
#[test]
fn shared_files_of_both_crates_are_equal() {
    let root = source::root();
    if env::var("COPIES").is_ok_and(|what| what == "overwrite") {
        update(&root);
    }
    let outdated = outdated(&root);
    assert!(
        outdated.is_empty(),
        "{outdated:?} in breaker-runtime/src differ from breaker-macros/src; change the latter and run \
         `COPIES=overwrite cargo test -p breaker-tests-conventions --test copies`"
    );
}

/// A checkout without symbolic links has files with a path as text in place of them.
#[test]
fn no_source_of_the_crates_is_a_symbolic_link() {
    fn links(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder that can be read") {
            let path = entry.expect("a file that can be read").path();
            if path.is_symlink() {
                found.push(path.display().to_string());
            } else if path.is_dir() {
                links(&path, found);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["breaker-macros/src", "breaker-runtime/src", "breaker-runtime/tests", "tests/tests"] {
        links(&source::root().join(folder), &mut found);
    }
    assert_eq!(found, [""; 0], "write a copy of the file, and add it to `copies::COPIES`");
}

#[test]
fn outdated_copy_is_found_and_updated() {
    let root = env::temp_dir().join(format!("breaker-copies-{}", process::id()));
    for (original, copy) in COPIES {
        for (file, text) in [
            (root.join("breaker-macros/src").join(original), original),
            (root.join("breaker-runtime/src").join(copy), copy),
        ] {
            fs::create_dir_all(file.parent().expect("a folder")).expect("a new folder");
            fs::write(file, text).expect("a new file");
        }
    }
    assert_eq!(outdated(&root), COPIES.map(|(_, copy)| copy));
    update(&root);
    assert_eq!(outdated(&root), [""; 0]);
    fs::remove_dir_all(root).expect("the new folder");
}

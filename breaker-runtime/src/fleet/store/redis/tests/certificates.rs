//! Certificates for a server of the test, made by `openssl`.

use std::path::Path;
use std::process::Command;

/// Writes `authority.crt`, and for the address 127.0.0.1 `server.crt` and `server.key`, which serve a
/// client as well.
pub(super) fn make(folder: &Path) {
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output();
        let output =
            output.unwrap_or_else(|error| panic!("openssl: {error}; install the package openssl"));
        assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let authority = [
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
        "-keyout",
        "authority.key",
        "-out",
        "authority.crt",
    ];
    run(&[&["req"], &key[..], &authority].concat());
    let server = [
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=server",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-CA",
        "authority.crt",
        "-CAkey",
        "authority.key",
        "-keyout",
        "server.key",
        "-out",
        "server.crt",
    ];
    run(&[&["req"], &key[..], &server].concat());
}

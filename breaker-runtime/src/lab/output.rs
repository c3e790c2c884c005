//! The output of the program: a reader that has gone ends it quietly.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Prints a text. Where the reader has gone, as that of `breaker-lab .. | head -1`, the rest is not
/// printed.
///
/// # Errors
///
/// If the text cannot be written for another reason, such as a full disk.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("standard output: {error}; the results are not complete"))
        }
        _ => Ok(()),
    }
}

/// Prints a remark to standard error, if that can be written.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a file.
///
/// # Errors
///
/// With the path, if it cannot be written.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns results as JSON that ends with a line break.
///
/// # Errors
///
/// If they have no form in JSON.
pub(crate) fn json(results: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(results).map(|json| json + "\n").map_err(|error| error.to_string())
}

/// Writes columns side by side: the first flush left, the others flush right.
pub(crate) fn write_columns(text: &mut impl fmt::Write, columns: &[Vec<String>]) -> fmt::Result {
    let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = columns.iter().map(|column| width(column).unwrap_or_default()).collect();
    for row in 0..columns.first().map_or(0, Vec::len) {
        for (index, (column, width)) in columns.iter().zip(&widths).enumerate() {
            let cell = &column[row];
            if index == 0 { write!(text, "{cell:width$}")? } else { write!(text, "  {cell:>width$}")? }
        }
        text.write_char('\n')?;
    }
    Ok(())
}

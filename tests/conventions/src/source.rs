//! The files of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that was read.
#[derive(Debug)]
pub struct Source {
    /// Its path from the root of the workspace, with `/` between the folders.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Returns the part of its name behind the last dot, or the whole name if there is none.
    pub fn extension(&self) -> &str {
        self.path.rsplit(['.', '/']).next().unwrap_or_default()
    }
}

/// Returns the root of this workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads all text files below `folder` of the workspace at `root`, sorted by path; skips build output
/// and hidden folders other than `.ci`.
///
/// # Panics
///
/// If a folder cannot be read.
pub fn read(root: &Path, folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(root, &root.join(folder), &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn collect(root: &Path, path: &Path, sources: &mut Vec<Source>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for entry in entries {
            let entry = entry.expect("a folder that can be read").path();
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !matches!(name.as_ref(), "target" | "node_modules")
                && (!name.starts_with('.') || name == ".ci")
            {
                collect(root, &entry, sources);
            }
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        let relative = path.strip_prefix(root).unwrap_or(path);
        let parts: Vec<_> =
            relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        sources.push(Source { path: parts.join("/"), text });
    }
}

//! Checks that read the sources of this workspace: the prose, and which room imports which.
//!
//! It has no dependencies, so that `.ci/prose` answers within seconds on a fresh machine. The sources
//! are read as tokens rather than parsed: comments have to be seen, and code for other platforms as
//! well.

pub mod api;
pub mod copies;
pub mod lexer;
pub mod licences;
pub mod prose;
pub mod source;
pub mod structure;
pub mod tables;

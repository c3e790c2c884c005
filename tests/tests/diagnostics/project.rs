//! A user's crate, with both programs as its examples.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::source::{Form, Source};

/// Allows one build at a time: cargo would wait for its own lock, and report that among the messages.
static BUILDS: Mutex<()> = Mutex::new(());

/// A message of the compiler at a span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Diagnostic {
    pub(crate) code: String,
    pub(crate) primary: Vec<Span>,
    pub(crate) message: String,
    pub(crate) labels: Vec<(Span, String)>,
    /// Whether it is neither a warning nor a note.
    pub(crate) is_error: bool,
}

/// Lines and columns.
pub(crate) type Span = ((u64, u64), (u64, u64));

pub(crate) struct Project {
    folder: PathBuf,
}

impl Project {
    /// Creates a project that is named after the folder of cases and the edition.
    pub(crate) fn new(file: &str, edition: &str, is_library: bool) -> Self {
        Self::with(file, edition, is_library, "features = [\"tokio\", \"retry\", \"last-good\"]")
    }

    /// Creates a project with these keys for the dependency.
    pub(crate) fn with(file: &str, edition: &str, is_library: bool, dependency: &str) -> Self {
        Self::with_others(file, edition, is_library, dependency, "")
    }

    /// Creates a project with these keys for the dependency, and with other dependencies.
    pub(crate) fn with_others(
        file: &str,
        edition: &str,
        is_library: bool,
        dependency: &str,
        others: &str,
    ) -> Self {
        let name = file.trim_end_matches(".rs");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("diagnostics")
            .join(format!("{name}-{edition}"));
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned();
        let crate_type = if is_library { "crate-type = [\"lib\"]" } else { "" };
        let example = |name| format!("[[example]]\nname = \"{name}\"\n{crate_type}\n");
        let manifest = format!(
            "[package]\nname = \"diagnostics-{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[workspace]\n\n\
             [dependencies]\nbreaker-runtime = {{ path = \"{}\", {dependency} }}\n{others}\n\
             [profile.dev]\ndebug = 0\n\n{}{}",
            root.join("breaker-runtime").display(),
            example("bare"),
            example("annotated"),
        );
        fs::create_dir_all(folder.join("src")).expect("a folder for the project");
        fs::create_dir_all(folder.join("examples")).expect("a folder for the project");
        fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(folder.join("src/lib.rs"), "").expect("an empty library");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the versions of the workspace");
        let project = Self { folder };
        // Cargo needs both files, even to compile one.
        for form in [Form::Bare, Form::Annotated] {
            if !project.path(form).exists() {
                fs::write(project.path(form), "fn main() {}\n").expect("a program");
            }
        }
        project
    }

    fn path(&self, form: Form) -> PathBuf {
        self.folder.join("examples").join(format!("{}.rs", form.name()))
    }

    /// Returns the folder of what cargo makes.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.parent().expect("a folder of projects").join("target")
    }

    /// Runs cargo on a program.
    pub(crate) fn cargo(&self, arguments: &[&str], form: Form, program: &str) -> Output {
        let _alone = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
        fs::write(self.path(form), program).expect("a program");
        Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--quiet", "--example", form.name()])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.target())
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()
            .expect("cargo")
    }

    /// Returns the messages of `cargo check` or `cargo clippy` for a folder of cases in one of its
    /// forms.
    pub(crate) fn diagnostics(&self, command: &str, source: &Source, form: Form) -> Vec<Diagnostic> {
        self.diagnostics_of(command, &source.text, form)
    }

    /// Returns the messages for a program.
    pub(crate) fn diagnostics_of(&self, command: &str, program: &str, form: Form) -> Vec<Diagnostic> {
        let output = self.cargo(&[command, "--message-format=json"], form, program);
        let stdout = String::from_utf8(output.stdout).expect("text");
        let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let said = messages
            .filter(|message| {
                message["reason"] == "compiler-message" && message["target"]["name"] == form.name()
            })
            .filter_map(|message| diagnostic(&message["message"]))
            .collect::<Vec<_>>();
        assert!(!said.is_empty(), "cargo {command}: {}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

/// Reads a message. Returns `None` for one without a span, such as the number of warnings.
fn diagnostic(message: &Value) -> Option<Diagnostic> {
    let spans = message["spans"].as_array()?;
    let at = |span: &Value| {
        let number = |name| span[name].as_u64().expect("a number");
        ((number("line_start"), number("column_start")), (number("line_end"), number("column_end")))
    };
    let is_primary = |span: &&Value| span["is_primary"] == true;
    let mut primary = spans.iter().filter(is_primary).map(at).collect::<Vec<_>>();
    primary.sort_unstable();
    let label = |span: &Value| Some((at(span), span["label"].as_str()?.to_owned()));
    (!primary.is_empty()).then(|| Diagnostic {
        code: message["code"]["code"].as_str().unwrap_or("").to_owned(),
        primary,
        message: message["message"].as_str().expect("a text").to_owned(),
        labels: spans.iter().filter_map(label).collect(),
        is_error: message["level"] == "error",
    })
}

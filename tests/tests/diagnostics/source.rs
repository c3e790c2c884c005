//! The two programs that a folder of cases stands for.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Bare,
    Annotated,
}

impl Form {
    /// Returns the name of its program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Annotated => "annotated",
        }
    }
}

/// A program with the names of its modules.
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) modules: Vec<String>,
}

impl Source {
    /// Reads the folder `name` of cases: the text of `frame.rs` stands above the cases of the other
    /// files.
    pub(crate) fn of(name: &str, form: Form) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics").join(name);
        let read = |path: &Path| fs::read_to_string(path).expect("a file of cases");
        let frame = folder.join("frame.rs");
        let mut source = Self { text: read(&frame), modules: Vec::new() };
        let files = fs::read_dir(&folder).expect("the folder of cases");
        let mut files = files.map(|file| file.expect("a file").path()).collect::<Vec<_>>();
        files.retain(|file| {
            file.extension().is_some_and(|extension| extension == "rs") && *file != frame
        });
        files.sort();
        for file in files {
            source.add_cases(&read(&file), form);
        }
        source
    }

    /// Adds a module for each case of a file and each of its options.
    pub(crate) fn add_cases(&mut self, file: &str, form: Form) {
        for case in file.split("// case: ").skip(1) {
            let lines = case.lines().collect::<Vec<_>>();
            let is_options = |line: &&&str| line.starts_with("// with:");
            let number = lines[1..].iter().take_while(is_options).count();
            let (options, functions) = lines[1..].split_at(number);
            assert!(!options.is_empty(), "`// with:` is missing below `// case: {}`", lines[0]);
            for (number, options) in options.iter().enumerate() {
                let options = options.trim_start_matches("// with:").trim();
                self.add(&format!("{}_{number}", lines[0]), options, functions, form);
            }
        }
    }

    fn add(&mut self, module: &str, options: &str, functions: &[&str], form: Form) {
        let attribute = match form {
            Form::Bare => "// bare".to_owned(),
            Form::Annotated => format!("#[circuit_breaker({options})]"),
        };
        write!(self.text, "\n/// A case.\npub mod {module} {{\n#[allow(unused_imports, clippy::wildcard_imports, reason = \"not all cases need it\")]\nuse super::*;\n")
            .expect("a string");
        for line in functions {
            let line = if line.trim() == "@" { &attribute } else { *line };
            writeln!(self.text, "{line}").expect("a string");
        }
        self.text.push_str("}\n");
        self.modules.push(module.to_owned());
    }

    pub(crate) fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number - 1).expect("a line of the program")
    }

    /// Returns the line of the attribute of the function around a line.
    pub(crate) fn function_around(&self, number: usize) -> usize {
        let lines = self.text.lines().take(number).collect::<Vec<_>>();
        lines
            .iter()
            .rposition(|line| line.trim().starts_with("#[circuit_breaker"))
            .map_or(0, |index| index + 1)
    }

    /// Returns the attribute above a line.
    pub(crate) fn attribute_above(&self, number: usize) -> &str {
        match self.function_around(number) {
            0 => "",
            line => self.line(line),
        }
    }
}

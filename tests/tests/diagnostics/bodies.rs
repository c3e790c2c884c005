//! The cases of `drops` that write each body of `tests/diagnostics/drops/bodies.txt` in several shapes
//! of function.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A row of the file.
struct Body<'a> {
    name: &'a str,
    moves: bool,
    lends: bool,
    receiver: Option<&'a str>,
    parameters: &'a str,
    arguments: &'a str,
    statements: &'a str,
}

/// A shape of function around a body.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Sync,
    Async,
    /// An async function that does not wait.
    AtOnce,
    /// A function that returns an async block.
    Future,
    /// A function that prints, and returns a boxed async block.
    Boxed,
}

/// A case, to be written for each body that it takes.
struct Case {
    name: &'static str,
    options: &'static [&'static str],
    /// The results of `step`: 0 works, 1 fails, 2 panics. With a fallback a failure has another order,
    /// because the bare function has no fallback.
    results: &'static [u8],
    shapes: &'static [Shape],
    takes: fn(&Body) -> bool,
}

const ALL: &[u8] = &[0, 1, 2];
const NO_FAILURE: &[u8] = &[0, 2];
const PLAIN: &[Shape] = &[Shape::Sync, Shape::Async, Shape::AtOnce];

const CASES: &[Case] = &[
    Case {
        name: "layers",
        options: &[
            "",
            ", key = some_key(), failure_if = Result::is_err",
            ", last_good(key = some_key())",
            ", max_concurrent = 9, max_wait = \"1s\"",
            ", fallback = Err(Error), fallback_on = \"rejection\"",
        ],
        results: ALL,
        shapes: PLAIN,
        takes: |_| true,
    },
    Case {
        name: "with_fallback",
        options: &[
            ", fallback = |_| Err(Error)",
            ", fallback = Err(Error), key = some_key()",
            ", fallback = Err(Error), last_good(key = some_key())",
        ],
        results: NO_FAILURE,
        shapes: PLAIN,
        takes: |_| true,
    },
    Case {
        name: "with_retry",
        options: &[", retry(attempts = 2, if = |_| false)"],
        results: ALL,
        shapes: PLAIN,
        takes: |body| !body.moves,
    },
    Case {
        name: "deadlines",
        options: &[
            ", total_timeout = \"60s\"",
            ", total_timeout = \"60s\", call_timeout = \"30s\", max_concurrent = 9, max_wait = \"9s\"",
            ", abandoned_threshold = off, probe = async || true",
        ],
        results: ALL,
        shapes: &[Shape::Async, Shape::AtOnce],
        takes: |_| true,
    },
    Case {
        name: "futures",
        options: &[
            "",
            ", failure_if = Result::is_err",
            ", fallback = |_| Err(Error)",
            ", fallback = Err(Error), fallback_on = \"rejection\"",
            ", last_good(key = some_key())",
        ],
        results: NO_FAILURE,
        shapes: &[Shape::Future, Shape::Boxed],
        takes: |body| !body.lends && body.receiver.is_none(),
    },
];

/// The type that has the methods. Each case has its own, because the methods of all cases have the same
/// names.
const OWN: &str = "\
struct Own { a: D, b: D }
fn own() -> Own { Own { a: D(\"own.a\"), b: D(\"own.b\") } }
";

/// Returns the cases, in the form of a file of cases.
pub(crate) fn cases() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics/drops/bodies.txt");
    let file = fs::read_to_string(path).expect("the bodies");
    let lines = file.lines().skip_while(|line| !line.is_empty()).skip(1).collect::<Vec<_>>();
    let bodies = lines.chunks(4).map(Body::read).collect::<Vec<_>>();
    CASES.iter().map(|case| case.write(&bodies)).collect()
}

impl<'a> Body<'a> {
    fn read(lines: &[&'a str]) -> Self {
        let [head, parameters, arguments, statements] = lines else { panic!("four lines: {lines:?}") };
        let (head, receiver) = match head.split_once(" on ") {
            Some((head, receiver)) => (head, Some(receiver)),
            None => (*head, None),
        };
        let mut words = head.split(' ');
        let name = words.next().expect("a name");
        let marks = words.collect::<Vec<_>>();
        Self {
            name,
            moves: marks.contains(&"moves"),
            lends: marks.contains(&"lends"),
            receiver,
            parameters: parameters.trim(),
            arguments: arguments.trim(),
            statements: statements.trim(),
        }
    }
}

impl Case {
    fn write(&self, bodies: &[Body]) -> String {
        let mut text = format!("\n// case: {}\n", self.name);
        for options in self.options {
            // No call is rejected with this threshold.
            writeln!(text, "// with: failure_threshold = 1_000_000{options}").expect("a string");
        }
        text.push_str(OWN);
        let mut calls = String::new();
        for body in bodies.iter().filter(|body| (self.takes)(body)) {
            for shape in self.shapes {
                text.push_str(&shape.function(body));
                let call = shape.call(body, self.results);
                writeln!(calls, "    {call}").expect("a string");
            }
        }
        text + "pub fn run() {\n" + &calls + "}\n"
    }
}

impl Shape {
    fn name(self, body: &Body) -> String {
        let shape = match self {
            Self::Sync => "sync",
            Self::Async => "async",
            Self::AtOnce => "at_once",
            Self::Future => "future",
            Self::Boxed => "boxed",
        };
        format!("{shape}_{}", body.name)
    }

    fn function(self, body: &Body) -> String {
        let (before, answer, begin, end) = match self {
            Self::Sync => ("", "Answer", "", ""),
            Self::Async => ("async ", "Answer", "keep(&how); pause().await;", ""),
            Self::AtOnce => ("async ", "Answer", "", ""),
            Self::Future => ("", "impl Future<Output = Answer>", "async move { pause().await;", "}"),
            Self::Boxed => (
                "",
                "Pin<Box<dyn Future<Output = Answer> + Send>>",
                "print!(\" begun\"); Box::pin(async move { pause().await;",
                "})",
            ),
        };
        let Body { parameters, statements, .. } = body;
        let function = format!(
            "@\n{before}fn {}({parameters}) -> {answer} {{\n{begin}\n{statements}\nOk(())\n{end}\n}}\n",
            self.name(body)
        );
        if body.receiver.is_some() { format!("impl Own {{\n{function}}}\n") } else { function }
    }

    /// Returns the statement that calls the function once for each result and prints the drops.
    fn call(self, body: &Body, results: &[u8]) -> String {
        let (name, arguments) = (self.name(body), body.arguments);
        let harness = if matches!(self, Self::Sync) { "sync" } else { "future" };
        let call = match body.receiver {
            None => format!("{name}({arguments})"),
            Some(receiver) => format!("{receiver}.{name}({arguments})"),
        };
        // The future borrows the receiver.
        let call = if harness == "future" && body.parameters.starts_with('&') {
            format!("async move {{ {call}.await }}")
        } else {
            call
        };
        format!("{harness}(\"{name}\", &{results:?}, |how| {call});")
    }
}

//! Tables of options in the documentation.

use std::collections::BTreeMap;

/// An option as a table of the documentation describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The default, as text without code quotes.
    pub default: String,
    /// The line, from 1.
    pub line: usize,
}

/// Reads the rows of all tables in `text` that begin with `| option | default |`, by the option's name.
/// `text` is markdown, or Rust with the tables in doc comments.
pub fn options(text: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start().trim_start_matches(['/', '!']).trim();
        if !line.starts_with('|') {
            inside = false;
            continue;
        }
        let mut cells = cells(line).into_iter();
        let (Some(option), Some(default)) = (cells.next(), cells.next()) else { continue };
        if option == "option" && default == "default" {
            inside = true;
        } else if let Some(name) = name(&option).filter(|_| inside) {
            rows.insert(name, Row { default: default.replace('`', ""), line: number + 1 });
        }
    }
    rows
}

/// Splits a row into its cells; `\|` is part of a cell.
fn cells(line: &str) -> Vec<String> {
    let line = line.replace("\\|", "\u{0}");
    let cells = line.trim_matches('|').split('|');
    cells.map(|cell| cell.trim().replace('\u{0}', "|")).collect()
}

/// Returns the name that the first code span of a cell begins with: `retry` of `retry(attempts = 3)`.
fn name(cell: &str) -> Option<String> {
    let span = cell.split('`').nth(1)?;
    let end = span.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(span.len());
    (end > 0).then(|| span[..end].to_owned())
}

/// Returns the names of the sections with a code span as title: `## &#96;timeout&#96;`.
pub fn sections(markdown: &str) -> Vec<String> {
    let titles = markdown.lines().filter_map(|line| line.strip_prefix("## `"));
    titles.filter_map(|title| title.strip_suffix('`')).map(str::to_owned).collect()
}

/// Returns the text of the section with this code span as title, without its code blocks.
pub fn section(markdown: &str, name: &str) -> Option<String> {
    let title = format!("## `{name}`");
    let mut lines = markdown.lines().skip_while(|line| *line != title);
    lines.next()?;
    let (mut code, mut text) = (false, Vec::new());
    for line in lines {
        if line.starts_with("```") {
            code = !code;
        } else if !code && (line.starts_with("# ") || line.starts_with("## ")) {
            break;
        } else if !code {
            text.push(line);
        }
    }
    Some(text.join("\n"))
}

/// Returns the code blocks that are compiled and run, in the section with this code span as title.
pub fn examples(markdown: &str, name: &str) -> Vec<String> {
    let title = format!("## `{name}`");
    let lines = markdown.lines().skip_while(|line| *line != title).skip(1);
    let (mut block, mut found): (Option<(bool, Vec<&str>)>, _) = (None, Vec::new());
    for line in lines {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some((["", "no_run", "rust"].contains(&kind), Vec::new())),
            (None, None) if line.starts_with("## ") || line.starts_with("# ") => break,
            (None, None) => {}
            (Some(_), Some(_)) => {
                let (runs, code) = block.take().unwrap_or_default();
                if runs {
                    found.push(code.join("\n"));
                }
            }
            (Some((_, code)), None) => code.push(line),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_markdown_and_from_doc_comments() {
        let markdown = "text\n\n| option | default | meaning |\n|---|---|---|\n| `retry(attempts = 3)` | off | x |\n\
                        | [`timeout`](#timeout) | `60 s` | a \\| b |\n\n| other | default |\n|---|---|\n| `x` | 1 |";
        let rust =
            "/// | option | default |\n    /// |---|---|\n    /// | [`key`](Self::key) | none |\n";
        let rows = options(markdown);
        assert_eq!(rows.keys().collect::<Vec<_>>(), ["retry", "timeout"]);
        assert_eq!(rows["timeout"], Row { default: "60 s".into(), line: 6 });
        assert_eq!(options(rust)["key"], Row { default: "none".into(), line: 3 });
    }

    #[test]
    fn sections_are_read() {
        let page = "## `key`\none\n```\ncode\n```\ntwo\n## `other`\nthree";
        assert_eq!(section(page, "key").as_deref(), Some("one\ntwo"));
        assert_eq!(section(page, "none"), None);
        assert_eq!(sections("# a\n## `timeout`\n### `b`\n## c\n## `key`"), ["timeout", "key"]);
    }
}

//! The rules, one function each, for a file of each kind.

use std::path::Path;

use super::words::{EXCEPTIONS, NO_VERBS, OPENINGS, WORDS};
use super::{Issue, Room};
use crate::lexer::{Kind, Token, tokens};
use crate::source::Source;

pub(super) fn rust(source: &Source, width: usize, room: &mut Room) {
    let all = tokens(&source.text);
    let lines: Vec<_> = source.text.lines().collect();
    let mut at = 0;
    while at < all.len() {
        let token = &all[at];
        let end = block_end(&all, at);
        match token.kind {
            Kind::Ident => identifier(source, token, room),
            Kind::Str => text(source, &numbered(token), room),
            Kind::Other | Kind::Punct => {}
            Kind::Comment | Kind::OuterDoc | Kind::InnerDoc => {
                let block: Vec<_> = all[at..end].iter().flat_map(numbered).collect();
                text(source, &block, room);
                for (line, _) in &block {
                    too_wide(source, *line, lines[line - 1], width, room);
                }
                if token.kind != Kind::Comment {
                    summary(source, &block, room);
                }
                if token.kind == Kind::OuterDoc && documents_function(&all[end..]) {
                    function(source, &block, room);
                }
            }
        }
        at = end;
    }
}

/// Returns the end of the comment block of one kind that begins at `at`, or `at + 1` for any other
/// token.
fn block_end(all: &[Token], at: usize) -> usize {
    let kind = all[at].kind;
    if !matches!(kind, Kind::Comment | Kind::OuterDoc | Kind::InnerDoc) {
        return at + 1;
    }
    let more =
        all[at..].windows(2).take_while(|two| two[1].kind == kind && two[1].line == two[0].line + 1);
    at + 1 + more.count()
}

/// Returns the lines of a token with their numbers.
fn numbered(token: &Token) -> Vec<(usize, String)> {
    token.text.split('\n').enumerate().map(|(i, line)| (token.line + i, line.to_owned())).collect()
}

/// Returns whether the item behind a doc comment is a function, other than a test.
fn documents_function(rest: &[Token]) -> bool {
    let mut depth = 0;
    for (i, token) in rest.iter().enumerate() {
        let attribute = token.is("#") || depth > 0;
        match token.text.as_str() {
            "[" | "(" if token.kind == Kind::Punct => depth += 1,
            "]" | ")" if token.kind == Kind::Punct => depth -= 1,
            "test" | "test_case" | "rstest" if attribute && depth == 1 && !rest[i - 1].is("(") => {
                return false;
            }
            "fn" if token.kind == Kind::Ident && depth == 0 => return true,
            _ if attribute || matches!(token.kind, Kind::Comment | Kind::OuterDoc | Kind::Str) => {}
            // The last is the sign of a visibility in a `macro_rules!`.
            "pub" | "const" | "async" | "unsafe" | "extern" | "default" | "crate" | "$" => {}
            _ if i > 0 && rest[i - 1].is("$") => {}
            _ => return false,
        }
    }
    false
}

fn first_words(block: &[(usize, String)]) -> Option<(usize, String)> {
    let (line, text) = block.iter().find(|(_, text)| !text.trim().is_empty())?;
    Some((*line, text.trim().split(' ').take(6).collect::<Vec<_>>().join(" ")))
}

fn function(source: &Source, block: &[(usize, String)], room: &mut Room) {
    let Some((line, words)) = first_words(block) else { return };
    room.functions += 1;
    if begins_with_verb(&words) {
        room.verbs += 1;
    } else {
        let message = format!("no verb in the third person: `{words} ..`");
        room.others.push(Issue { path: source.path.clone(), line, message });
    }
}

fn begins_with_verb(words: &str) -> bool {
    let first = words.split(' ').next().unwrap_or_default().trim_end_matches([',', ':', ';', '.']);
    let lower = first.to_lowercase();
    first.starts_with(char::is_uppercase)
        && first.chars().all(char::is_alphabetic)
        && lower.len() > 1
        && lower.ends_with('s')
        && !NO_VERBS.contains(&lower.as_str())
}

fn summary(source: &Source, block: &[(usize, String)], room: &mut Room) {
    let Some((line, words)) = first_words(block) else { return };
    let first = words.split(' ').next().unwrap_or_default().to_lowercase();
    if OPENINGS.contains(&first.as_str()) {
        let message = format!("a fragment that completes a name: `{words} ..`");
        room.issues.push(Issue { path: source.path.clone(), line, message });
    }
}

fn identifier(source: &Source, token: &Token, room: &mut Room) {
    let mut words = String::new();
    for c in token.text.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(' ');
        }
        words.push(c);
    }
    // A constant in capitals is one word for each letter by then.
    let constant = token.text.chars().all(|c| !c.is_lowercase());
    let words = if constant { token.text.replace('_', " ") } else { words.replace('_', " ") };
    text(source, &[(token.line, words)], room);
}

/// Looks for the words that are not used, across line ends.
fn text(source: &Source, lines: &[(usize, String)], room: &mut Room) {
    let mut words: Vec<(usize, String, bool)> = Vec::new();
    for (line, text) in lines {
        // Between these two words a sentence may end: they are no phrase.
        for piece in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'') {
            let word = piece.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let stops = piece.ends_with(['.', ',', ';', ':', '!', '?', '|', '(', ')']);
            match words.last_mut() {
                Some(last) if word.is_empty() => last.2 |= stops,
                _ if word.is_empty() => {}
                _ => words.push((*line, word, stops)),
            }
        }
    }
    for at in 0..words.len() {
        for (phrase, instead) in WORDS {
            let length = phrase.split(' ').count();
            let Some(found) = words.get(at..at + length) else { continue };
            let same = found.iter().map(|(_, word, _)| word.as_str()).eq(phrase.split(' '));
            let broken = found[..length - 1].iter().any(|(.., stops)| *stops);
            let than =
                *phrase == "no more" && words.get(at + 2).is_some_and(|(_, word, _)| word == "than");
            if same && !broken && !than && !excepted(&source.path, phrase) {
                let message = format!("`{phrase}` is not used; write: {instead}");
                room.issues.push(Issue { path: source.path.clone(), line: words[at].0, message });
            }
        }
    }
}

fn excepted(path: &str, phrase: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, word, _)| path.starts_with(file) && (*word == "*" || *word == phrase))
}

/// Reports a line over `width` unless it is a row of a table or holds an address, which cannot be
/// broken.
fn too_wide(source: &Source, number: usize, line: &str, width: usize, room: &mut Room) {
    let length = line.chars().count();
    let row = line.trim_start_matches(['/', '!', ' ']).starts_with('|');
    if length > width && !row && !line.contains("://") {
        let message = format!("{length} columns, of {width}");
        room.issues.push(Issue { path: source.path.clone(), line: number, message });
    }
}

pub(super) fn markdown(source: &Source, width: usize, room: &mut Room) {
    let lines: Vec<_> =
        source.text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect();
    text(source, &lines, room);
    let mut code = false;
    for (number, line) in &lines {
        code ^= line.trim_start().starts_with("```");
        if !code {
            too_wide(source, *number, line, width, room);
        }
    }
}

/// Returns the links of a markdown file that lead to no file of `root`, with their lines.
pub fn dead_links(source: &Source, root: &Path) -> Vec<Issue> {
    let folder = root.join(&source.path).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut dead = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        // `[text](target)` and `[name]: target`.
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let definition =
            line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
        for target in inline.chain(definition) {
            let path = target.split('#').next().unwrap_or_default();
            let ours =
                !path.is_empty() && !path.contains("://") && !path.contains("::") && path.contains('.');
            if ours && !folder.join(path).exists() {
                let message = format!("no such file: `{target}`");
                dead.push(Issue { path: source.path.clone(), line: number + 1, message });
            }
        }
    }
    dead
}

/// Checks the words of a shell script or a TOML file, which have comments and messages on any line.
pub(super) fn script(source: &Source, room: &mut Room) {
    let lines: Vec<_> =
        source.text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect();
    text(source, &lines, room);
}

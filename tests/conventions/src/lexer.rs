//! Rust source as tokens with their lines, comments included.

/// The kind of a [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword.
    Ident,
    /// One character of punctuation.
    Punct,
    /// A string literal, without its quotes.
    Str,
    /// A number, character or lifetime.
    Other,
    /// A comment, without its slashes.
    Comment,
    /// `///` or `/** */`.
    OuterDoc,
    /// `//!` or `/*! */`.
    InnerDoc,
}

/// A piece of source and the line that it begins on.
#[derive(Clone, Debug)]
pub struct Token {
    /// The kind of it.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// Its first line, from 1.
    pub line: usize,
}

impl Token {
    /// Returns whether this is the identifier or punctuation `text`.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Ident | Kind::Punct) && self.text == text
    }
}

/// Splits `source` into tokens.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn push(&mut self, kind: Kind, from: usize, to: usize, line: usize) {
        let text = self.chars[from.min(to)..to.min(self.chars.len())].iter().collect();
        self.tokens.push(Token { kind, text, line });
    }

    /// Moves to `to` and counts the lines on the way.
    fn advance(&mut self, to: usize) {
        let to = to.min(self.chars.len());
        self.line += self.chars[self.at..to].iter().filter(|&&c| c == '\n').count();
        self.at = to;
    }

    /// Returns where the first character at or after `from` stands that `end` accepts.
    fn find(&self, from: usize, end: impl Fn(char) -> bool) -> usize {
        (from..self.chars.len()).find(|&i| end(self.chars[i])).unwrap_or(self.chars.len())
    }

    fn step(&mut self) {
        let (start, line) = (self.at, self.line);
        match self.peek(0) {
            '/' if self.peek(1) == '/' => {
                let end = self.find(start, |c| c == '\n');
                let (kind, skip) = match (self.peek(2), self.peek(3)) {
                    ('/', '/') => (Kind::Comment, 2),
                    ('/', _) => (Kind::OuterDoc, 3),
                    ('!', _) => (Kind::InnerDoc, 3),
                    _ => (Kind::Comment, 2),
                };
                self.push(kind, start + skip, end, line);
                self.advance(end);
            }
            '/' if self.peek(1) == '*' => self.block_comment(),
            '"' => self.string(start + 1, 0),
            'r' | 'b' | 'c' if self.begins_string() => {}
            c if c.is_alphabetic() || c == '_' => {
                let end = self.find(start, |c| !c.is_alphanumeric() && c != '_');
                self.push(Kind::Ident, start, end, line);
                self.advance(end);
            }
            c if c.is_ascii_digit() => {
                let end = self.find(start, |c| !c.is_alphanumeric() && c != '_');
                self.push(Kind::Other, start, end, line);
                self.advance(end);
            }
            '\'' => self.character_or_lifetime(),
            c => {
                if !c.is_whitespace() {
                    self.push(Kind::Punct, start, start + 1, line);
                }
                self.advance(start + 1);
            }
        }
    }

    fn block_comment(&mut self) {
        let (start, line) = (self.at, self.line);
        let (mut depth, mut at) = (1, start + 2);
        while depth > 0 && at < self.chars.len() {
            match (self.chars[at], self.chars.get(at + 1)) {
                ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
                ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        let kind = match self.peek(2) {
            '!' => Kind::InnerDoc,
            '*' if self.peek(3) != '*' && self.peek(3) != '/' => Kind::OuterDoc,
            _ => Kind::Comment,
        };
        self.push(kind, start + 3, at.saturating_sub(2), line);
        self.advance(at);
    }

    /// Reads a string that has a prefix, such as `br#"`, if that is what begins here.
    fn begins_string(&mut self) -> bool {
        let quote = self.find(self.at, |c| c != 'r' && c != 'b' && c != 'c');
        let prefix: String = self.chars[self.at..quote].iter().collect();
        let raw = prefix.ends_with('r');
        let open = self.find(quote, |c| c != '#');
        if prefix.len() > 2 || self.chars.get(open) != Some(&'"') || (!raw && open > quote) {
            return false;
        }
        if !raw {
            self.string(open + 1, 0);
            return true;
        }
        let (hashes, line) = (open - quote, self.line);
        let closes = |i: usize| {
            self.chars[i] == '"'
                && self.chars[i + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes
        };
        let end = (open + 1..self.chars.len()).find(|&i| closes(i)).unwrap_or(self.chars.len());
        self.push(Kind::Str, open + 1, end, line);
        self.advance(end + 1 + hashes);
        true
    }

    fn string(&mut self, from: usize, line_offset: usize) {
        let line = self.line + line_offset;
        let mut at = from;
        while at < self.chars.len() && self.chars[at] != '"' {
            at += if self.chars[at] == '\\' { 2 } else { 1 };
        }
        self.push(Kind::Str, from, at, line);
        self.advance(at + 1);
    }

    fn character_or_lifetime(&mut self) {
        let (start, line) = (self.at, self.line);
        let end = if self.peek(1) == '\\' {
            self.find(start + 3, |c| c == '\'') + 1
        } else if self.peek(2) == '\'' {
            start + 3
        } else {
            self.find(start + 1, |c| !c.is_alphanumeric() && c != '_')
        };
        self.push(Kind::Other, start, end, line);
        self.advance(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, source: &str) -> Vec<(String, usize)> {
        let all = tokens(source).into_iter().filter(|token| token.kind == kind);
        all.map(|token| (token.text, token.line)).collect()
    }

    #[test]
    fn comments_and_strings_keep_their_text_and_line() {
        let source =
            "/// Doc.\nfn f() { // why\n  g(\"a // b\", r#\"c \"d\" \"#);\n}\n/* x /* y */ */\n//! in";
        assert_eq!(of(Kind::OuterDoc, source), [(" Doc.".into(), 1)]);
        assert_eq!(
            of(Kind::Comment, source),
            [(" why".into(), 2), (" x /* y */ ".into(), 5)].map(trim_first)
        );
        assert_eq!(of(Kind::Str, source), [("a // b".into(), 3), ("c \"d\" ".into(), 3)]);
        assert_eq!(of(Kind::InnerDoc, source), [(" in".into(), 6)]);
    }

    /// Drops what a block comment's opening takes with it: the blank behind `/*`.
    fn trim_first((text, line): (String, usize)) -> (String, usize) {
        (if line == 5 { text.trim_start().to_owned() } else { text }, line)
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_begin_no_string() {
        let source = "fn f<'a>(x: &'a str) { let q = '\"'; let e = '\\''; let u = '\\u{1F}'; } // end";
        assert_eq!(of(Kind::Comment, source), [(" end".into(), 1)]);
        assert!(of(Kind::Str, source).is_empty());
    }
}

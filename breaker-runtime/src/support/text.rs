//! Text from users in messages: [`escaped`].

use std::fmt::{self, Write};

/// Returns what prints as `value`, on one line: characters that could begin a line, move a cursor or
/// reorder text are written as escapes, `\n` or `\u{1b}`.
///
/// Use it for every name and key in a message: a name printed without it could forge a line of a log.
pub(crate) fn escaped<T: fmt::Display>(value: T) -> Escaped<T> {
    Escaped(value)
}

/// The result of [`escaped`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Escaped<T>(T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'w, W>(&'w mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, character) in text.char_indices().filter(|(_, character)| is_forging(*character)) {
            self.0.write_str(&text[plain..at])?;
            match character {
                '\n' | '\r' | '\t' => write!(self.0, "{}", character.escape_default())?,
                _ => write!(self.0, "{}", character.escape_unicode())?,
            }
            plain = at + character.len_utf8();
        }
        self.0.write_str(&text[plain..])
    }
}

/// Returns whether a character changes where or in which order others are shown: a control character, a
/// separator of lines, or a mark of the bidirectional algorithm.
fn is_forging(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::escaped;

    #[test]
    fn control_characters_are_printed_as_escapes() {
        for (text, printed) in [
            ("", ""),
            ("eu-1 \\ \"päy\" 支付", "eu-1 \\ \"päy\" 支付"),
            ("a\nb\r\n\t", "a\\nb\\r\\n\\t"),
            ("\u{1b}[31mred\u{7f}\0", "\\u{1b}[31mred\\u{7f}\\u{0}"),
            ("\u{85}next\u{2028}line\u{2029}", "\\u{85}next\\u{2028}line\\u{2029}"),
            ("\u{202e}gpj.exe\u{2066}\u{200f}", "\\u{202e}gpj.exe\\u{2066}\\u{200f}"),
        ] {
            assert_eq!(escaped(text).to_string(), printed);
            assert_eq!(escaped(escaped(text)).to_string(), printed, "printed text stays as it is");
        }
        assert_eq!(escaped(format_args!("{}[{}]", "a\n", 7)).to_string(), "a\\n[7]");
    }
}

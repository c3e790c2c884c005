//! The frame of all pictures: an SVG document, light or dark as the reader's system is.
//!
//! The pictures are rectangles, lines and texts, written without a library: the usual one, `plotters`,
//! writes a fixed colour into each element, so that a picture has no dark form, and its last release is
//! of September 2024.

/// The colours: a selector, a property, and its values on a light and on a dark page.
const COLOURS: [(&str, &str, &str, &str); 22] = [
    (".page", "fill", "#fff", "#0d1117"),
    ("text", "fill", "#1f2328", "#e6edf3"),
    (".dim", "fill", "#656d76", "#9198a1"),
    (".good", "fill", "#9ecae1", "#37698c"),
    (".bad", "fill", "#d62728", "#e5484d"),
    (".wait", "fill", "#ffbf00", "#d29922"),
    (".soon", "fill", "#ffe59a", "#7a6524"),
    (".rest", "fill", "#bbb", "#656c76"),
    (".closed", "fill", "#d9ead3", "#1c3a26"),
    (".none", "fill", "#e4e6e9", "#21262d"),
    (".trouble", "fill", "#ffbf00", "#d29922"),
    (".axis", "stroke", "#c4c9cf", "#3d444d"),
    (".mark", "stroke", "#1f2328", "#e6edf3"),
    (".edge", "stroke", "#1f2328", "#e6edf3"),
    (".incident", "stroke", "#d62728", "#e5484d"),
    (".load", "stroke", "#656d76", "#9198a1"),
    (".c0", "stroke", "#d62728", "#e5484d"),
    (".c1", "stroke", "#0969da", "#4493f8"),
    (".c2", "stroke", "#8250df", "#ab7df8"),
    (".c3", "stroke", "#1a7f37", "#3fb950"),
    (".c4", "stroke", "#bc4c00", "#f0883e"),
    (".c5", "stroke", "#656d76", "#9198a1"),
];

/// The rest of the style.
const SHAPES: &str = ".small{font-size:10px}.title{font-size:15px}.head{font-size:13px;font-weight:600}\
    .axis,.mark,.edge,.incident,.load,.curve{fill:none}.mark,.curve{stroke-width:2}.edge{stroke-dasharray:2 3}\
    .incident{stroke-dasharray:3 3}.load{stroke-dasharray:4 3}.curve{stroke-linejoin:round}.trouble{opacity:.25}";

/// Returns the style. A picture that is shown as an image follows the reader's system.
fn style() -> String {
    let rules = |dark: bool| {
        let rule = move |(selector, property, on_light, on_dark): &(&str, &str, &str, &str)| {
            format!("{selector}{{{property}:{}}}", if dark { on_dark } else { on_light })
        };
        COLOURS.iter().map(rule).collect::<Vec<_>>().concat()
    };
    format!("{SHAPES}{}@media(prefers-color-scheme:dark){{{}}}", rules(false), rules(true))
}

/// Returns a document with this body, which classes of the style colour.
pub(crate) fn document(width: usize, height: usize, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\"><style>{}</style><rect width=\"100%\" \
         height=\"100%\" class=\"page\"/>{body}</svg>\n",
        style()
    )
}

/// Escapes a text for XML; control characters, which XML does not allow, become spaces.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Returns the end of a text that is too long for its room.
pub(crate) fn short(text: &str, letters: usize) -> String {
    let length = text.chars().count();
    if length <= letters {
        return text.to_owned();
    }
    std::iter::once('\u{2026}').chain(text.chars().skip(length - letters + 1)).collect()
}

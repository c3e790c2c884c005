//! The page: one document with its styles and scripts in it, and a policy that admits nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The mark in the document that the view is written into.
const VIEW: &str = "data-page=\"list\"";
const STYLES: &str = "<!--styles-->";
const SCRIPTS: &str = "<!--scripts-->";

const DOCUMENT: &str = include_str!("page/index.html");
/// The styles in the order of the cascade.
const STYLE: &[&str] = &[
    include_str!("page/page.css"),
    include_str!("page/tiles.css"),
    include_str!("page/tables.css"),
    include_str!("page/detail.css"),
    include_str!("page/fleet.css"),
    include_str!("page/game_day.css"),
    include_str!("page/small.css"),
];
/// The scripts; `model` begins them, as it sets the strict mode.
const SCRIPT: &[&str] = &[
    include_str!("page/model.js"),
    include_str!("page/feed.js"),
    include_str!("page/text.js"),
    include_str!("page/dom.js"),
    include_str!("page/spark.js"),
    include_str!("page/hold.js"),
    include_str!("page/fleet.js"),
    include_str!("page/game_day.js"),
    include_str!("page/tile.js"),
    include_str!("page/table.js"),
    include_str!("page/list.js"),
    include_str!("page/report.js"),
    include_str!("page/shadow.js"),
    include_str!("page/detail.js"),
    include_str!("page/dialog.js"),
    include_str!("page/head.js"),
    include_str!("page/main.js"),
];
/// The worker that holds the one event stream of a browser.
const WORKER: &[&str] =
    &[include_str!("page/model.js"), include_str!("page/feed.js"), include_str!("page/worker.js")];
/// The icon, for a browser that asks for it by its address.
pub(super) const ICON: &str = include_str!("page/icon.svg");

/// The parts that are served, put together once.
#[derive(Debug)]
pub(super) struct Page {
    /// The document with the list of all breakers.
    pub(super) list: String,
    /// The document with one breaker.
    pub(super) detail: String,
    /// The script of the shared worker.
    pub(super) worker: String,
    /// The value of `Content-Security-Policy`.
    pub(super) policy: String,
}

impl Page {
    /// Puts the page together, and computes the hashes of what stands in it.
    pub(super) fn new() -> Self {
        let (script, style) = (SCRIPT.join("\n"), STYLE.join("\n"));
        let list = DOCUMENT.replacen(STYLES, &format!("<style>{style}</style>"), 1).replacen(
            SCRIPTS,
            &format!("<script>{script}</script>"),
            1,
        );
        let detail = list.replacen(VIEW, "data-page=\"detail\"", 1);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src 'self' data:; \
             worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(&script),
            hash(&style)
        );
        Self { list, detail, worker: WORKER.join("\n"), policy }
    }
}

/// Returns the hash of an inline script or style as a policy writes it.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

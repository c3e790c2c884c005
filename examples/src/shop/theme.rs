//! The colours of the plot, for light and for dark pages.

/// A set of colours. Every text has a contrast of at least 4.5 to the page, and what a colour says is
/// said by a shape or a height as well.
pub(super) struct Theme {
    page: &'static str,
    ink: &'static str,
    faint: &'static str,
    grid: &'static str,
    outage: &'static str,
    wider_outage: &'static str,
    good: &'static str,
    middling: &'static str,
    bad: &'static str,
}

pub(super) const LIGHT: Theme = Theme {
    page: "#ffffff",
    ink: "#1f2328",
    faint: "#57606a",
    grid: "#d8dee4",
    outage: "#f3f4f6",
    wider_outage: "#e6e8ec",
    good: "#0a63b0",
    middling: "#b35900",
    bad: "#c5221f",
};

pub(super) const DARK: Theme = Theme {
    page: "#0d1117",
    ink: "#e6edf3",
    faint: "#9ea7b3",
    grid: "#30363d",
    outage: "#171c24",
    wider_outage: "#222834",
    good: "#6cb6ff",
    middling: "#f0a93b",
    bad: "#ff7b72",
};

impl Theme {
    /// Returns the style sheet of the classes that the plot uses.
    pub(super) fn style(&self) -> String {
        let Self { page, ink, faint, grid, outage, wider_outage, good, middling, bad } = self;
        format!(
            "text{{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:{ink}}}\
             .title{{font-size:19px;font-weight:600}}.caption{{font-size:15px;font-weight:600}}\
             .small{{font-size:12px;fill:{faint}}}.strip{{font-size:11px;fill:{ink}}}.page{{fill:{page}}}\
             .outage{{fill:{outage}}}.wider{{fill:{wider_outage}}}\
             .grid{{stroke:{grid};fill:none}}.edge{{stroke:{faint};fill:none;stroke-dasharray:3 3}}\
             .success,.degraded,.failed{{fill:none;stroke-opacity:.75}}\
             .success{{stroke:{good};stroke-width:4;stroke-linecap:round}}\
             .degraded{{stroke:{middling};stroke-width:4;stroke-linecap:square}}\
             .failed{{stroke:{bad};stroke-width:1.4}}\
             .closed{{fill:{good}}}.half-open{{fill:{middling}}}.open{{fill:{bad}}}\
             .in-bar{{fill:{page};font-size:12px;font-weight:600}}"
        )
    }
}

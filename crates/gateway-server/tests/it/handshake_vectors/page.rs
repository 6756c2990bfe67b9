//! `docs/compat.md`, as far as tests read it.

/// The heading of the section with one row per recorded handshake that ends otherwise.
const RECORDED_SECTION: &str = "## Recorded handshakes that end otherwise";

/// The whole page.
pub(super) fn text() -> &'static str {
    include_str!("../../../../../docs/compat.md")
}

/// Release and case name of each row in the section of recorded handshakes.
pub(super) fn recorded_rows() -> Vec<(String, String)> {
    let (_, section) = text()
        .split_once(RECORDED_SECTION)
        .expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| line.starts_with("| 2026."))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 5, "{line}");
            (cells[0].to_owned(), cells[1].trim_matches('`').to_owned())
        })
        .collect()
}

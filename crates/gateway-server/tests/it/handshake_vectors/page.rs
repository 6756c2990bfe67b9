//! `docs/compat.md`, as far as tests read it.

use std::fs;
use std::path::Path;

/// The heading of the section with one row per recorded handshake that ends otherwise.
const RECORDED_SECTION: &str = "## Recorded handshakes that end otherwise";
/// The heading of the section with everything else that differs.
const OTHER_SECTION: &str = "## Everything else that differs";

/// The whole page.
pub(super) fn text() -> &'static str {
    include_str!("../../../../../docs/compat.md")
}

/// Release and case name of each row in the section of recorded handshakes.
pub(super) fn recorded_rows() -> Vec<(String, String)> {
    rows(RECORDED_SECTION)
        .map(|cells| {
            assert_eq!(cells.len(), 5, "{cells:?}");
            (cells[0].to_owned(), cells[1].trim_matches('`').to_owned())
        })
        .collect()
}

/// The tests that the other rows name in their last cell.
pub(super) fn tests_named() -> Vec<String> {
    rows(OTHER_SECTION)
        .map(|cells| {
            assert_eq!(cells.len(), 5, "{cells:?}");
            cells[4].trim_matches('`').to_owned()
        })
        .collect()
}

/// The cells of each row of the table in a section.
fn rows(heading: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let (_, section) = text().split_once(heading).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(2)
        .map(|line| {
            line.trim_matches(['|', ' '])
                .split(" | ")
                .map(str::trim)
                .collect()
        })
}

/// All Rust sources of the workspace in one text.
pub(super) fn sources() -> String {
    let mut sources = String::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        &mut sources,
    );
    sources
}

fn collect(dir: &Path, into: &mut String) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

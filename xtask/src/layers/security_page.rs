//! `SECURITY.md` names a test for each published flaw: every one of them exists.

use std::collections::BTreeSet;

use crate::failure::Outcome;
use crate::tree;

/// The page.
const PAGE: &str = "SECURITY.md";
/// The heading above the table of flaws.
const HEADING: &str = "## Published flaws";

/// What was counted and what was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Rows of the table.
    pub(super) flaws: usize,
    /// Tests that the rows name.
    pub(super) tests: usize,
    /// One line each.
    pub(super) findings: Vec<String>,
}

/// Checks the page against every test of the workspace.
pub(super) fn check() -> Outcome<Report> {
    let sources = tree::files(&["rs"])?;
    let tests = sources
        .iter()
        .flat_map(|file| test_names(&file.text))
        .collect();
    let pages = tree::files(&["md"])?;
    let page = pages
        .iter()
        .find(|file| file.path.to_str() == Some(PAGE))
        .map_or("", |file| file.text.as_str());
    Ok(check_page(page, &tests))
}

/// Names of functions under a test attribute.
fn test_names(source: &str) -> impl Iterator<Item = String> {
    let mut is_test = false;
    source.lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with("#[") || line.starts_with("///") || line.starts_with("//") {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
            return None;
        }
        let name = line
            .split_once("fn ")
            .and_then(|(_, rest)| rest.split_once(['(', '<']))
            .map(|(name, _)| name.to_owned());
        std::mem::take(&mut is_test).then_some(name).flatten()
    })
}

fn check_page(page: &str, tests: &BTreeSet<String>) -> Report {
    let mut report = Report::default();
    let rows = page
        .lines()
        .skip_while(|line| !line.starts_with(HEADING))
        .filter(|line| line.starts_with("| "))
        .skip(2);
    for row in rows {
        report.flaws += 1;
        let mut cells = row.trim_matches('|').split(" | ");
        let flaw = cells.next().unwrap_or_default().trim();
        let named: Vec<&str> = cells
            .next()
            .unwrap_or_default()
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.contains("::"))
            .collect();
        if named.is_empty() {
            report.findings.push(format!("{PAGE}: no test for: {flaw}"));
        }
        for name in named {
            report.tests += 1;
            let function = name.rsplit("::").next().unwrap_or(name);
            if !tests.contains(function) {
                report.findings.push(format!(
                    "{PAGE}: there is no test `{name}`, named for: {flaw}"
                ));
            }
        }
    }
    if report.flaws == 0 {
        report
            .findings
            .push(format!("{PAGE}: no table under `{HEADING}`"));
    }
    report
}

#[cfg(test)]
mod tests {
    use super::{check_page, test_names};

    const SOURCE: &str = "
        #[tokio::test(start_paused = true)]
        async fn one() {}
        #[test]
        #[ignore = \"reason\"]
        fn two() {}
        fn three() {}
        proptest! { #[test]
            fn four(x in 0..3) {} }
    ";

    #[test]
    fn only_functions_under_a_test_attribute_are_tests() {
        assert_eq!(test_names(SOURCE).collect::<Vec<_>>(), ["one", "two"]);
        let proptest = SOURCE.replace("proptest! { #[test]", "proptest! {\n#[test]");
        assert_eq!(
            test_names(&proptest).collect::<Vec<_>>(),
            ["one", "two", "four"]
        );
    }

    #[test]
    fn a_row_without_a_test_and_a_test_that_is_not_there_are_found() {
        let tests = test_names(SOURCE).collect();
        let page = "## Published flaws\n\n| Flaw | Test |\n| --- | --- |\n\
                    | A | `crate` `it::one`, `two::two` |\n| B | `crate` by hand |\n\
                    | C | `it::three` |\n";
        let report = check_page(page, &tests);
        assert_eq!((report.flaws, report.tests), (3, 3));
        assert_eq!(
            report.findings,
            [
                "SECURITY.md: no test for: B",
                "SECURITY.md: there is no test `it::three`, named for: C",
            ]
        );
        assert_eq!(check_page("", &tests).findings.len(), 1);
    }
}

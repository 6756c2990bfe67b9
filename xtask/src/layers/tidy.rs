//! Rules for files: size, a first line that says what a module is, nothing left to do, and no
//! path of somebody's machine.

use std::path::Path;

use crate::failure::Outcome;
use crate::tree::{self, File};

/// The most code lines of a file: no blank lines, no comments, no unit tests at its end.
const MAX_CODE_LINES: usize = 800;

/// What is looked through.
const EXTENSIONS: &[&str] = &[
    "rs", "toml", "md", "sh", "json", "jsonl", "json5", "yml", "yaml", "service", "html", "js",
    "css",
];

/// Homes that stand for anybody's in examples.
const EXAMPLE_HOMES: &[&str] = &[
    "user", "user2", "u", "you", "me", "ann", "alice", "bob", "pi", "openclaw", "<user>",
];

/// What was checked and what was found.
#[derive(Debug)]
pub(super) struct Report {
    /// How many files.
    pub(super) checked: usize,
    /// One line each.
    pub(super) findings: Vec<String>,
}

/// Checks every file of the workspace.
pub(super) fn check() -> Outcome<Report> {
    let mut files = tree::files(EXTENSIONS)?;
    files.extend(tree::extensionless(&[".ci/run"])?);
    let findings = files.iter().flat_map(check_file).collect();
    Ok(Report {
        checked: files.len(),
        findings,
    })
}

fn check_file(file: &File) -> Vec<String> {
    let path = file.path.display();
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        if let Some(found) = machine_path(line) {
            findings.push(format!("{path}:{number}: a path of a machine: `{found}`"));
        }
    }
    if is_rust(&file.path) {
        if !is_test(&file.path) && !file.text.starts_with("//!") {
            findings.push(format!(
                "{path}:1: a module begins with a `//!` line that says what it is"
            ));
        }
        let unfinished = concat!("todo", "!(");
        for (number, line) in (1..).zip(file.text.lines()) {
            if !is_comment(line) && line.contains(unfinished) {
                findings.push(format!("{path}:{number}: unfinished: `{unfinished}`"));
            }
        }
        let lines = code_lines(&file.text);
        if lines > MAX_CODE_LINES {
            findings.push(format!("{path}: {lines} code lines; more than {MAX_CODE_LINES} are too many concepts for one file"));
        }
    }
    findings
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Files that hold nothing but tests; their names say what they test.
fn is_test(path: &Path) -> bool {
    let in_folder = path.components().any(|part| part.as_os_str() == "tests");
    in_folder || path.file_name().is_some_and(|name| name == "tests.rs")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn code_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    lines[..tests.unwrap_or(lines.len())]
        .iter()
        .filter(|line| !line.trim().is_empty() && !is_comment(line))
        .count()
}

/// The first path in this line that exists on one machine only.
fn machine_path(line: &str) -> Option<&str> {
    // Spelled apart, so that this file keeps its own rule.
    let fixed = [concat!("/ro", "ot/"), concat!("/wo", "rk/")];
    for (at, _) in line.match_indices('/') {
        let rest = &line[at..];
        let starts_a_path = !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || "._-/}$".contains(before));
        if starts_a_path && fixed.iter().any(|prefix| rest.starts_with(prefix)) {
            return Some(word(rest));
        }
        if starts_a_path && let Some(below) = rest.strip_prefix(concat!("/ho", "me/")) {
            let name = word(below).split('/').next().unwrap_or_default();
            if !name.is_empty()
                && !EXAMPLE_HOMES.contains(&name)
                && !name.starts_with(['{', '$', '<', '*', '.'])
                && below.contains('/')
            {
                return Some(word(rest));
            }
        }
    }
    None
}

fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| c.is_whitespace() || "\"'`,;:)]\\".contains(c))
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check_file(&File {
            path: path.into(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn a_good_module_passes() {
        let text = "//! What it is.\n\nfn one() {}\n";
        assert_eq!(findings("src/one.rs", text), Vec::<String>::new());
    }

    #[test]
    fn a_module_says_what_it_is() {
        assert_eq!(findings("src/one.rs", "fn one() {}\n").len(), 1);
        assert_eq!(findings("docs/one.md", "Text\n").len(), 0);
        assert_eq!(findings("tests/it/one.rs", "fn one() {}\n").len(), 0);
        assert_eq!(findings("src/one/tests.rs", "fn one() {}\n").len(), 0);
    }

    #[test]
    fn unfinished_code_is_found_and_comments_about_it_are_not() {
        let text = concat!("//! x\nfn one() { todo", "!() }\n// no todo", "!() here\n");
        assert_eq!(findings("src/one.rs", text).len(), 1);
    }

    #[test]
    fn paths_of_machines_are_found() {
        for line in [
            concat!("see /ro", "ot/x"),
            concat!("\"/wo", "rk/main\""),
            concat!("at /ho", "me/karl/.openclaw"),
        ] {
            assert!(machine_path(line).is_some(), "{line}");
        }
    }

    #[test]
    fn paths_of_anybody_are_not() {
        for line in [
            concat!("/ho", "me/user/.openclaw"),
            concat!("`/ho", "me/<name>`"),
            concat!("https://example.org/wo", "rk/"),
            concat!("net", "wo", "rk/"),
            concat!("{dir}/wo", "rk/x"),
            "/etc/ssh",
        ] {
            assert_eq!(machine_path(line), None, "{line}");
        }
    }

    #[test]
    fn only_code_counts() {
        let text = "//! x\n\n// y\nfn one() {}\n\n#[cfg(test)]\nmod tests {\n    fn two() {}\n}\n";
        assert_eq!(code_lines(text), 1);
        let long = format!("//! x\n{}", "fn one() {}\n".repeat(MAX_CODE_LINES + 1));
        assert_eq!(findings("src/one.rs", &long).len(), 1);
    }
}

//! What was measured, without the lines of tests: they run by being tests.

use super::lines::Lines;

/// One file.
#[derive(Debug)]
pub(super) struct FileReport {
    path: String,
    lines: usize,
    /// Lines that no test runs.
    missing: Vec<u32>,
}

impl FileReport {
    /// The report of a file with this text; `None` where it holds no code but tests.
    pub(super) fn of(path: String, text: &str, lines: &Lines) -> Option<Self> {
        if path.ends_with("/tests.rs") || path.contains("/tests/") {
            return None;
        }
        let end = first_line_of_tests(text);
        let counted: Vec<(u32, u64)> = lines
            .counts()
            .into_iter()
            .filter(|(line, _)| *line < end)
            .collect();
        (!counted.is_empty()).then(|| Self {
            path,
            lines: counted.len(),
            missing: counted
                .iter()
                .filter(|(_, count)| *count == 0)
                .map(|(line, _)| *line)
                .collect(),
        })
    }
}

/// Where the unit tests at the end of a file begin.
fn first_line_of_tests(text: &str) -> u32 {
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    found
        .and_then(|at| u32::try_from(at + 1).ok())
        .unwrap_or(u32::MAX)
}

/// A crate.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) package: String,
    pub(super) files: Vec<FileReport>,
}

impl Report {
    fn totals(&self) -> (usize, usize) {
        self.files.iter().fold((0, 0), |(lines, missing), file| {
            (lines + file.lines, missing + file.missing.len())
        })
    }

    /// How many of a hundred lines ran.
    pub(super) fn percent(&self) -> f64 {
        let (lines, missing) = self.totals();
        percent(lines, missing)
    }

    /// Prints a line per file, and the whole; with `missing` the lines that did not run too.
    pub(super) fn print(&self, missing: bool) {
        for file in &self.files {
            println!(
                "{:6.2} %  {:>5} of {:>5}  {}",
                percent(file.lines, file.missing.len()),
                file.lines - file.missing.len(),
                file.lines,
                file.path
            );
            if missing && !file.missing.is_empty() {
                println!("           not run: {}", ranges(&file.missing));
            }
        }
        let (lines, without) = self.totals();
        println!(
            "{}: {:.2} % of lines ({} of {lines})",
            self.package,
            self.percent(),
            lines - without
        );
    }
}

fn percent(lines: usize, missing: usize) -> f64 {
    let ran = u32::try_from(lines - missing).unwrap_or(u32::MAX);
    let all = u32::try_from(lines.max(1)).unwrap_or(u32::MAX);
    100.0 * f64::from(ran) / f64::from(all)
}

/// `3-5, 9`
fn ranges(lines: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let texts: Vec<String> = ranges
        .iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{FileReport, Report, ranges};
    use crate::coverage::lines::{Lines, Span};

    fn lines(ran: &[(u32, u64)]) -> Lines {
        let mut lines = Lines::default();
        for (line, count) in ran {
            let (start, end) = ((*line, 1), (*line, 9));
            lines.add(Span { start, end }, *count);
        }
        lines
    }

    #[test]
    fn tests_do_not_count() {
        let text = "fn a() {}\nfn b() {}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        let counted = lines(&[(1, 1), (2, 0), (5, 1)]);
        let file = FileReport::of("src/a.rs".to_owned(), text, &counted).unwrap();
        assert_eq!((file.lines, file.missing.as_slice()), (2, &[2][..]));
        assert!(FileReport::of("src/a/tests.rs".to_owned(), text, &counted).is_none());
        let report = Report {
            package: "x".to_owned(),
            files: vec![file],
        };
        assert!((report.percent() - 50.0).abs() < f64::EPSILON);
    }

    #[test]
    fn lines_in_a_row_are_one_range() {
        assert_eq!(ranges(&[1, 2, 3, 5, 8, 9]), "1-3, 5, 8-9");
        assert_eq!(ranges(&[]), "");
    }
}

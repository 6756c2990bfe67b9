//! How an error is printed.

#[cfg(test)]
pub(crate) mod catalogue;

use std::fmt::Write as _;

use super::Output;
use super::style;
use crate::error::CliError;

/// Prints the error: as text on stderr, or under `--json` as an object on stdout. Commands whose
/// result is always JSON do both. `debug` adds everything that is known, as a line on stderr.
pub(crate) fn print(out: &Output, error: &CliError, debug: bool) {
    if error.is_reported() {
        return;
    }
    if out.is_json() || error.is_always_json() {
        // An error about the output itself may find nobody to tell; the exit code still says it.
        let _ = out.json(&error.to_json());
    }
    if !out.is_json() {
        out.note(text(out, error));
    }
    if debug {
        out.note(format!(
            "debug: exit {} {}",
            error.exit().code(),
            error.to_json()
        ));
    }
}

fn text(out: &Output, error: &CliError) -> String {
    let label = error.label().unwrap_or("error");
    let mut text = format!("{}: {}", out.paint_note(style::BAD, label), error.text());
    for hint in error.hints() {
        let _ = write!(text, "\n{}: {hint}", out.paint_note(style::COMMAND, "hint"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::error::CliError;
    use crate::render::Output;

    #[test]
    fn hints_follow_on_lines_of_their_own() {
        let out = Output::new(false, true, None);
        let error = CliError::failure("no").hint("a").hint("b");
        assert_eq!(text(&out, &error), "error: no\nhint: a\nhint: b");
        assert_eq!(
            text(&out, &CliError::failure("no").labelled("X failed")),
            "X failed: no"
        );
    }
}

//! The few colours there are. Nothing is said by colour alone.

use anstyle::{AnsiColor, Style};

/// Titles of sections and tables.
pub(crate) const TITLE: Style = Style::new().bold();
/// Something works.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something is odd.
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();
/// Something is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something to type.
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();
/// Something that matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The text in this style, or as it is.
pub(crate) fn paint(color: bool, style: Style, text: &str) -> String {
    if color {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{BAD, paint};

    #[test]
    fn without_colour_the_text_is_as_it_is() {
        assert_eq!(paint(false, BAD, "x"), "x");
        assert!(paint(true, BAD, "x").starts_with('\u{1b}'));
    }
}

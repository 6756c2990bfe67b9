//! Text of peers on a terminal.

use std::borrow::Cow;

/// The text with control characters made visible as `U+FFFD`, so that no peer moves the cursor,
/// clears the screen or sets a title. Line ends, tabs and colours pass.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let mut from = 0;
    while let Some(found) = text[from..].find(|c: char| c.is_control() && c != '\n' && c != '\t') {
        let at = from + found;
        match color_end(&text[at..]) {
            Some(length) => from = at + length,
            None => return Cow::Owned(cleaned(text)),
        }
    }
    Cow::Borrowed(text)
}

fn cleaned(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(length) = color_end(rest) {
            clean.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let passes = !character.is_control() || character == '\n' || character == '\t';
        clean.push(if passes { character } else { '\u{fffd}' });
        rest = &rest[character.len_utf8()..];
    }
    clean
}

/// The length of the colour sequence at the beginning: `ESC [ digits and semicolons m`.
fn color_end(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let end = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    inner[end..].starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::harmless;

    #[test]
    fn colours_pass_and_everything_else_is_shown() {
        for (text, expected) in [
            ("plain ü\n\tx", "plain ü\n\tx"),
            ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m"),
            ("a\u{1b}[2Jb", "a\u{fffd}[2Jb"),
            ("a\u{1b}]0;title\u{7}b", "a\u{fffd}]0;title\u{fffd}b"),
            ("a\rb\u{8}\u{9b}c", "a\u{fffd}b\u{fffd}\u{fffd}c"),
            ("\u{1b}[31m\u{1b}[Hx\u{1b}", "\u{1b}[31m\u{fffd}[Hx\u{fffd}"),
        ] {
            assert_eq!(harmless(text), expected);
        }
        assert!(matches!(harmless("plain"), Cow::Borrowed(_)));
    }
}

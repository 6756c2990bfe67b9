//! Text from outside in messages.

/// Part of every secret in the corpus. Messages must not show it.
pub(crate) const SECRET: &str = "zq7";

/// Panics if a terminal would do anything but print the text; line feeds are fine.
pub(crate) fn assert_printable(text: &str) {
    let odd = text.chars().find(|character| {
        (character.is_control() && *character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    });
    assert!(odd.is_none(), "{odd:?} would reach a terminal: {text:?}");
}

//! Text that somebody decides on: nothing in it hides, moves or reorders another part of it.

use std::fmt::Write as _;

/// The text on one line, with everything that is not seen as itself written as `\u{…}`.
pub(super) fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => plain.push_str("\\\\"),
            character if is_unseen(character) => {
                // Writing to a String does not fail.
                let _ = write!(plain, "\\u{{{:X}}}", u32::from(character));
            }
            character => plain.push(character),
        }
    }
    plain
}

/// Controls, and what is invisible, wide as nothing, or turns the direction of its neighbours.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn letters_stay_and_what_is_unseen_is_written_out() {
        for (text, expected) in [
            ("ls -la 'ü' 中", "ls -la 'ü' 中"),
            ("a\nb\tc", "a\\u{A}b\\u{9}c"),
            ("\u{1b}[31m", "\\u{1B}[31m"),
            (
                "x\u{202e}y\u{200b}z\u{2028}",
                "x\\u{202E}y\\u{200B}z\\u{2028}",
            ),
            // What looks like one of ours is not one.
            ("\\u{A}", "\\\\u{A}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}

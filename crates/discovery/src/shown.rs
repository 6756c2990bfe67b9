//! Text of strangers, made fit to be shown: bounded, and nothing in it can act on a terminal.

use crate::limits::MAX_SHOWN_BYTES;

/// Takes any bytes as UTF-8, escapes what could act, and cuts at [`MAX_SHOWN_BYTES`] with `…`.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len().min(MAX_SHOWN_BYTES));
    for c in text.chars() {
        let start = out.len();
        if acts(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        if out.len() > MAX_SHOWN_BYTES - CUT.len_utf8() {
            out.truncate(start);
            out.push(CUT);
            break;
        }
    }
    out
}

/// Whether a character does something rather than show something: controls, changes of writing
/// direction, separators that break lines, and characters without width.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

const CUT: char = '…';

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_stays() {
        for text in ["Studio", "Büro – 東京 ☕", r"C:\openclaw", ""] {
            assert_eq!(shown(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_acts_is_escaped() {
        assert_eq!(shown(b"a\x1b[2Jb\r\n"), r"a\u{1b}[2Jb\u{d}\u{a}");
        assert_eq!(
            shown("a\u{202e}b\u{200b}\u{9b}".as_bytes()),
            r"a\u{202e}b\u{200b}\u{9b}"
        );
        assert_eq!(shown(b"\xff\xfea"), "\u{fffd}\u{fffd}a");
    }

    #[test]
    fn long_text_is_cut() {
        let text = shown(&[b'x'; 5000]);
        assert!(
            text.len() <= MAX_SHOWN_BYTES && text.ends_with("x…"),
            "{text}"
        );
        let exact = "x".repeat(MAX_SHOWN_BYTES - CUT.len_utf8());
        assert_eq!(shown(exact.as_bytes()), exact);
    }

    proptest! {
        #[test]
        fn no_bytes_act_or_outgrow(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let text = shown(&bytes);
            prop_assert!(text.len() <= MAX_SHOWN_BYTES);
            prop_assert!(!text.chars().any(acts));
        }

        #[test]
        fn no_text_acts(text in "\\PC*|(?s).{0,200}") {
            prop_assert!(!shown(text.as_bytes()).chars().any(acts));
        }
    }
}

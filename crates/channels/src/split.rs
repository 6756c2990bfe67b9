//! Long texts in pieces that a service takes.

/// The shortest limit that is kept to.
const LEAST: usize = 64;
/// The longest first line of a code block that is repeated in the next piece.
const MAX_FENCE: usize = 24;

/// Cuts Markdown into pieces of at most `limit` UTF-16 units (at least 64), at paragraphs, lines
/// or words where there are any. A code block that is cut is closed and opened again. Nothing but
/// blank text is lost; a blank text has no pieces.
#[must_use]
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(LEAST);
    let mut pieces = Vec::new();
    let mut rest = text.trim_end().trim_start_matches(['\n', '\r']);
    let mut fence: Option<Fence> = None;
    while !rest.trim().is_empty() {
        let head = fence.as_ref().map(|fence| format!("{}\n", fence.line));
        let head = head.unwrap_or_default();
        let room = limit - units(&head);
        if units(rest) <= room {
            pieces.push(format!("{head}{rest}"));
            break;
        }
        let room = room - CLOSING;
        let cut = cut(rest, room);
        let (piece, after) = rest.split_at(cut);
        let open = fence_after(fence.take(), piece);
        let mut piece = format!("{head}{}", piece.trim_end());
        rest = match &open {
            Some(open) => {
                piece.push('\n');
                piece.push_str(&open.mark);
                after.strip_prefix('\n').unwrap_or(after)
            }
            None => after.trim_start_matches(['\n', '\r', ' ']),
        };
        fence = open;
        if !piece.trim().is_empty() {
            pieces.push(piece);
        }
    }
    pieces
}

/// Units for a line break and the end of a code block.
const CLOSING: usize = 9;

/// How long a text is in UTF-16 units.
pub(crate) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Where to cut so that at most `room` units stand before.
fn cut(text: &str, room: usize) -> usize {
    let mut used = 0;
    let mut end = text.len();
    for (at, one) in text.char_indices() {
        used += one.len_utf16();
        if used > room {
            end = at;
            break;
        }
    }
    let window = &text[..end];
    let after = |found: Option<usize>, least: usize| found.filter(|at| *at > least);
    after(window.rfind("\n\n"), end / 2)
        .or_else(|| after(window.rfind('\n'), end / 4))
        .or_else(|| after(window.rfind(' '), end / 4))
        .or_else(|| after(window.rfind('\n'), 0))
        .or_else(|| after(window.rfind(' '), 0))
        .unwrap_or(end)
}

/// A code block that is open.
struct Fence {
    /// What ends it.
    mark: String,
    /// What begins it again.
    line: String,
}

/// The code block that is open after these lines.
fn fence_after(mut open: Option<Fence>, text: &str) -> Option<Fence> {
    for line in text.lines() {
        let line = line.trim();
        let Some(mark) = mark_of(line) else { continue };
        match &open {
            Some(fence) if mark.len() >= fence.mark.len() && line == mark => open = None,
            Some(_) => {}
            None => {
                let is_short = units(line) <= MAX_FENCE;
                open = Some(Fence {
                    mark: mark.to_owned(),
                    line: if is_short { line } else { mark }.to_owned(),
                });
            }
        }
    }
    open
}

/// The three to eight backticks that a line begins with.
pub(crate) fn mark_of(line: &str) -> Option<&str> {
    let ticks = line.len() - line.trim_start_matches('`').len();
    (3..=8).contains(&ticks).then(|| &line[..ticks])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_texts_are_one_piece_and_blank_ones_none() {
        assert_eq!(split("hello", 100), ["hello"]);
        assert_eq!(split(" \n ", 100), Vec::<String>::new());
        assert_eq!(split("", 0), Vec::<String>::new());
    }

    #[test]
    fn cuts_are_at_paragraphs_lines_and_words() {
        let text = format!("{}\n\n{}", "a".repeat(60), "b".repeat(60));
        assert_eq!(split(&text, 100), ["a".repeat(60), "b".repeat(60)]);
        let words = "word ".repeat(50);
        for piece in split(&words, 64) {
            assert!(piece.split(' ').all(|word| word == "word"), "{piece}");
        }
        assert_eq!(split(&"x".repeat(150), 64).len(), 3);
    }

    #[test]
    fn code_that_is_cut_is_closed_and_opened_again() {
        let code = (0..30)
            .map(|at| format!("let x{at} = {at};"))
            .collect::<Vec<_>>()
            .join("\n");
        let pieces = split(&format!("```rust\n{code}\n```\nafter"), 128);
        assert!(pieces.len() > 3);
        for piece in &pieces[..pieces.len() - 1] {
            assert!(
                piece.starts_with("```rust\n") && piece.ends_with("\n```"),
                "{piece}"
            );
        }
        assert!(pieces.last().unwrap().ends_with("after"));
    }

    #[test]
    fn emoji_count_as_the_service_counts() {
        // Two units each.
        for piece in split(&"😀".repeat(100), 64) {
            assert!(units(&piece) <= 64);
        }
    }

    proptest! {
        #[test]
        fn no_piece_is_too_long_and_no_word_is_lost(
            text in "([a-z]{0,9}|`{1,9}|\n|\n\n| |😀|x{80}){0,120}",
            limit in 64_usize..200,
        ) {
            let pieces = split(&text, limit);
            for piece in &pieces {
                prop_assert!(units(piece) <= limit, "{} > {limit}: {piece:?}", units(piece));
                prop_assert!(!piece.trim().is_empty());
            }
            let letters = |text: &str| text.chars().filter(|c| *c == 'x' || *c == '😀').count();
            let all: usize = pieces.iter().map(|piece| letters(piece)).sum();
            // The first line of a code block may be repeated.
            prop_assert!(all >= letters(&text));
        }
    }
}

//! What other programs said, made fit for one line of a log.

/// The most characters of foreign text in an error.
pub(crate) const LONGEST: usize = 400;

/// The beginning of a text, on one line and without control characters.
pub(crate) fn head(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The end of a text, on one line and without control characters.
pub(crate) fn tail(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth_back(LONGEST) {
        Some((at, first)) => format!("…{}", &line[at + first.len_utf8()..]),
        None => line,
    }
}

fn one_line(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(printable).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_without_control_characters() {
        assert_eq!(head(" a\n\tb\u{1b}[31m\r\nc "), "a b [31m c");
        assert_eq!(tail(""), "");
    }

    #[test]
    fn long_text_is_cut_at_the_side_that_matters_less() {
        let text = format!("a{}z", "ü".repeat(LONGEST * 2));
        let (head, tail) = (head(&text), tail(&text));
        assert!(head.starts_with("aü") && head.ends_with("ü…"), "{head}");
        assert!(tail.starts_with("…ü") && tail.ends_with("üz"), "{tail}");
        for cut in [head, tail] {
            assert_eq!(cut.chars().count(), LONGEST + 1);
        }
    }
}

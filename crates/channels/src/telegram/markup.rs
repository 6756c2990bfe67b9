//! Markdown as Telegram shows it: a few HTML tags, always closed, everything else escaped.

use crate::split::mark_of;

/// How deep marks may stand in each other.
const MAX_DEPTH: usize = 6;

/// The HTML of a Markdown text.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut lines = text.lines().peekable();
    let mut is_first = true;
    while let Some(line) = lines.next() {
        if !std::mem::take(&mut is_first) {
            out.push('\n');
        }
        let trimmed = line.trim();
        if let Some(mark) = mark_of(trimmed) {
            let language = trimmed[mark.len()..].trim();
            if !language.contains('`') {
                let mut code = String::new();
                for inner in lines.by_ref() {
                    let end = inner.trim();
                    if end.len() >= mark.len() && end.bytes().all(|byte| byte == b'`') {
                        break;
                    }
                    code.push_str(inner);
                    code.push('\n');
                }
                block(&mut out, language, code.trim_end_matches('\n'));
                continue;
            }
        }
        if let Some(quoted) = line.strip_prefix('>') {
            out.push_str("<blockquote>");
            inline(&mut out, quoted.trim_start(), 0, false);
            while let Some(more) = lines.peek().and_then(|next| next.strip_prefix('>')) {
                out.push('\n');
                inline(&mut out, more.trim_start(), 0, false);
                lines.next();
            }
            out.push_str("</blockquote>");
            continue;
        }
        if is_row(line) && lines.peek().is_some_and(|next| is_row(next)) {
            let mut table = line.to_owned();
            while let Some(row) = lines.next_if(|next| is_row(next)) {
                table.push('\n');
                table.push_str(row);
            }
            block(&mut out, "", &table);
            continue;
        }
        line_of(&mut out, line);
    }
    out
}

fn is_row(line: &str) -> bool {
    let line = line.trim();
    line.len() > 1 && line.starts_with('|') && line.ends_with('|')
}

fn block(out: &mut String, language: &str, code: &str) {
    out.push_str("<pre>");
    let is_word = !language.is_empty()
        && language.len() <= 20
        && language
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-#_.".contains(&byte));
    if is_word {
        out.push_str(&format!("<code class=\"language-{language}\">"));
    }
    escape(out, code);
    if is_word {
        out.push_str("</code>");
    }
    out.push_str("</pre>");
}

fn line_of(out: &mut String, line: &str) {
    let body = line.trim_start();
    let (indent, _) = line.split_at(line.len() - body.len());
    let hashes = body.len() - body.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && body[hashes..].starts_with(' ') {
        out.push_str("<b>");
        // Bold in bold would be closed twice.
        let title = body[hashes..].trim().trim_matches('*');
        inline(out, title, 1, false);
        out.push_str("</b>");
        return;
    }
    escape(out, indent);
    let item = ["- ", "* ", "+ "]
        .iter()
        .find_map(|mark| body.strip_prefix(mark));
    match item {
        Some(item) => {
            out.push_str("• ");
            inline(out, item, 0, false);
        }
        None => inline(out, body, 0, false),
    }
}

/// Marks within one line.
fn inline(out: &mut String, text: &str, depth: usize, is_in_link: bool) {
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(one) = rest.chars().next() {
        let taken = if depth < MAX_DEPTH {
            mark(out, rest, before, depth, is_in_link)
        } else {
            None
        };
        let taken = taken.unwrap_or_else(|| {
            escape(out, &rest[..one.len_utf8()]);
            one.len_utf8()
        });
        before = rest[..taken].chars().next_back();
        rest = &rest[taken..];
    }
}

/// Takes what a mark begins; answers how much that is.
fn mark(
    out: &mut String,
    text: &str,
    before: Option<char>,
    depth: usize,
    is_in_link: bool,
) -> Option<usize> {
    match text.as_bytes().first()? {
        b'\\' => {
            let next = text[1..].chars().next()?;
            next.is_ascii_punctuation().then(|| {
                escape(out, &text[1..2]);
                2
            })
        }
        b'`' => code(out, text),
        b'[' if !is_in_link => link(out, text, depth),
        b'*' => pair(out, text, "**", "b", before, depth, is_in_link)
            .or_else(|| pair(out, text, "*", "i", before, depth, is_in_link)),
        b'_' => pair(out, text, "__", "b", before, depth, is_in_link)
            .or_else(|| pair(out, text, "_", "i", before, depth, is_in_link)),
        b'~' => pair(out, text, "~~", "s", before, depth, is_in_link),
        b'|' => pair(out, text, "||", "tg-spoiler", before, depth, is_in_link),
        _ => None,
    }
}

fn code(out: &mut String, text: &str) -> Option<usize> {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let mark = &text[..ticks];
    let inner = &text[ticks..];
    let mut from = 0;
    loop {
        let at = from + inner[from..].find(mark)?;
        let run = inner[at..].len() - inner[at..].trim_start_matches('`').len();
        if run == ticks {
            out.push_str("<code>");
            escape(out, &inner[..at]);
            out.push_str("</code>");
            return Some(ticks + at + ticks);
        }
        from = at + run;
    }
}

fn link(out: &mut String, text: &str, depth: usize) -> Option<usize> {
    let close = text.find("](")?;
    let label = &text[1..close];
    if label.is_empty() || label.contains('[') {
        return None;
    }
    let url = &text[close + 2..];
    // Addresses may have pairs of parentheses in them.
    let mut open = 0_usize;
    let end = url.char_indices().find_map(|(at, one)| match one {
        '(' => {
            open += 1;
            None
        }
        ')' if open == 0 => Some(at),
        ')' => {
            open -= 1;
            None
        }
        _ => None,
    })?;
    let address = url[..end].trim();
    let is_address = ["http://", "https://", "tg://", "mailto:"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
        && !address.contains(char::is_whitespace);
    if !is_address {
        return None;
    }
    out.push_str("<a href=\"");
    escape(out, address);
    out.push_str("\">");
    inline(out, label, depth + 1, true);
    out.push_str("</a>");
    Some(close + 2 + end + 1)
}

fn pair(
    out: &mut String,
    text: &str,
    mark: &str,
    tag: &str,
    before: Option<char>,
    depth: usize,
    is_in_link: bool,
) -> Option<usize> {
    let inner = text.strip_prefix(mark)?;
    let one = mark.chars().next()?;
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    // Within words `_` is a letter: some_name_here.
    if one == '_' && is_word(before) {
        return None;
    }
    if inner
        .chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || c == one)
    {
        return None;
    }
    let mut from = 0;
    let end = loop {
        let at = from + inner[from..].find(mark)?;
        let after = inner[at + mark.len()..].chars().next();
        let last = inner[..at].chars().next_back();
        let is_longer = mark.len() == 1 && (after == Some(one) || last == Some(one));
        let is_end = last.is_some_and(|c| !c.is_whitespace() && c != '\\')
            && !(one == '_' && is_word(after))
            && !is_longer;
        if is_end {
            break at;
        }
        from = at + mark.len();
    };
    out.push_str(&format!("<{tag}>"));
    inline(out, &inner[..end], depth + 1, is_in_link);
    out.push_str(&format!("</{tag}>"));
    Some(mark.len() + end + mark.len())
}

fn escape(out: &mut String, text: &str) {
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::split::{split, units};
    use crate::testing;

    #[test]
    fn marks_become_tags() {
        for (markdown, shown) in [
            ("plain & <b>", "plain &amp; &lt;b&gt;"),
            (
                "**bold** and *it* or _it_",
                "<b>bold</b> and <i>it</i> or <i>it</i>",
            ),
            ("**a *b* c**", "<b>a <i>b</i> c</b>"),
            (
                "~~no~~ ||hidden||",
                "<s>no</s> <tg-spoiler>hidden</tg-spoiler>",
            ),
            ("`a < b` ``x`y``", "<code>a &lt; b</code> <code>x`y</code>"),
            ("# Title", "<b>Title</b>"),
            ("## **Title**", "<b>Title</b>"),
            ("- one\n  * two", "• one\n  • two"),
            ("> a\n> b\nc", "<blockquote>a\nb</blockquote>\nc"),
            (
                "[x](https://e.org/a_(b)?q=\"1\"&r) z",
                "<a href=\"https://e.org/a_(b)?q=&quot;1&quot;&amp;r\">x</a> z",
            ),
            (
                "```rust\nlet a = \"<x>\";\n```\nend",
                "<pre><code class=\"language-rust\">let a = &quot;&lt;x&gt;&quot;;</code></pre>\nend",
            ),
            ("| a | b |\n|---|---|", "<pre>| a | b |\n|---|---|</pre>"),
            ("\\*not\\*", "*not*"),
        ] {
            assert_eq!(html(markdown), shown, "{markdown}");
        }
    }

    #[test]
    fn what_only_looks_like_a_mark_is_text() {
        for text in [
            "some_name_here",
            "2 * 3 * 4",
            "a ** b",
            "**open",
            "`open",
            "[x](javascript:alert)",
            "[x](https://e.org",
            "[](https://e.org)",
            "#hashtag",
            "****",
            "_",
        ] {
            let shown = html(text);
            assert!(!shown.contains('<'), "{text}: {shown}");
        }
        // A code block without an end is one all the same.
        assert_eq!(html("```\nx"), "<pre>x</pre>");
    }

    /// Every tag is one that Telegram knows, and closed in order.
    fn check(html: &str) -> Result<(), String> {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            let end = rest[at..].find('>').ok_or("no end of a tag")? + at;
            let tag = &rest[at + 1..end];
            match tag.strip_prefix('/') {
                Some(name) => {
                    let last = open.pop().ok_or("closed, never opened")?;
                    if last != name {
                        return Err(format!("{last} closed by {name}"));
                    }
                }
                None => {
                    let name = tag.split(' ').next().unwrap_or_default();
                    let known = [
                        "b",
                        "i",
                        "s",
                        "a",
                        "code",
                        "pre",
                        "blockquote",
                        "tg-spoiler",
                    ];
                    if !known.contains(&name) {
                        return Err(format!("<{name}>"));
                    }
                    if name == "a" && open.contains(&"a") {
                        return Err("a link in a link".into());
                    }
                    open.push(name);
                }
            }
            rest = &rest[end + 1..];
        }
        if open.is_empty() {
            Ok(())
        } else {
            Err(format!("{open:?} are open"))
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_every_tag_is_closed(
            text in "([a-z]{1,3}|\\*{1,3}|_{1,3}|`{1,4}|~~|\\|\\||\\[|\\]\\(|\\)|https://e\\.org| |\n|#|> |- |\\\\|<b>|&|😀){0,60}",
        ) {
            let shown = html(&text);
            prop_assert_eq!(check(&shown), Ok(()), "{} -> {}", text, shown);
            prop_assert!(!shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
                .replace("&quot;", "").contains('&'));
        }

        #[test]
        fn every_piece_of_a_long_text_is_read_by_the_server_and_none_is_too_long(
            text in "([a-z]{1,9}|\\*{1,3}|_{1,2}|`{1,4}|```\n|~~|\\|\\||\\[x\\]\\(https://e\\.org/\\?a=1&b\\)| |\n|\n\n|# |> |- |\\| a \\|\n|<|>|&|&amp;|\"|😀){0,200}",
            limit in 64_usize..400,
        ) {
            for piece in split(&text, limit) {
                let shown = testing::html::shown(&html(&piece));
                prop_assert!(shown.is_ok(), "{:?}: {} -> {}", shown, piece, html(&piece));
                prop_assert!(units(&shown.unwrap()) <= limit, "{piece}");
            }
        }

        #[test]
        fn any_text_at_all_can_be_shown(text in "\\PC{0,200}") {
            prop_assert_eq!(check(&html(&text)), Ok(()));
        }
    }
}

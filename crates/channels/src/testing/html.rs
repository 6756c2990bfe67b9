//! The markup that the Bot API reads: what it shows, or why it refuses it.

/// Tags, in the words of the Bot API.
const TAGS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "code",
    "del",
    "em",
    "i",
    "ins",
    "pre",
    "s",
    "span",
    "strike",
    "strong",
    "tg-emoji",
    "tg-spoiler",
    "u",
];

/// The text that is shown.
pub(crate) fn shown(html: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(one) = rest.chars().next() {
        let at = html.len() - rest.len();
        match one {
            '<' => {
                let end = rest
                    .find('>')
                    .ok_or_else(|| format!("Unclosed start tag at byte offset {at}"))?;
                tag(&rest[1..end], at, &mut open)?;
                rest = &rest[end + 1..];
            }
            '&' => {
                let (text, length) = entity(rest).unwrap_or_else(|| ("&".to_owned(), 1));
                out.push_str(&text);
                rest = &rest[length..];
            }
            other => {
                out.push(other);
                rest = &rest[other.len_utf8()..];
            }
        }
    }
    match open.last() {
        Some(name) => Err(format!(
            "Can't find end tag corresponding to start tag \"{name}\""
        )),
        None => Ok(out),
    }
}

fn tag(tag: &str, at: usize, open: &mut Vec<String>) -> Result<(), String> {
    if let Some(name) = tag.strip_prefix('/') {
        return match open.pop() {
            Some(last) if last == name || name.is_empty() => Ok(()),
            Some(last) => Err(format!(
                "Unmatched end tag at byte offset {at}, expected \"</{last}>\", found \"</{name}>\""
            )),
            None => Err(format!("Unexpected end tag at byte offset {at}")),
        };
    }
    let name = tag.split([' ', '\n']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    if !TAGS.contains(&name.as_str()) {
        return Err(format!(
            "Unsupported start tag \"{name}\" at byte offset {at}"
        ));
    }
    open.push(name);
    Ok(())
}

/// What an entity stands for, and how long it is.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text.find(';').filter(|end| *end <= 10)?;
    let one = match &text[1..end] {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        number => {
            let digits = number.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((one.to_string(), end + 1))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn markup_is_read_as_the_real_server_reads_it() {
        let html = "<b>a <i>b</i></b> &lt;&amp;&#33;&nbsp; <a href=\"x\">c</a>";
        assert_eq!(shown(html).unwrap(), "a b <&!&nbsp; c");
        for (bad, why) in [
            ("<x>", "Unsupported start tag \"x\" at byte offset 0"),
            (
                "a <b>c",
                "Can't find end tag corresponding to start tag \"b\"",
            ),
            ("</b>", "Unexpected end tag at byte offset 0"),
            (
                "<b><i></b></i>",
                "Unmatched end tag at byte offset 6, expected \"</i>\", found \"</b>\"",
            ),
            ("1 < 2", "Unclosed start tag at byte offset 2"),
        ] {
            assert_eq!(shown(bad).unwrap_err(), why);
        }
    }
}

//! From HTML to text that reads well. One pass, no tree: what is nested without end costs no more
//! than what is long.

/// The title and the text of a page: paragraphs, headings, list items, and links with where they
/// lead. Scripts, styles and forms are left out.
pub fn to_text(html: &str) -> (Option<String>, String) {
    let mut page = Page::default();
    let mut rest = html;
    while !rest.is_empty() {
        match rest.find('<') {
            None => {
                page.text(rest);
                break;
            }
            Some(0) => rest = page.markup(rest),
            Some(at) => {
                page.text(&rest[..at]);
                rest = &rest[at..];
            }
        }
    }
    page.finish()
}

#[derive(Debug, Default)]
struct Page {
    out: String,
    title: String,
    in_title: bool,
    pre: usize,
    /// A space is due before the next word.
    space: bool,
    /// Where the links that are open lead, and where their text begins.
    links: Vec<(String, usize)>,
    /// The quotation marks of one tag left it without an end: they count no more. So the page is
    /// searched to its end for the end of one tag at most.
    quotes_are_broken: bool,
}

/// Elements whose content is no text.
const SILENT: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "iframe", "object", "textarea", "select",
];

const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "aside",
    "ul",
    "ol",
    "table",
    "blockquote",
    "figure",
    "form",
    "pre",
    "dl",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
];

const MAX_LINKS: usize = 64;

impl Page {
    /// Takes one piece of markup from the beginning, and gives what follows it.
    fn markup<'h>(&mut self, rest: &'h str) -> &'h str {
        if let Some(comment) = rest.strip_prefix("<!--") {
            return comment.find("-->").map_or("", |end| &comment[end + 3..]);
        }
        let inner = &rest[1..];
        let is_tag = inner
            .starts_with(|one: char| one.is_ascii_alphabetic() || matches!(one, '/' | '!' | '?'));
        if !is_tag {
            self.text("<");
            return inner;
        }
        let end = self.tag_end(inner);
        let tag = &inner[..end];
        let rest = inner.get(end + 1..).unwrap_or_default();
        let (is_end, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let name_end = tag
            .find(|one: char| !one.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let name = tag[..name_end].to_ascii_lowercase();
        if !is_end && SILENT.contains(&name.as_str()) && !tag.ends_with('/') {
            return skip_element(rest, &name);
        }
        self.tag(&name, is_end, &tag[name_end..]);
        rest
    }

    /// Where a tag ends. Quotation marks that leave it without an end are none, here and in what
    /// follows.
    fn tag_end(&mut self, tag: &str) -> usize {
        if !self.quotes_are_broken {
            if let Some(end) = quoted_tag_end(tag) {
                return end;
            }
            self.quotes_are_broken = true;
        }
        tag.find('>').unwrap_or(tag.len())
    }

    fn tag(&mut self, name: &str, is_end: bool, attributes: &str) {
        match name {
            "title" => self.in_title = !is_end && self.title.is_empty(),
            "br" => self.newline(1),
            "hr" => {
                self.newline(2);
                self.out.push_str("---");
                self.newline(2);
            }
            "li" if !is_end => {
                self.newline(1);
                self.out.push_str("- ");
                self.space = false;
            }
            "tr" | "dt" | "dd" => self.newline(1),
            "td" | "th" if is_end => {
                self.out.push_str(" |");
                self.space = true;
            }
            "img" => {
                if let Some(alt) = attribute(attributes, "alt").filter(|alt| !alt.trim().is_empty())
                {
                    self.text(&format!("[{}]", alt.trim()));
                }
            }
            "a" if is_end => self.link_end(),
            "a" => {
                if let Some(to) = attribute(attributes, "href")
                    && self.links.len() < MAX_LINKS
                {
                    self.links.push((decode(&to), self.out.len()));
                }
            }
            _ if BLOCKS.contains(&name) => {
                if name == "pre" {
                    self.pre = if is_end {
                        self.pre.saturating_sub(1)
                    } else {
                        self.pre + 1
                    };
                }
                self.newline(2);
                if !is_end && let [b'h', level @ b'1'..=b'6'] = name.as_bytes() {
                    self.out.push_str(&"#".repeat(usize::from(level - b'0')));
                    self.space = true;
                }
            }
            _ => {}
        }
    }

    fn link_end(&mut self) {
        let Some((to, begin)) = self.links.pop() else {
            return;
        };
        // What was there may have been taken back since, and other letters put in its place.
        let said = self.out.get(begin..).unwrap_or("?");
        let says_something = !said.trim().is_empty() && self.out.len() > begin;
        let leads_somewhere = to.starts_with("http://") || to.starts_with("https://");
        if says_something && leads_somewhere && to.len() <= 500 && !self.out.ends_with(&to) {
            self.out.push_str(&format!(" ({to})"));
        }
    }

    fn text(&mut self, raw: &str) {
        let text = decode(raw);
        if self.in_title {
            self.title.push_str(&text);
            return;
        }
        if self.pre > 0 {
            self.out.push_str(&text);
            return;
        }
        for one in text.chars() {
            if one.is_whitespace() {
                self.space = true;
                continue;
            }
            if std::mem::take(&mut self.space)
                && !self.out.is_empty()
                && !self.out.ends_with(['\n', ' '])
            {
                self.out.push(' ');
            }
            self.out.push(one);
        }
    }

    /// At least so many line ends before what follows.
    fn newline(&mut self, lines: usize) {
        self.space = false;
        let kept = self.out.trim_end_matches([' ', '\n']).len();
        let there = self.out[kept..].matches('\n').count();
        self.out.truncate(kept);
        if kept > 0 {
            self.out.push_str(&"\n".repeat(lines.max(there.min(2))));
        }
    }

    fn finish(self) -> (Option<String>, String) {
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title: String = title.chars().take(300).collect();
        (
            (!title.is_empty()).then_some(title),
            self.out.trim().to_owned(),
        )
    }
}

/// Where a tag ends: at the first `>` outside of quotation marks.
fn quoted_tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, one) in tag.bytes().enumerate() {
        match (quote, one) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(one),
            (Some(open), _) if open == one => quote = None,
            _ => {}
        }
    }
    None
}

/// What follows the end of an element whose content is no text.
fn skip_element<'h>(rest: &'h str, name: &str) -> &'h str {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while let Some(found) = rest[at..].find("</") {
        let begin = at + found + 2;
        let is_it = bytes
            .get(begin..begin + name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
        if is_it {
            let end = rest[begin..]
                .find('>')
                .map_or(rest.len(), |end| begin + end + 1);
            return &rest[end..];
        }
        at = begin;
    }
    ""
}

/// The value of an attribute.
fn attribute(attributes: &str, wanted: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|one: char| one.is_whitespace() || one == '/');
        let end = rest
            .find(|one: char| one.is_whitespace() || matches!(one, '=' | '/'))
            .unwrap_or(rest.len());
        if end == 0 && rest.is_empty() {
            return None;
        }
        let name = &rest[..end];
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            if end == 0 {
                return None;
            }
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = &value[1..];
                let end = inner.find(quote).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            _ => {
                let end = value.find(char::is_whitespace).unwrap_or(value.len());
                (&value[..end], &value[end..])
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value.to_owned());
        }
        rest = after;
    }
}

/// Text with its entities read.
fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((one, end)) => {
                out.push(one);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|one| !one.is_control() || *one == '\n');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "bull" => '•',
        "middot" => '·',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "deg" => '°',
        "euro" => '€',
        "pound" => '£',
        "times" => '×',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_reads_well() {
        let html = "<!DOCTYPE html><html><head><title> A &amp; B </title>\
            <style>p{color:red}</style></head><body><h1>Hello</h1>\
            <p>One  <b>two</b>\nthree. <a href='https://x.example/a?b=1&amp;c=2'>Link</a></p>\
            <script>if (a < b) alert('</p>')</SCRIPT><ul><li>first</li><li>second</li></ul>\
            <table><tr><td>a</td><td>b</td></tr></table><pre>  x\n  y</pre>\
            <img alt=\"a cat\" src=x><!-- gone > --></body></html>";
        let (title, text) = to_text(html);
        assert_eq!(title.as_deref(), Some("A & B"));
        assert_eq!(
            text,
            "# Hello\n\nOne two three. Link (https://x.example/a?b=1&c=2)\n\n- first\n- second\n\n\
             a | b |\n\n  x\n  y\n\n[a cat]"
        );
    }

    #[test]
    fn what_is_broken_stays_readable() {
        assert_eq!(to_text("a < b and <b>c").1, "a < b and c");
        assert_eq!(to_text("x <a title=\"unclosed>y</a> z").1, "x y z");
        assert_eq!(to_text("a<script>never ends").1, "a");
        assert_eq!(to_text("a<!-- never ends").1, "a");
        assert_eq!(
            to_text("&unheard; &#x41; &#0; &amp").1,
            "&unheard; A &#0; &amp"
        );
        assert_eq!(to_text("<a href=\"javascript:x\">go</a>").1, "go");
    }

    /// With a search to the end of the page for every tag, these would not end within the hour.
    #[test]
    fn a_page_made_to_cost_ends() {
        const BYTES: usize = 2 * 1024 * 1024;
        for piece in [
            "<a \">\"",
            "<a '>'",
            "<a \">",
            "<a \"'>'",
            "<!--",
            "<!-- >",
            "<a",
            "<script",
            "<script>",
            "</script",
            "<a href=",
            "<a href='",
            "<pre> <br>",
            "<a href=http://y> </a>",
            "&amp",
            "&",
            "<",
        ] {
            let page = piece.repeat(BYTES / piece.len());
            let (_, text) = to_text(&page);
            assert!(text.len() <= page.len() * 4, "{piece}");
        }
    }

    #[test]
    fn quotation_marks_count_until_they_leave_a_tag_without_end() {
        assert_eq!(to_text("<a title=\">\">x</a> y").1, "x y");
        assert_eq!(to_text("<b t=\"1 > 2\">x</b> <i \">y</i> z").1, "x y z");
    }

    #[test]
    fn a_link_may_lose_the_place_where_it_began() {
        let html = "<pre>x     <a href=http://y></pre>ääää</a> z";
        let (_, text) = to_text(html);
        assert!(text.contains("ääää") && text.ends_with('z'), "{text}");
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!(
            "{}x{}",
            "<div><a href=http://y>".repeat(100_000),
            "</a></div>".repeat(100_000)
        );
        assert!(to_text(&deep).1.contains('x'));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fall(html in "(<[a-z/!?-]{0,6}|[ =\"'>]|href|alt|script|&#?[a-z0-9]{0,5};?|[a-zäß<]{0,3}){0,40}") {
            let (_, text) = to_text(&html);
            prop_assert!(text.len() <= html.len() * 4 + 64);
        }
    }
}

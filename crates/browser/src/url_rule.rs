//! Which addresses a page may have.

use crate::refusal::Refusal;

/// Refuses everything but `http`, `https` and the empty page.
///
/// A page is untrusted, and so is who asks for it: `file:` would read this machine's files,
/// `chrome:` would change the browser, `javascript:` would run in the page that is open.
pub(crate) fn check(url: &str) -> Result<(), Refusal> {
    if url == "about:blank" {
        return Ok(());
    }
    let known = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    // Browsers leave control characters out before they read an address.
    if known && !url.contains(char::is_control) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "only http:// and https:// addresses (and about:blank) can be opened",
    ))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn pages_of_the_web_are_open_and_nothing_else() {
        for url in ["http://a", "HTTPS://example.com/x?y#z", "about:blank"] {
            assert!(check(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "file:///etc/passwd",
            "chrome://settings",
            "javascript:alert(1)",
            "data:text/html,x",
            "view-source:http://a",
            "http:/a",
            " http://a",
            "about:config",
            "http://a\n",
            "ftp://a",
            "é",
        ] {
            assert_eq!(check(url).unwrap_err().status, 403, "{url}");
        }
    }
}

//! What sentences of the program mean. They are not part of any contract: whatever is not known
//! here is shown as it is.

/// The foreground `serve` and `funnel` print this when their route is up.
const READY: &[&str] = &[
    "press ctrl+c to exit",
    "available within your tailnet:",
    "available on the internet:",
];

const DENIED: &[&str] = &[
    "permission denied",
    "access denied",
    "operation not permitted",
    "requires root",
    "must be run as root",
    "must be run with sudo",
    "requires sudo",
    "need sudo",
];

const UNREACHABLE: &[&str] = &[
    "failed to connect to local tailscale",
    "connection refused",
    "503 service unavailable",
    "is tailscale running?",
];

const TAKEN: &[&str] = &[
    "listener already exists for port",
    "foreground already exists under this port",
    "background configuration already exists",
    "port is already serving",
    "another client is changing the serve config",
];

const FUNNEL_REFUSED: &[&str] = &["funnel not available", "is not allowed for funnel"];

const CONSENT: &str = "is not enabled on your tailnet";

/// Whether the route is up.
pub(crate) fn is_ready(text: &str) -> bool {
    says(text, READY)
}

/// Whether somebody with more rights could do it.
pub(crate) fn is_denied(text: &str) -> bool {
    says(text, DENIED)
}

/// Whether the daemon does not answer.
pub(crate) fn is_unreachable(text: &str) -> bool {
    says(text, UNREACHABLE)
}

/// Whether somebody else has the port.
pub(crate) fn is_taken(text: &str) -> bool {
    says(text, TAKEN)
}

/// Whether this machine may not be reached from the internet.
pub(crate) fn is_funnel_refused(text: &str) -> bool {
    says(text, FUNNEL_REFUSED)
}

/// Where an administrator has to allow Serve or Funnel: `Some(None)` where no page is named.
pub(crate) fn consent(text: &str) -> Option<Option<String>> {
    says(text, &[CONSENT]).then(|| {
        text.split_whitespace()
            .find(|word| word.starts_with("https://") && word.len() <= 512)
            .map(str::to_owned)
    })
}

/// Whether there are no routes at all, said without JSON.
pub(crate) fn is_no_routes(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text == "null" || text.starts_with("No serve config")
}

fn says(text: &str, sentences: &[&str]) -> bool {
    let text = text.to_lowercase();
    sentences.iter().any(|sentence| text.contains(sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_the_program_are_understood() {
        assert!(is_ready("\nPress Ctrl+C to exit.\n"));
        assert!(is_ready(
            "Available within your tailnet:\n\nhttps://a.ts.net/\n"
        ));
        assert!(is_denied(
            "sending serve config: Access denied: serve config denied"
        ));
        assert!(is_unreachable(
            "failed to connect to local tailscaled; it doesn't appear to be running"
        ));
        assert!(is_unreachable(
            "failed to connect to local Tailscale service; is Tailscale running?"
        ));
        assert!(is_taken("foreground already exists under this port"));
        assert!(is_taken(
            "background configuration already exists, use `tailscale serve --https=443 off`"
        ));
        assert!(is_taken(
            "error: sending serve config: listener already exists for port 443"
        ));
        assert!(is_funnel_refused(
            "Funnel not available; \"funnel\" node attribute not set. See https://tailscale.com/s/no-funnel."
        ));
        assert!(is_funnel_refused("port 443 is not allowed for funnel"));
    }

    #[test]
    fn one_sentence_is_not_taken_for_another() {
        let failure = "invalid argument format";
        for understood in [
            is_ready,
            is_denied,
            is_unreachable,
            is_taken,
            is_funnel_refused,
        ] {
            assert!(!understood(failure));
        }
        assert_eq!(consent(failure), None);
        assert!(!is_ready("Funnel not available"));
        assert!(!is_no_routes("{}"));
    }

    #[test]
    fn the_page_for_consent_is_found() {
        let text = "\nServe is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/serve?node=n1\n\n";
        let page = "https://login.tailscale.com/f/serve?node=n1".to_owned();
        assert_eq!(consent(text), Some(Some(page)));
        assert_eq!(
            consent("Funnel is not enabled on your tailnet."),
            Some(None)
        );
    }

    #[test]
    fn no_routes_is_said_in_several_ways() {
        for text in ["", "\n", "null\n", "No serve config\n"] {
            assert!(is_no_routes(text), "{text:?}");
        }
    }
}

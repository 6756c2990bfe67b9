//! Names: of an instance, of a host, and of both in a zone file.

use crate::txt::cut_name;

/// The instance name for a machine of this display name: with ` (OpenClaw)` behind it, unless it
/// says so already.
///
/// Dots and backslashes become spaces, for many programs cut a name at them, and it leaves room in
/// the 63 bytes of a DNS label for the ` (2)` that a name conflict adds.
pub fn instance_name(display_name: &str) -> String {
    let name = display_text(&display_name.replace(['.', '\\'], " "));
    if name.len() <= MAX_INSTANCE && name.to_lowercase().contains("openclaw") {
        return name;
    }
    let name = if name.is_empty() { UNNAMED } else { &name };
    let room = MAX_INSTANCE - SUFFIX.len();
    format!("{}{SUFFIX}", cut_name(name, room).trim_end())
}

/// The display name to say in TXT: the machine's, without control characters and without the
/// suffix of an instance name.
pub fn display_name(name: &str) -> String {
    let text = display_text(name);
    let bare = without_suffix(&text);
    if bare.is_empty() {
        UNNAMED.to_owned()
    } else {
        bare.to_owned()
    }
}

/// An instance name without ` (OpenClaw)`.
pub(crate) fn without_suffix(instance: &str) -> &str {
    instance.strip_suffix(SUFFIX).unwrap_or(instance)
}

/// The label of a host: the first label of its name with everything but letters, digits and `-`
/// turned into `-`; `openclaw` where nothing is left.
pub fn host_label(host: &str) -> String {
    let first = host.trim().split('.').next().unwrap_or_default();
    or_default(label(first, MAX_HOST), "openclaw")
}

/// A label of a zone file: lower case, `[a-z0-9-]`, at most 63 bytes; `fallback` where nothing
/// is left.
pub fn zone_label(text: &str, fallback: &str) -> String {
    or_default(label(text.trim(), MAX_LABEL).to_ascii_lowercase(), fallback)
}

/// The instance label of a host's Gateway in a zone file: `HOSTNAME-gateway`.
pub fn zone_instance_label(host_label: &str) -> String {
    const ENDING: &str = "-gateway";
    let host = zone_label(host_label, "openclaw");
    let host = cut_name(&host, MAX_LABEL - ENDING.len()).trim_end_matches('-');
    format!("{host}{ENDING}")
}

/// The next instance name after a conflict: ` (2)` behind it, or one more.
pub(crate) fn next_instance(name: &str) -> String {
    let (base, number) = numbered(name, " (", ")");
    format!("{base} ({number})")
}

/// The next host label after a conflict: `-2` behind it, or one more.
pub(crate) fn next_host(label: &str) -> String {
    let (base, number) = numbered(label, "-", "");
    format!("{base}-{number}")
}

/// What stands before the number of a name, and the next number, from 2 to [`MAX_NUMBER`].
fn numbered<'a>(name: &'a str, before: &str, after: &str) -> (&'a str, u32) {
    let split = name
        .strip_suffix(after)
        .and_then(|rest| rest.rsplit_once(before));
    let number = |text: &str| text.parse().ok().filter(|n| (2..=MAX_NUMBER).contains(n));
    match split.and_then(|(base, text)| Some((base, number(text)?))) {
        Some((base, MAX_NUMBER)) => (base, 2),
        Some((base, number)) => (base, number + 1),
        None => (name, 2),
    }
}

/// The highest number that a conflict adds to a name.
const MAX_NUMBER: u32 = 999;

fn label(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    for c in text.chars() {
        if out.len() == max {
            break;
        }
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

fn or_default(label: String, default: &str) -> String {
    if label.is_empty() {
        default.to_owned()
    } else {
        label
    }
}

fn display_text(name: &str) -> String {
    let plain = name.replace(char::is_control, " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

const SUFFIX: &str = " (OpenClaw)";

const UNNAMED: &str = "Gateway";

/// Bytes of a DNS label.
const MAX_LABEL: usize = 63;

/// Bytes of an instance name, without what a conflict adds.
const MAX_INSTANCE: usize = MAX_LABEL - " (999)".len();

/// Bytes of a host label, without what a conflict adds.
const MAX_HOST: usize = MAX_LABEL - "-999".len();

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instances_say_what_they_are() {
        for (display, instance) in [
            ("Studio", "Studio (OpenClaw)"),
            ("  Ann's   Mac ", "Ann's Mac (OpenClaw)"),
            ("My OpenClaw", "My OpenClaw"),
            ("openclaw-box", "openclaw-box"),
            ("Studio (OpenClaw)", "Studio (OpenClaw)"),
            ("studio.example.com", "studio example com (OpenClaw)"),
            (r"a\b", "a b (OpenClaw)"),
            ("...", "Gateway (OpenClaw)"),
            ("a\u{1b}[2J", "a [2J (OpenClaw)"),
            ("", "Gateway (OpenClaw)"),
            ("\u{1b}", "Gateway (OpenClaw)"),
        ] {
            assert_eq!(instance_name(display), instance, "{display:?}");
        }
    }

    #[test]
    fn conflicts_count() {
        for (name, next) in [
            ("Studio (OpenClaw)", "Studio (OpenClaw) (2)"),
            ("Studio (OpenClaw) (2)", "Studio (OpenClaw) (3)"),
            ("a (9)", "a (10)"),
            ("a (999)", "a (2)"),
            ("a (1)", "a (1) (2)"),
            ("a (1000)", "a (1000) (2)"),
            ("", " (2)"),
        ] {
            assert_eq!(next_instance(name), next);
        }
        for (host, next) in [
            ("a", "a-2"),
            ("a-2", "a-3"),
            ("a-b", "a-b-2"),
            ("a-999", "a-2"),
        ] {
            assert_eq!(next_host(host), next);
        }
    }

    #[test]
    fn display_names_lose_the_suffix() {
        for (name, display) in [
            ("Studio (OpenClaw)", "Studio"),
            ("Studio", "Studio"),
            ("My OpenClaw", "My OpenClaw"),
            ("a.b", "a.b"),
            ("\n", "Gateway"),
        ] {
            assert_eq!(display_name(name), display, "{name:?}");
        }
    }

    #[test]
    fn host_labels_are_one_label() {
        for (host, expected) in [
            ("studio", "studio"),
            ("Studio.local", "Studio"),
            ("Ann's Mac.local", "Ann-s-Mac"),
            ("-a-", "a"),
            ("", "openclaw"),
            (".local", "openclaw"),
            ("東京", "openclaw"),
        ] {
            assert_eq!(host_label(host), expected, "{host:?}");
        }
    }

    #[test]
    fn zone_labels_have_defaults() {
        assert_eq!(zone_label("Ann's Mac", "x"), "ann-s-mac");
        assert_eq!(zone_label("../../x", "y"), "x");
        assert_eq!(zone_label("...", "openclaw"), "openclaw");
        assert_eq!(zone_instance_label("Studio"), "studio-gateway");
        assert_eq!(zone_instance_label(""), "openclaw-gateway");
    }

    proptest! {
        #[test]
        fn any_name_becomes_good_names(name in "(?s).{0,120}") {
            let instance = instance_name(&name);
            prop_assert!(!instance.is_empty() && instance.len() <= MAX_INSTANCE);
            prop_assert!(instance.to_lowercase().contains("openclaw"), "{}", instance);
            prop_assert!(!instance.chars().any(|c| c.is_control() || ".\\".contains(c)));
            for made in [host_label(&name), zone_label(&name, "x"), zone_instance_label(&name)] {
                prop_assert!((1..=63).contains(&made.len()), "{}", made);
                prop_assert!(made.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
                prop_assert!(!made.starts_with('-') && !made.ends_with('-'), "{}", made);
            }
            let lower = zone_label(&name, "x");
            prop_assert_eq!(lower.to_ascii_lowercase(), lower);
        }
    }
}

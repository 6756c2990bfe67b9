//! Variables that change how output looks, and nothing of what runs.

const NAMES: [&str; 8] = [
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "LANG",
    "TZ",
    "COLUMNS",
    "LINES",
];
const PREFIX: &str = "LC_";

/// Whether a variable of this name only changes how output looks: all that a caller may set where
/// an allowlist, and no person, says what runs. Programs run other programs, or read settings from
/// elsewhere, by many others (`HOME`, `GIT_CONFIG_*`, `RIPGREP_CONFIG_PATH`), which no list of
/// refusals knows in full.
#[must_use]
pub fn is_display_variable(name: &str) -> bool {
    let name = name.trim().to_ascii_uppercase();
    NAMES.contains(&name.as_str()) || name.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::is_display_variable;

    #[test]
    fn only_what_changes_the_look_is_on_the_list() {
        for name in ["TERM", "lang", "LC_ALL", "NO_COLOR", "TZ"] {
            assert!(is_display_variable(name), "{name}");
        }
        for name in [
            "HOME",
            "PATH",
            "GIT_CONFIG_COUNT",
            "RIPGREP_CONFIG_PATH",
            "LESSOPEN",
            "TERMINFO",
            "LANGUAGE_TOOL",
            "",
        ] {
            assert!(!is_display_variable(name), "{name}");
        }
    }
}

//! What a person has to know of a command beside its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Characters of a value that are shown.
const MAX_VALUE: usize = 200;
/// Variables that are shown; of more, the number is.
const MAX_SHOWN: usize = 20;

/// Whose variables they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// The agent's own, which a person may read.
    Shown,
    /// A client's, which may be secrets: their names are shown.
    Hidden,
}

/// The variables that a command sets, for the person who decides: with the same text and another
/// `GIT_CONFIG_COUNT` something else runs. `None` where none is set.
pub(crate) fn of_env(env: &BTreeMap<String, String>, values: Values) -> Option<String> {
    if env.is_empty() {
        return None;
    }
    let mut text = "It sets the environment of the command:".to_owned();
    for (name, value) in env.iter().take(MAX_SHOWN) {
        let name = name.escape_debug();
        match values {
            Values::Shown => {
                let rest = value.chars().count().saturating_sub(MAX_VALUE);
                let shown: String = value.chars().take(MAX_VALUE).collect();
                let more = if rest > 0 { "…" } else { "" };
                let _ = write!(text, "\n{name}={}{more}", shown.escape_debug());
            }
            Values::Hidden => {
                let _ = write!(text, "\n{name}=(not shown)");
            }
        }
    }
    if env.len() > MAX_SHOWN {
        let _ = write!(text, "\nand {} more", env.len() - MAX_SHOWN);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn every_variable_has_its_line() {
        assert_eq!(of_env(&env(&[]), Values::Shown), None);
        let two = env(&[("A", "1\n2"), ("GIT_CONFIG_COUNT", "1")]);
        assert_eq!(
            of_env(&two, Values::Shown).unwrap(),
            "It sets the environment of the command:\nA=1\\n2\nGIT_CONFIG_COUNT=1"
        );
        let hidden = of_env(&two, Values::Hidden).unwrap();
        assert!(hidden.contains("GIT_CONFIG_COUNT=(not shown)") && !hidden.contains("=1"));
    }

    #[test]
    fn much_is_cut_and_said_to_be() {
        let long = of_env(&env(&[("A", &"x".repeat(500))]), Values::Shown).unwrap();
        assert!(long.ends_with("x…") && long.len() < 300);
        let many = (0..50).map(|n| (format!("V{n}"), "x".to_owned())).collect();
        let many = of_env(&many, Values::Shown).unwrap();
        assert!(many.ends_with("and 30 more"), "{many}");
    }
}

//! The user in the program's answer, in the shapes that it has had.

use serde_json::{Map, Value};

use crate::error::TailscaleError;
use crate::{excerpt, json};

/// A user of the tailnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The login: `ann@example.com`.
    pub login: String,
    /// The name to show; not unique, and chosen by the user.
    pub name: Option<String>,
}

impl Identity {
    /// Whether this is the user that a header claims: the same login, but for case and the space
    /// around it.
    #[must_use]
    pub fn is(&self, claimed_login: &str) -> bool {
        self.login.eq_ignore_ascii_case(claimed_login.trim())
    }
}

/// The login of every machine that belongs to a tag and so to nobody.
const NOBODY: &str = "tagged-devices";

/// The longest login or name in bytes; answers are remembered.
const LONGEST: usize = 512;

/// Reads the answer to `command`. `None`: the machine belongs to no user.
pub(crate) fn read(command: &str, text: &str) -> Result<Option<Identity>, TailscaleError> {
    let answer: Map<String, Value> = json::read(command, text)?;
    let profile = ["UserProfile", "userProfile", "User"]
        .into_iter()
        .find_map(|name| answer.get(name)?.as_object());
    let find = |in_profile: &[&str], at_top: &[&str]| {
        profile
            .and_then(|profile| first(profile, in_profile))
            .or_else(|| first(&answer, at_top))
    };
    let login = find(&["LoginName", "Login", "login"], &["LoginName", "login"]);
    let name = find(
        &["DisplayName", "Name", "displayName"],
        &["DisplayName", "name"],
    );
    if [login, name]
        .iter()
        .flatten()
        .any(|text| text.len() > LONGEST)
    {
        return Err(TailscaleError::BadOutput {
            command: command.to_owned(),
            excerpt: excerpt::head(text),
        });
    }
    Ok(login
        .filter(|login| *login != NOBODY)
        .map(|login| Identity {
            login: login.to_owned(),
            name: name.map(str::to_owned),
        }))
}

/// The first of these members that is a text with something in it.
fn first<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .filter_map(|name| object.get(*name)?.as_str())
        .map(str::trim)
        .find(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str) -> Option<(String, Option<String>)> {
        read("x", text).unwrap().map(|who| (who.login, who.name))
    }

    #[test]
    fn every_shape_that_the_answer_has_had() {
        for (text, login, name) in [
            (
                r#"{"Node":{"Name":"phone.ts.net."},"UserProfile":{"ID":1,"LoginName":"ann@example.com","DisplayName":"Ann"}}"#,
                "ann@example.com",
                Some("Ann"),
            ),
            (r#"{"userProfile":{"Login":" ann "}}"#, "ann", None),
            (
                r#"{"User":{"login":"ann","displayName":"Ann"}}"#,
                "ann",
                Some("Ann"),
            ),
            (
                r#"{"LoginName":"ann","DisplayName":"Ann"}"#,
                "ann",
                Some("Ann"),
            ),
            (r#"{"login":"ann","name":"Ann"}"#, "ann", Some("Ann")),
            (
                r#"{"UserProfile":{"LoginName":"","Login":7},"LoginName":"ann"}"#,
                "ann",
                None,
            ),
            (
                r#"{"UserProfile":null,"User":{"LoginName":"ann","Name":"Ann"}}"#,
                "ann",
                Some("Ann"),
            ),
        ] {
            let expected = (login.to_owned(), name.map(str::to_owned));
            assert_eq!(who(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_machine_without_a_user_is_nobody() {
        for text in [
            "{}",
            r#"{"Node":{"Tags":["tag:server"]},"UserProfile":{"LoginName":"tagged-devices","DisplayName":"Tagged Devices"}}"#,
            r#"{"UserProfile":{"DisplayName":"Ann"}}"#,
            r#"{"UserProfile":{"LoginName":["ann"]}}"#,
            r#"{"Node":{"LoginName":"ann"}}"#,
        ] {
            assert_eq!(who(text), None, "{text}");
        }
    }

    #[test]
    fn a_login_without_end_is_not_remembered() {
        let text = format!(r#"{{"LoginName":"{}"}}"#, "a".repeat(513));
        assert_eq!(read("x", &text).unwrap_err().kind(), "badOutput");
    }

    #[test]
    fn a_header_names_the_user_or_does_not() {
        let ann = Identity {
            login: "Ann@example.com".into(),
            name: None,
        };
        assert!(ann.is(" ann@EXAMPLE.com "));
        for other in [
            "",
            "ann",
            "ann@example.co",
            "ann@example.com, bob@example.com",
        ] {
            assert!(!ann.is(other), "{other}");
        }
    }
}

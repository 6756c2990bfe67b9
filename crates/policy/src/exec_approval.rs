//! What a person allowed to run, and whether a run is the one that was allowed.
//!
//! An approval is bound to everything that decides what happens: the program with its arguments,
//! the folder, the environment, the agent, the session, the node. A run that differs in any of
//! them is another run.

use std::collections::BTreeMap;

use crate::secret::SecretDigest;

/// The agent that is meant where none is named.
const MAIN_AGENT: &str = "main";

/// What is to run, or was allowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecFacts {
    /// The text that a person sees.
    pub text: String,
    /// Program and arguments. Askers of protocol 3 give the text only.
    pub argv: Option<Vec<String>>,
    /// The folder; blank is none.
    pub cwd: Option<String>,
    /// The variables that are set beyond those of the host: only a digest is kept.
    pub env: Option<SecretDigest>,
    /// The agent on whose behalf.
    pub agent: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The node. Askers of protocol 3 cannot name one.
    pub node: Option<String>,
}

/// In what a run is not the one that was allowed: the member's name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the approval is for another {0}")]
pub struct Strays(pub &'static str);

impl ExecFacts {
    /// Whether `run` is what was allowed.
    ///
    /// # Errors
    ///
    /// The first member in which it is not.
    pub fn covers(&self, run: &Self) -> Result<(), Strays> {
        let same_command = match &self.argv {
            Some(argv) => Some(argv) == run.argv.as_ref(),
            None => {
                let of_argv = run.argv.as_deref().map(text_of);
                let text = self.text.trim();
                run.text.trim() == text || of_argv.is_some_and(|own| own.trim() == text)
            }
        };
        let checks = [
            ("command", same_command),
            ("cwd", given(&self.cwd) == given(&run.cwd)),
            ("env", self.env == run.env),
            ("agentId", self.agent() == run.agent()),
            ("sessionKey", given(&self.session) == given(&run.session)),
            ("nodeId", self.node.is_none() || self.node == run.node),
        ];
        match checks.iter().find(|(_, is_same)| !is_same) {
            None => Ok(()),
            Some((member, _)) => Err(Strays(member)),
        }
    }

    fn agent(&self) -> &str {
        given(&self.agent).unwrap_or(MAIN_AGENT)
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// What stands for an environment: `None` where nothing is set.
#[must_use]
pub fn digest_of_env(env: &BTreeMap<String, String>) -> Option<SecretDigest> {
    if env.is_empty() {
        return None;
    }
    // Lengths in front: no two environments have one text.
    let text: String = env
        .iter()
        .map(|(name, value)| format!("{}:{name}={}:{value};", name.len(), value.len()))
        .collect();
    Some(SecretDigest::of(&text))
}

/// The text of an argv: arguments with blanks or quotes, and empty ones, stand in double quotes.
///
/// Nodes compare this text with theirs, so it follows the original's form.
#[must_use]
pub fn text_of(argv: &[String]) -> String {
    let quoted = |arg: &String| {
        if arg.is_empty() || arg.contains(|c: char| c.is_whitespace() || c == '"') {
            format!("\"{}\"", arg.replace('"', "\\\""))
        } else {
            arg.clone()
        }
    };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ExecFacts {
        ExecFacts {
            text: "rm \"a b\"".to_owned(),
            argv: Some(vec!["rm".to_owned(), "a b".to_owned()]),
            cwd: Some("/x".to_owned()),
            env: digest_of_env(&BTreeMap::from([("A".to_owned(), "1".to_owned())])),
            agent: Some("main".to_owned()),
            session: Some("agent:main:main".to_owned()),
            node: Some("n".to_owned()),
        }
    }

    #[test]
    fn the_same_run_is_covered() {
        assert_eq!(facts().covers(&facts()), Ok(()));
        let blank = ExecFacts {
            agent: None,
            ..facts()
        };
        assert_eq!(facts().covers(&blank), Ok(()));
    }

    /// GHSA-hjvp-qhm6-wrh2
    #[test]
    fn a_run_that_differs_in_anything_is_another_run() {
        let other = || Some("other".to_owned());
        let changes: [(&str, ExecFacts); 8] = [
            (
                "command",
                ExecFacts {
                    argv: Some(vec!["rm".into(), "a".into(), "b".into()]),
                    ..facts()
                },
            ),
            (
                "command",
                ExecFacts {
                    argv: None,
                    ..facts()
                },
            ),
            (
                "cwd",
                ExecFacts {
                    cwd: other(),
                    ..facts()
                },
            ),
            (
                "cwd",
                ExecFacts {
                    cwd: None,
                    ..facts()
                },
            ),
            (
                "env",
                ExecFacts {
                    env: None,
                    ..facts()
                },
            ),
            (
                "agentId",
                ExecFacts {
                    agent: other(),
                    ..facts()
                },
            ),
            (
                "sessionKey",
                ExecFacts {
                    session: None,
                    ..facts()
                },
            ),
            (
                "nodeId",
                ExecFacts {
                    node: other(),
                    ..facts()
                },
            ),
        ];
        for (member, run) in changes {
            assert_eq!(facts().covers(&run), Err(Strays(member)), "{run:?}");
        }
    }

    #[test]
    fn a_text_alone_covers_the_argv_that_it_is_the_text_of() {
        let asked = ExecFacts {
            argv: None,
            node: None,
            ..facts()
        };
        assert_eq!(asked.covers(&facts()), Ok(()));
        let split = ExecFacts {
            text: "rm a b".to_owned(),
            argv: Some(vec!["rm".into(), "a".into(), "b".into()]),
            ..facts()
        };
        assert_eq!(asked.covers(&split), Err(Strays("command")));
    }

    #[test]
    fn environments_do_not_run_into_each_other() {
        let env = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            digest_of_env(&pairs.map(|&(a, b)| (a.to_owned(), b.to_owned())).collect())
        };
        assert_eq!(env(&[]), None);
        assert_ne!(env(&[("A", "1")]), env(&[("A", "2")]));
        assert_ne!(env(&[("A", "1;1:B=1:2")]), env(&[("A", "1"), ("B", "2")]));
    }
}

//! Commands that need no model: `/help` and the like, read and not carried out.

use std::str::FromStr;

use serde_json::value::RawValue;

use crate::model::ModelRef;

/// A command.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Slash {
    /// `/help`: what commands there are.
    Help,
    /// `/status`: how session, model and Gateway are.
    Status,
    /// `/new [TEXT]`, `/reset`: a new session. The text, if any, is its first message.
    New {
        /// What follows the command.
        message: Option<String>,
    },
    /// `/stop`: ends the run, and forgets what waits in the session.
    Stop,
    /// `/compact [WHAT TO KEEP]`: sums the conversation up.
    Compact {
        /// What matters.
        instructions: Option<String>,
    },
    /// `/nodes`: which nodes there are.
    Nodes,
    /// `/invoke NODE COMMAND [JSON]`: a command of a node.
    Invoke {
        /// The node's id or name.
        node: String,
        /// The command.
        command: String,
        /// Its params, an object; `{}` if there are none.
        params: Box<RawValue>,
    },
    /// `/approve ID DECISION`: answers a request for approval.
    Approve {
        /// The request's id.
        id: String,
        /// The answer.
        decision: Decision,
    },
    /// `/model [PROVIDER/MODEL]`: which model answers; without a name, which there are.
    Model {
        /// The model. `None`: show.
        choice: Option<ModelChoice>,
    },
}

/// Which model is to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The configured one.
    Default,
    /// This one.
    Named(ModelRef),
    /// The one that a person calls so: its id or name, without provider.
    Loose(String),
}

/// An answer to a request for approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// This once.
    AllowOnce,
    /// From now on.
    AllowAlways,
    /// No.
    Deny,
}

impl Decision {
    /// The word of `exec.approval.resolve`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowOnce => "allow-once",
            Self::AllowAlways => "allow-always",
            Self::Deny => "deny",
        }
    }
}

impl FromStr for Decision {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "allow-once" | "once" | "allow" | "yes" => Self::AllowOnce,
            "allow-always" | "always" => Self::AllowAlways,
            "deny" | "no" | "reject" => Self::Deny,
            _ => return Err(()),
        })
    }
}

/// A command that cannot be understood, with how it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}; write `{usage}`")]
pub struct SlashError {
    /// What is wrong.
    pub why: String,
    /// How it is written.
    pub usage: &'static str,
}

/// One line of `/help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlashHelp {
    /// How it is written.
    pub usage: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// All commands, for `/help` and for the menus of channels.
pub const COMMANDS: &[SlashHelp] = &[
    SlashHelp {
        usage: "/help",
        about: "show these commands",
    },
    SlashHelp {
        usage: "/status",
        about: "show how session, model and Gateway are",
    },
    SlashHelp {
        usage: "/new [MESSAGE]",
        about: "begin a new session",
    },
    SlashHelp {
        usage: "/stop",
        about: "stop the current run and what waits behind it",
    },
    SlashHelp {
        usage: "/compact [WHAT TO KEEP]",
        about: "sum up the conversation",
    },
    SlashHelp {
        usage: "/nodes",
        about: "list the nodes",
    },
    SlashHelp {
        usage: "/invoke NODE COMMAND [JSON]",
        about: "run a command of a node",
    },
    SlashHelp {
        usage: "/approve ID allow-once|allow-always|deny",
        about: "answer a request for approval",
    },
    SlashHelp {
        usage: "/model [PROVIDER/MODEL]",
        about: "show or choose the model",
    },
];

/// Reads a message. `None`: it is no command of ours, and goes to the agent.
///
/// `names` are those of this bot: in a group, `/status@other_bot` is not for us.
///
/// Errors: [`SlashError`] for a command of ours that cannot be understood.
pub fn parse(text: &str, names: &[&str]) -> Result<Option<Slash>, SlashError> {
    let Some(line) = text.trim().strip_prefix('/') else {
        return Ok(None);
    };
    let (word, rest) = split_word(line);
    let word = match word.split_once('@') {
        Some((word, bot)) => {
            if !names
                .iter()
                .any(|name| name.trim_start_matches('@').eq_ignore_ascii_case(bot))
            {
                return Ok(None);
            }
            word
        }
        None => word,
    };
    let word = word.trim_end_matches(':').to_ascii_lowercase();
    let said = (!rest.is_empty()).then(|| rest.to_owned());
    Ok(Some(match word.as_str() {
        "help" | "commands" | "start" => Slash::Help,
        "status" => Slash::Status,
        "new" | "reset" => Slash::New { message: said },
        "stop" | "abort" | "cancel" => Slash::Stop,
        "compact" => Slash::Compact { instructions: said },
        "nodes" => Slash::Nodes,
        "invoke" => invoke(rest)?,
        "approve" => approve(rest)?,
        "model" | "models" => Slash::Model {
            choice: said.map(|said| model(&said)),
        },
        _ => return Ok(None),
    }))
}

fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

fn invoke(rest: &str) -> Result<Slash, SlashError> {
    const USAGE: &str = "/invoke NODE COMMAND {\"key\":\"value\"}";
    let wrong = |why: String| SlashError { why, usage: USAGE };
    let (node, rest) = quoted_word(rest).map_err(|why| wrong(why.to_owned()))?;
    let (command, json) = split_word(rest);
    if node.is_empty() || command.is_empty() {
        return Err(wrong("node and command are missing".to_owned()));
    }
    let json = if json.is_empty() { "{}" } else { json };
    let params: Box<RawValue> = serde_json::from_str(json)
        .map_err(|why| wrong(format!("the params are no JSON ({why})")))?;
    if !params.get().starts_with('{') {
        return Err(wrong("the params are no JSON object".to_owned()));
    }
    Ok(Slash::Invoke {
        node,
        command: command.to_owned(),
        params,
    })
}

/// A word, or several between quotation marks: nodes have names with spaces.
fn quoted_word(text: &str) -> Result<(String, &str), &'static str> {
    match text.strip_prefix(['"', '“', '\'']) {
        None => {
            let (word, rest) = split_word(text);
            Ok((word.to_owned(), rest))
        }
        Some(inner) => {
            let end = inner
                .find(['"', '”', '\''])
                .ok_or("the quotation mark is not closed")?;
            let rest = inner[end..].trim_start_matches(['"', '”', '\'']).trim();
            Ok((inner[..end].to_owned(), rest))
        }
    }
}

fn approve(rest: &str) -> Result<Slash, SlashError> {
    const USAGE: &str = "/approve ID allow-once|allow-always|deny";
    let (id, rest) = split_word(rest);
    if id.is_empty() {
        return Err(SlashError {
            why: "the id is missing".to_owned(),
            usage: USAGE,
        });
    }
    let (word, more) = split_word(rest);
    match word.parse() {
        Ok(decision) if more.is_empty() => Ok(Slash::Approve {
            id: id.to_owned(),
            decision,
        }),
        _ => Err(SlashError {
            why: match rest {
                "" => "the decision is missing".to_owned(),
                other => format!(
                    "`{}` is no decision",
                    other.chars().take(40).collect::<String>()
                ),
            },
            usage: USAGE,
        }),
    }
}

fn model(said: &str) -> ModelChoice {
    if said.eq_ignore_ascii_case("default") {
        return ModelChoice::Default;
    }
    said.parse()
        .map_or_else(|_| ModelChoice::Loose(said.to_owned()), ModelChoice::Named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Slash> {
        parse(text, &["claw_bot"]).unwrap()
    }

    fn wrong(text: &str) -> String {
        parse(text, &[]).unwrap_err().to_string()
    }

    #[test]
    fn commands_are_read() {
        assert!(matches!(read("/help"), Some(Slash::Help)));
        assert!(matches!(read("  /STATUS "), Some(Slash::Status)));
        assert!(matches!(read("/status@Claw_Bot"), Some(Slash::Status)));
        assert!(matches!(read("/new"), Some(Slash::New { message: None })));
        let Some(Slash::New {
            message: Some(said),
        }) = read("/new hello\nthere")
        else {
            panic!()
        };
        assert_eq!(said, "hello\nthere");
        assert!(matches!(read("/stop"), Some(Slash::Stop)));
        assert!(matches!(read("/nodes"), Some(Slash::Nodes)));
    }

    #[test]
    fn what_is_no_command_of_ours_goes_to_the_agent() {
        for text in [
            "hello",
            "",
            "/",
            "/etc/passwd is a file",
            "/unheard",
            "/status@other_bot",
            "a /help",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn invoke_takes_its_params_as_they_are() {
        let Some(Slash::Invoke {
            node,
            command,
            params,
        }) = read("/invoke \"My Phone\" camera.snap {\"facing\": 1.50}")
        else {
            panic!()
        };
        assert_eq!(
            (node.as_str(), command.as_str(), params.get()),
            ("My Phone", "camera.snap", "{\"facing\": 1.50}")
        );
        let Some(Slash::Invoke { node, params, .. }) = read("/invoke pi  system.notify") else {
            panic!()
        };
        assert_eq!((node.as_str(), params.get()), ("pi", "{}"));
    }

    #[test]
    fn what_cannot_be_understood_is_explained() {
        assert!(wrong("/invoke").contains("missing"));
        assert!(wrong("/invoke pi").contains("missing"));
        assert!(wrong("/invoke pi x {oops}").contains("no JSON"));
        assert!(wrong("/invoke pi x [1]").contains("no JSON object"));
        assert!(wrong("/invoke \"pi x").contains("not closed"));
        assert!(wrong("/approve").contains("id is missing"));
        assert!(wrong("/approve 1").contains("decision is missing"));
        assert!(wrong("/approve 1 perhaps").contains("`perhaps` is no decision"));
        assert!(
            wrong("/approve 1 deny not").contains("no decision"),
            "a decision is one word"
        );
    }

    #[test]
    fn decisions_and_models() {
        let Some(Slash::Approve { id, decision }) = read("/approve ab-1 always") else {
            panic!()
        };
        assert_eq!((id.as_str(), decision.as_str()), ("ab-1", "allow-always"));
        let choice = |text| match read(text) {
            Some(Slash::Model { choice }) => choice,
            other => panic!("{other:?}"),
        };
        assert_eq!(choice("/model"), None);
        assert_eq!(choice("/model default"), Some(ModelChoice::Default));
        assert_eq!(
            choice("/model a/b/c"),
            Some(ModelChoice::Named(ModelRef::new("a", "b/c")))
        );
        assert_eq!(
            choice("/model opus"),
            Some(ModelChoice::Loose("opus".into()))
        );
    }

    #[test]
    fn every_command_of_the_help_is_read() {
        for help in COMMANDS {
            let word = help.usage.split_whitespace().next().unwrap();
            assert!(!matches!(parse(word, &[]), Ok(None)), "{word}");
        }
    }
}

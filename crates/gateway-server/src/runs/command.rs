//! Slash commands: what the Gateway answers without a model.

mod nodes;
mod session;

use std::sync::Arc;

use openclaw_agent::slash::{self, COMMANDS, Slash, SlashError};
use openclaw_agent::tool::Attachment;
use openclaw_store::StoreError;
use serde_json::Value;

use super::{Rights, RunAsk, StopReason};
use crate::core::Core;

/// A command as it was given, and whether it may be carried out.
#[derive(Debug)]
pub(super) struct Command {
    what: Result<Slash, SlashError>,
    rights: Rights,
}

/// What a command came to.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// For people.
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    /// For programs.
    pub(super) details: Option<Value>,
    /// This is said to the agent then.
    pub(super) go_on: Option<String>,
}

impl Answer {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

impl Command {
    /// The command that a text is, if it is one of ours.
    pub(super) fn read(text: &str, names: &[&str], rights: Rights) -> Option<Self> {
        let what = slash::parse(text, names).transpose()?;
        Some(Self { what, rights })
    }

    /// It changes the conversation: what runs in the session comes first.
    pub(super) const fn waits_its_turn(&self) -> bool {
        matches!(
            self.what,
            Ok(Slash::New { .. } | Slash::Compact { .. } | Slash::Model { choice: Some(_) })
        )
    }

    /// Carries it out.
    ///
    /// # Errors
    ///
    /// When the state cannot be used. Everything else is told in the answer.
    pub(super) async fn run(
        self,
        core: &Arc<Core>,
        ask: &RunAsk,
        run_id: &str,
    ) -> Result<Answer, StoreError> {
        let what = match self.what {
            Ok(what) => what,
            Err(error) => return Ok(Answer::text(error.to_string())),
        };
        if let Some(missing) = missing(&what, self.rights) {
            return Ok(Answer::text(format!(
                "Not allowed: this takes {missing}, which you do not have here."
            )));
        }
        Ok(match what {
            Slash::Help => Answer::text(help()),
            Slash::Status => session::status(core, ask).await?,
            Slash::New { message } => session::begin_anew(core, ask, message).await?,
            Slash::Stop => {
                let stopped = core.runs.abort(&ask.session_key, None, StopReason::Stop);
                Answer::text(match stopped.run_ids.len() {
                    0 => "Nothing was running.".to_owned(),
                    1 => "Stopped.".to_owned(),
                    more => format!("Stopped {more} runs."),
                })
            }
            Slash::Compact { instructions } => {
                Box::pin(session::sum_up(core, ask, instructions.as_deref())).await?
            }
            Slash::Nodes => nodes::list(core),
            Slash::Invoke {
                node,
                command,
                params,
            } => {
                Box::pin(nodes::invoke(
                    core,
                    ask,
                    run_id,
                    self.rights,
                    &node,
                    command,
                    params,
                ))
                .await
            }
            Slash::Approve { id, decision } => super::approve::decide(core, &id, decision),
            Slash::Model { choice } => session::model(core, ask, choice).await?,
            _ => {
                Answer::text("This version does not know that command. /help lists those it knows.")
            }
        })
    }
}

/// The right that a command takes and that is not there.
fn missing(what: &Slash, rights: Rights) -> Option<&'static str> {
    match what {
        Slash::Help | Slash::Status | Slash::Nodes | Slash::Model { choice: None } => None,
        Slash::New { .. } if !rights.admin => Some("operator.admin"),
        Slash::Approve { .. } if !rights.approve => Some("operator.approvals"),
        Slash::Approve { .. } => None,
        _ if !rights.write => Some("operator.write"),
        _ => None,
    }
}

fn help() -> String {
    COMMANDS
        .iter()
        .map(|one| format!("{}: {}", one.usage, one.about))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, rights: Rights) -> Option<&'static str> {
        let command = Command::read(text, &[], rights).unwrap();
        missing(&command.what.unwrap(), rights)
    }

    #[test]
    fn commands_take_rights() {
        let none = Rights::default();
        for free in ["/help", "/status", "/nodes", "/model"] {
            assert_eq!(read(free, none), None, "{free}");
        }
        let write = Rights {
            write: true,
            ..none
        };
        assert_eq!(read("/stop", none), Some("operator.write"));
        assert_eq!(read("/stop", write), None);
        assert_eq!(read("/invoke a b", none), Some("operator.write"));
        assert_eq!(read("/model x/y", none), Some("operator.write"));
        assert_eq!(read("/new", write), Some("operator.admin"));
        assert_eq!(
            read("/approve 1 allow-once", write),
            Some("operator.approvals")
        );
        assert_eq!(read("/approve 1 allow-once", Rights::OWNER), None);
    }

    #[test]
    fn what_is_no_command_is_none() {
        assert!(Command::read("hello", &[], Rights::OWNER).is_none());
        let wrong = Command::read("/invoke", &[], Rights::OWNER).unwrap();
        assert!(wrong.what.is_err() && !wrong.waits_its_turn());
    }
}

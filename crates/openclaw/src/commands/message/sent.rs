//! What became of a message, as scripts and people read it.

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::CliError;
use crate::render::field::text;

/// A message that goes out, or would.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    /// `send` or `poll`.
    pub(super) action: &'static str,
    /// The channel, once it is known.
    pub(super) channel: Option<&'a str>,
    /// The address.
    pub(super) to: &'a str,
    /// What is told of it besides, as an object.
    pub(super) payload: Value,
}

impl<'a> Sent<'a> {
    /// The same by this channel.
    pub(super) fn by(self, channel: &'a str) -> Self {
        Self {
            channel: Some(channel),
            ..self
        }
    }

    /// Says what would be sent.
    pub(super) fn rehearse(&self, app: &App) -> Result<(), CliError> {
        if app.out.is_json() {
            return app.out.json(&self.json("dry-run", "dryRun", json!(true)));
        }
        let channel = self.channel.unwrap_or("the only channel");
        app.out.line(format!(
            "would {} to {} by {channel}; nothing was sent",
            self.action, self.to
        ))
    }

    /// Says what the Gateway answered.
    pub(super) fn show(&self, app: &App, result: &Value) -> Result<(), CliError> {
        if app.out.is_json() {
            return app.out.json(&self.json("core", "result", result.clone()));
        }
        let channel = text(result, "channel").or(self.channel).unwrap_or("?");
        match text(result, "messageId") {
            Some(id) => app.out.line(format!("sent by {channel}: message {id}")),
            None => app.out.line(format!("sent by {channel}")),
        }
    }

    fn json(&self, handled_by: &str, name: &str, outcome: Value) -> Value {
        let mut payload = Map::new();
        payload.insert("channel".to_owned(), json!(self.channel));
        payload.insert("to".to_owned(), json!(self.to));
        payload.insert("via".to_owned(), json!("gateway"));
        if let Value::Object(more) = &self.payload {
            payload.extend(more.clone());
        }
        payload.insert(name.to_owned(), outcome);
        json!({
            "action": self.action,
            "channel": self.channel,
            "dryRun": handled_by == "dry-run",
            "handledBy": handled_by,
            "payload": payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Sent;

    #[test]
    fn the_json_has_the_members_that_scripts_know() {
        let sent = Sent {
            action: "send",
            channel: None,
            to: "42",
            payload: json!({ "mediaUrl": null }),
        };
        assert_eq!(
            sent.json("dry-run", "dryRun", json!(true)),
            json!({
                "action": "send", "channel": null, "dryRun": true, "handledBy": "dry-run",
                "payload": { "channel": null, "to": "42", "via": "gateway", "mediaUrl": null, "dryRun": true },
            })
        );
        let shown = sent
            .by("telegram")
            .json("core", "result", json!({ "messageId": "7" }));
        assert_eq!(shown["dryRun"], false);
        assert_eq!(shown["payload"]["result"]["messageId"], "7");
        assert_eq!(shown["payload"]["channel"], "telegram");
    }
}

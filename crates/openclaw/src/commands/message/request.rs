//! The params of a message, in either of its two ways.

use openclaw_protocol::methods::message::action::{ActionReply, MessageActionParams, ReplySource};
use openclaw_protocol::methods::send::SendParams;
use serde_json::{Map, Value, json};

use super::media::Media;
use crate::cli::message::SendArgs;
use crate::commands::operator::Operator;
use crate::error::CliError;

/// Refuses what the Gateway's protocol does not have.
pub(super) fn check(operator: &Operator, args: &SendArgs, media: &Media) -> Result<(), CliError> {
    for (what, is_wanted) in [
        ("--reply-to", args.reply_to.is_some()),
        ("--thread-id", args.thread_id.is_some()),
        ("--silent", args.silent),
        ("--force-document", args.force_document),
        ("--presentation", args.presentation.is_some()),
        ("a message without text", args.message.is_none()),
        ("sending a file of this machine", media.is_file()),
    ] {
        operator.needs_v4(what, is_wanted)?;
    }
    Ok(())
}

/// The params of `send`.
pub(super) fn send(args: &SendArgs, media: &Media, channel: String, key: String) -> SendParams {
    let mut params = SendParams {
        message: args.message.clone(),
        channel: Some(channel),
        account_id: args.account.clone(),
        reply_to_id: args.reply_to.clone(),
        thread_id: args.thread_id.clone(),
        silent: args.silent.then_some(true),
        force_document: args.force_document.then_some(true),
        gif_playback: args.gif_playback.then_some(true),
        ..SendParams::new(args.target.clone(), key)
    };
    match media {
        Media::None => {}
        Media::Urls(urls) => match urls.as_slice() {
            [url] => params.media_url = Some(url.clone()),
            several => params.media_urls = Some(several.to_vec()),
        },
        Media::File(file) => {
            params.buffer = Some(file.base64.clone());
            params.filename = Some(file.name.clone());
        }
    }
    params
}

/// The params of `message.action`, for what `send` has no place for.
pub(super) fn action(
    args: &SendArgs,
    media: &Media,
    channel: String,
    key: String,
) -> MessageActionParams {
    let mut params = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            params.insert(name.to_owned(), value);
        }
    };
    put("to", Some(json!(args.target)));
    put("message", args.message.as_ref().map(|text| json!(text)));
    put("threadId", args.thread_id.as_ref().map(|id| json!(id)));
    put("silent", args.silent.then(|| json!(true)));
    put("forceDocument", args.force_document.then(|| json!(true)));
    put("gifPlayback", args.gif_playback.then(|| json!(true)));
    put("presentation", args.presentation.clone().map(Value::Object));
    match media {
        Media::None => {}
        Media::Urls(urls) => match urls.as_slice() {
            [url] => put("mediaUrl", Some(json!(url))),
            several => put("mediaUrls", Some(json!(several))),
        },
        Media::File(file) => {
            put("buffer", Some(json!(file.base64)));
            put("filename", Some(json!(file.name)));
        }
    }
    let reply = |id: &String| ActionReply::new(id.clone(), ReplySource::Explicit);
    MessageActionParams {
        reply: args.reply_to.as_ref().map(reply),
        account_id: args.account.clone(),
        ..MessageActionParams::new(channel, "send".to_owned(), params, key)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use serde_json::{Value, json};

    use super::super::media::Media;
    use super::{action, send};
    use crate::cli::gateway::GatewayCommand;
    use crate::cli::message::{MessageCommand, SendArgs};
    use crate::cli::parse::{Parsed, parse};
    use crate::cli::{Cli, Command};

    fn args(line: &str) -> SendArgs {
        let words = std::iter::once("openclaw").chain(line.split(' '));
        let Ok(Parsed::Run(cli)) = parse(words.map(OsString::from)) else {
            panic!("a command: {line}")
        };
        let Cli { command, .. } = *cli;
        match command {
            Command::Message(MessageCommand::Send(args))
            | Command::Gateway(GatewayCommand::Send(args)) => *args,
            other => panic!("{other:?}"),
        }
    }

    fn sent(line: &str) -> Value {
        let args = args(line);
        let media = Media::of(&args.media).unwrap();
        let params = send(&args, &media, "telegram".into(), "k".into());
        serde_json::to_value(params).unwrap()
    }

    #[test]
    fn every_option_has_its_member() {
        for (line, expected) in [
            (
                "message send -t 42 -m hi",
                json!({ "to": "42", "message": "hi", "channel": "telegram", "idempotencyKey": "k" }),
            ),
            (
                "gateway send --to 42 --message hi --account work",
                json!({ "to": "42", "message": "hi", "channel": "telegram", "accountId": "work", "idempotencyKey": "k" }),
            ),
            (
                "message send --target 42 --media https://e.org/a --gif-playback --silent \
                 --reply-to 7 --thread-id 8 --force-document",
                json!({
                    "to": "42", "mediaUrl": "https://e.org/a", "channel": "telegram",
                    "gifPlayback": true, "silent": true, "replyToId": "7", "threadId": "8",
                    "forceDocument": true, "idempotencyKey": "k",
                }),
            ),
            (
                "message send --target 42 --media https://e.org/a --media https://e.org/b",
                json!({ "to": "42", "mediaUrls": ["https://e.org/a", "https://e.org/b"], "channel": "telegram", "idempotencyKey": "k" }),
            ),
        ] {
            assert_eq!(sent(line), expected, "{line}");
        }
    }

    #[test]
    fn what_send_has_no_place_for_is_an_action() {
        let args = args("message send -t 42 -m hi --reply-to 7 --presentation {\"blocks\":[]}");
        let params = action(&args, &Media::None, "telegram".into(), "k".into());
        assert_eq!(
            serde_json::to_value(params).unwrap(),
            json!({
                "channel": "telegram", "action": "send",
                "params": { "to": "42", "message": "hi", "presentation": { "blocks": [] } },
                "reply": { "replyToId": "7", "source": "explicit" },
                "idempotencyKey": "k",
            })
        );
    }
}

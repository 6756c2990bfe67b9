//! `openclaw message`, whose `send` is `openclaw gateway send` as well

mod media;
mod poll;
mod request;
mod sent;

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::channels::status::{ChannelsStatus, ChannelsStatusParams};
use openclaw_protocol::methods::message::action::MessageAction;
use openclaw_protocol::methods::send::Send;
use serde_json::json;

use crate::app::App;
use crate::cli::message::{MessageCommand, SendArgs};
use crate::commands::operator::{Operator, key};
use crate::error::CliError;
use crate::render::field;
use crate::runtime;
use sent::Sent;

/// How long sending may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Does what was asked.
pub(crate) fn run(app: &App, command: &MessageCommand) -> Result<(), CliError> {
    match command {
        MessageCommand::Send(args) => {
            send(app, args).map_err(|error| error.labelled("message send failed"))
        }
        MessageCommand::Poll(args) => {
            poll::poll(app, args).map_err(|error| error.labelled("message poll failed"))
        }
    }
}

/// Sends one message.
pub(crate) fn send(app: &App, args: &SendArgs) -> Result<(), CliError> {
    let media = media::Media::of(&args.media)?;
    let says_something = |text: &String| !text.trim().is_empty();
    if !args.message.as_ref().is_some_and(says_something) && media.is_none() {
        return Err(
            CliError::usage("the message says nothing").hint("openclaw message send --help")
        );
    }
    let sent = Sent {
        action: "send",
        channel: args.channel.as_deref(),
        to: &args.target,
        payload: json!({ "message": args.message, "mediaUrl": media.url() }),
    };
    if args.dry_run {
        return sent.rehearse(app);
    }
    runtime::one_shot()?.block_on(async {
        let operator = Operator::open(app, &args.gateway, Send::NAME, LIMIT).await?;
        request::check(&operator, args, &media)?;
        let channel = match &args.channel {
            Some(channel) => channel.clone(),
            None => only_channel(&operator).await?,
        };
        let key = key(args.idempotency_key.as_ref());
        let result = if args.presentation.is_some() {
            let params = request::action(args, &media, channel.clone(), key);
            operator.call::<MessageAction>(&params).await?
        } else {
            let params = request::send(args, &media, channel.clone(), key);
            operator.call::<Send>(&params).await?
        };
        operator.close().await;
        sent.by(&channel).show(app, &result)
    })
}

/// The channel that is meant where none is named: there must be exactly one.
async fn only_channel(operator: &Operator) -> Result<String, CliError> {
    let answer = operator
        .call::<ChannelsStatus>(&ChannelsStatusParams::default())
        .await?;
    match field::texts(&answer, "channelOrder").as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(CliError::failure("the Gateway has no channel to send by")
            .hint("openclaw channels status")),
        several => Err(CliError::usage(format!(
            "the Gateway has several channels; choose one with --channel: {}",
            several.join(", ")
        ))),
    }
}

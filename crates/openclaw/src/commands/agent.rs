//! `openclaw agent`, which is `openclaw gateway agent` as well: one run, from what is said to the
//! reply.

mod abort;
mod defaults;
mod print;
mod reply;
mod request;

use std::time::Duration;

use openclaw_connect::{SessionEvent, Subscription};
use openclaw_protocol::methods::agent::Agent;
use openclaw_protocol::{Event as _, Method as _, events};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::agent::AgentArgs;
use crate::commands::operator::{Operator, key};
use crate::error::CliError;
use crate::runtime;
use defaults::Defaults;
use openclaw_daemon::signals::Stop;
use reply::Reply;

/// How long a run may take when nothing is said about it.
const RUN: Duration = Duration::from_secs(600);
/// How long the Gateway's answer may come after the run's deadline.
const MARGIN: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Runs an agent once and prints its reply.
pub(crate) fn run(app: &App, args: &AgentArgs) -> Result<(), CliError> {
    let message = request::message(args)?;
    runtime::one_shot()?
        .block_on(converse(app, args, message))
        .map_err(|error| error.labelled("agent failed"))
}

async fn converse(app: &App, args: &AgentArgs, message: String) -> Result<(), CliError> {
    let limit = args.target.timeout.unwrap_or(RUN);
    let mut target = args.target.clone();
    target.timeout = Some(limit.min(CONNECT));
    let operator = Operator::open(app, &target, Agent::NAME, CONNECT)
        .await?
        .with_timeout(limit.saturating_add(MARGIN));
    operator.needs_v4("--model", args.model.is_some())?;
    let defaults = Defaults::of(operator.client().remote().hello());
    let run = key(args.idempotency_key.as_ref());
    let params = request::params(args, message, run.clone(), limit, &defaults);

    // The end of the stream comes before the answer on the same connection.
    let names = [events::agent::Agent::NAME, events::chat::Chat::NAME];
    let session = operator.client().remote().session();
    let mut events = session.subscribe(Subscription::only(names));
    let mut stop = Stop::listen()
        .map_err(|error| CliError::failure(format!("signals not available: {error}")))?;
    let mut reply = Reply::new(run);
    let answer = {
        let mut call = std::pin::pin!(operator.call_final::<Agent>(&params));
        loop {
            tokio::select! {
                biased;
                _ = stop.wait() => {
                    let session = defaults.session(args, &reply);
                    return Err(abort::abort(&operator, &reply, session, &mut stop).await);
                }
                Some(event) = events.recv() => {
                    let SessionEvent::Event(event) = event else { continue };
                    if let Some(text) = reply.take(&event).filter(|_| args.stream) {
                        show(app, &text)?;
                    }
                }
                answer = &mut call => break answer,
            }
        }
    };
    let streamed = if args.stream { reply.shown() } else { "" };
    if !streamed.is_empty() && !app.out.is_json() {
        app.out.blank()?;
    }
    let answer = answer?;
    operator.close().await;
    finish(app, args, &answer, streamed)
}

/// A piece of the reply while it is written.
fn show(app: &App, text: &str) -> Result<(), CliError> {
    if app.out.is_json() {
        return app.out.json_line(&json!({ "type": "delta", "text": text }));
    }
    app.out.text(&crate::render::text::harmless(text))
}

fn finish(app: &App, args: &AgentArgs, answer: &Value, streamed: &str) -> Result<(), CliError> {
    match (app.out.is_json(), args.stream) {
        (true, true) => app
            .out
            .json_line(&json!({ "type": "final", "result": answer }))?,
        (true, false) => app.out.json(answer)?,
        (false, _) => {
            for line in print::lines(answer, streamed) {
                app.out.line(line)?;
            }
        }
    }
    print::outcome(answer)
}

//! Ctrl-C while an agent runs: the run is ended where it runs, not only forgotten here.

use std::time::Duration;

use openclaw_protocol::Generation;
use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::chat::abort::{ChatAbort, ChatAbortParams};
use openclaw_protocol::methods::sessions::abort::{SessionsAbort, SessionsAbortParams};
use tokio::time::timeout;

use super::reply::Reply;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::exit::Exit;
use crate::render::field;
use openclaw_daemon::signals::Stop;

/// How long the Gateway may take to end a run.
const ABORT: Duration = Duration::from_secs(5);

/// Ends the run, and says what became of it. A second Ctrl-C waits no longer.
pub(super) async fn abort(
    operator: &Operator,
    reply: &Reply,
    session: Option<SessionKey>,
    stop: &mut Stop,
) -> CliError {
    let answer = tokio::select! {
        answer = timeout(ABORT, ask(operator, reply, session)) => answer,
        _ = stop.wait() => return interrupted(reply, false, "nobody waited for the answer"),
    };
    match answer {
        Ok(Ok(true)) => interrupted(reply, true, ""),
        Ok(Ok(false)) => interrupted(reply, false, "the Gateway knows no such run to abort"),
        Ok(Err(error)) => interrupted(reply, false, error.message()),
        Err(_) => interrupted(reply, false, "the Gateway did not answer in time"),
    }
}

/// Whether the Gateway ended the run. Protocol 3 must be told its session.
async fn ask(
    operator: &Operator,
    reply: &Reply,
    session: Option<SessionKey>,
) -> Result<bool, CliError> {
    let run = Some(reply.run().into());
    if operator.generation() >= Generation::V4 {
        let params = SessionsAbortParams {
            key: session,
            run_id: run,
            ..SessionsAbortParams::default()
        };
        let answer = operator.call::<SessionsAbort>(&params).await?;
        return Ok(field::text(&answer, "status") == Some("aborted"));
    }
    let Some(session) = session else {
        return Err(CliError::failure("its session is not known here"));
    };
    let params = ChatAbortParams {
        run_id: run,
        ..ChatAbortParams::new(session)
    };
    let answer = operator.call::<ChatAbort>(&params).await?;
    Ok(field::flag(&answer, "aborted"))
}

fn interrupted(reply: &Reply, aborted: bool, why: &str) -> CliError {
    let message = if aborted {
        format!("interrupted: run {} was aborted", reply.run())
    } else {
        format!(
            "interrupted: run {} was not aborted and may go on ({why})",
            reply.run()
        )
    };
    CliError::failure(message)
        .exit_with(Exit::Interrupted)
        .kind("interrupted")
        .field("runId", reply.run())
        .field("aborted", aborted)
}

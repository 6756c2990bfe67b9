//! The connections of a server.

use std::io;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::call::{CONFLICT, Call, Fault, Reply};
use super::http::{Request, answer, gone, request};
use super::state::Shared;
use super::{form, methods};

/// The longest wait of `getUpdates`.
const MAX_WAIT: i64 = 50;

/// Serves one connection until it ends.
pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let hang_up = shared.see(|state| state.hang_up.clone());
    loop {
        let asked = tokio::select! {
            () = hang_up.cancelled() => return Ok(()),
            asked = request(&mut stream) => asked?,
        };
        let Some(asked) = asked else { return Ok(()) };
        let goes_on = tokio::select! {
            () = hang_up.cancelled() => return Ok(()),
            goes_on = one(&mut stream, shared, &asked) => goes_on?,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// Serves one request; says whether the connection goes on.
async fn one(stream: &mut TcpStream, shared: &Shared, asked: &Request) -> io::Result<bool> {
    let path = asked.target.split('?').next().unwrap_or_default();
    if let Some(path) = path.strip_prefix("/file/bot") {
        return download(stream, shared, path).await;
    }
    let Some((token, method)) = path
        .strip_prefix("/bot")
        .and_then(|rest| rest.split_once('/'))
    else {
        return say(stream, &Reply::no(404, "Not Found")).await;
    };
    if token != shared.token {
        return say(stream, &Reply::no(401, "Unauthorized")).await;
    }
    let (params, files) = form::params(asked);
    let (number, fault) = shared.change(|state| state.begin(method, params, files));
    let does = matches!(fault, None | Some(Fault::DropAfter | Fault::StallAfter));
    let reply = match &fault {
        _ if does => {
            let reply = perform(stream, shared, number, fault.is_some()).await;
            let Some(reply) = reply else { return Ok(false) };
            reply
        }
        Some(Fault::Refuse {
            status,
            description,
            retry_after,
            moved_to,
        }) => Reply::refused(*status, description, *retry_after, *moved_to),
        Some(Fault::Raw { status, body }) => {
            finish(shared, number, *status, false);
            answer(stream, *status, "text/html", &[], body.as_bytes()).await?;
            return Ok(true);
        }
        Some(Fault::Redirect(to)) => {
            finish(shared, number, 307, false);
            answer(stream, 307, "text/plain", &[("location", to.clone())], b"").await?;
            return Ok(true);
        }
        Some(Fault::Stall) => {
            gone(stream).await;
            return Ok(false);
        }
        Some(Fault::Drop | Fault::DropAfter | Fault::StallAfter) | None => return Ok(false),
    };
    match fault {
        Some(Fault::DropAfter) => return Ok(false),
        Some(Fault::StallAfter) => {
            gone(stream).await;
            return Ok(false);
        }
        _ => {}
    }
    finish(shared, number, reply.status, does && reply.status == 200);
    say(stream, &reply).await
}

fn finish(shared: &Shared, number: usize, status: u16, is_done: bool) {
    shared.change(|state| {
        if let Some(call) = state.calls.get_mut(number) {
            call.status = Some(status);
            call.is_done |= is_done;
        }
    });
}

/// Does what a call asks for. None: the client has gone.
async fn perform(
    stream: &mut TcpStream,
    shared: &Shared,
    number: usize,
    gets_lost: bool,
) -> Option<Reply> {
    let call = shared.see(|state| state.calls.get(number).cloned())?;
    if call.method == "getUpdates" {
        let reply = tokio::select! {
            reply = updates(shared, &call, gets_lost) => reply,
            () = gone(stream) => return None,
        };
        let is_done = reply.status == 200;
        shared.change(|state| {
            if let Some(call) = state.calls.get_mut(number) {
                call.is_done = is_done;
            }
        });
        return Some(reply);
    }
    let bot = super::id_of(&shared.token);
    Some(shared.change(|state| {
        let reply = methods::perform(state, &call, bot);
        if let Some(call) = state.calls.get_mut(number) {
            call.is_done = reply.status == 200;
        }
        reply
    }))
}

/// Waits for updates, as the real server does: it forgets those before `offset`, and of two who
/// wait the later one wins. An answer that gets lost has something in it.
async fn updates(shared: &Shared, call: &Call, gets_lost: bool) -> Reply {
    let offset = call.number("offset").unwrap_or(0);
    let limit = call.number("limit").unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let wait = call.number("timeout").unwrap_or(0).clamp(0, MAX_WAIT);
    let until = Instant::now() + Duration::from_secs(wait.unsigned_abs());
    let poll = shared.change(|state| {
        methods::remember_kinds(state, call);
        if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            while state.updates.len() > keep {
                state.updates.pop_first();
            }
        } else {
            state.updates.retain(|number, _| *number >= offset);
        }
        state.polls += 1;
        state.polls
    });
    let ready = shared.until(|state| {
        if state.hook.is_some() {
            return Some(Reply::no(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook \
                 to delete the webhook first",
            ));
        }
        if state.polls != poll {
            return Some(Reply::no(409, CONFLICT));
        }
        let found: Vec<_> = state.updates.values().take(limit).cloned().collect();
        (!found.is_empty()).then(|| Reply::ok(&json!(found)))
    });
    tokio::select! {
        biased;
        reply = ready => reply,
        () = tokio::time::sleep_until(until), if !gets_lost => Reply::ok(&json!([])),
    }
}

async fn say(stream: &mut TcpStream, reply: &Reply) -> io::Result<bool> {
    let wait = reply.body["parameters"]["retry_after"].as_u64();
    let headers: Vec<(&str, String)> = wait
        .map(|seconds| ("retry-after", seconds.to_string()))
        .into_iter()
        .collect();
    let body = reply.body.to_string();
    answer(
        stream,
        reply.status,
        "application/json",
        &headers,
        body.as_bytes(),
    )
    .await?;
    Ok(true)
}

/// The bytes of a file.
async fn download(stream: &mut TcpStream, shared: &Shared, path: &str) -> io::Result<bool> {
    let found = path.split_once('/').and_then(|(token, path)| {
        let file = shared.see(|state| {
            let mut files = state.files.values();
            files.find(|file| file.path == path).cloned()
        });
        file.filter(|_| token == shared.token)
    });
    let fault = shared.change(|state| {
        let params = [(
            "path".to_owned(),
            json!(path.split_once('/').map(|(_, path)| path)),
        )];
        state
            .begin("download", params.into_iter().collect(), Vec::new())
            .1
    });
    match (fault, found) {
        (Some(Fault::Refuse { status, .. } | Fault::Raw { status, .. }), _) => {
            answer(stream, status, "text/plain", &[], b"").await?;
        }
        (Some(_), _) => return Ok(false),
        (None, Some(file)) => {
            answer(stream, 200, "application/octet-stream", &[], &file.bytes).await?;
        }
        (None, None) => return say(stream, &Reply::no(404, "Not Found")).await,
    }
    Ok(true)
}

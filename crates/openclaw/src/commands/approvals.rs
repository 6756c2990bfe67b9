//! `openclaw approvals`: what may run without asking, on this machine, the Gateway or a node; and
//! the commands that wait for somebody's permission.

mod allowlist;
mod escape;
mod pending;
mod place;
mod show;

use std::io::Read as _;

use serde_json::Value;

use crate::app::App;
use crate::cli::approvals::{
    AllowlistArgs, AllowlistCommand, ApprovalsCommand, ApprovalsGetArgs, ApprovalsSetArgs,
};
use crate::error::CliError;
use crate::runtime;
use place::Place;

/// The largest file that is read.
const LARGEST: u64 = 1024 * 1024;

/// How often a change is made anew because somebody else changed the file meanwhile.
const TRIES: u32 = 3;

/// Does what was asked.
pub(crate) fn run(app: &App, command: ApprovalsCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        ApprovalsCommand::Get(args) => runtime
            .block_on(get(app, &args))
            .map_err(|error| error.labelled("approvals get failed")),
        ApprovalsCommand::Set(args) => read(&args)
            .and_then(|file| runtime.block_on(set(app, &args, file)))
            .map_err(|error| error.labelled("approvals set failed")),
        ApprovalsCommand::Allowlist(AllowlistCommand::Add(args)) => runtime
            .block_on(change(app, &args, true))
            .map_err(|error| error.labelled("approvals allowlist add failed")),
        ApprovalsCommand::Allowlist(AllowlistCommand::Remove(args)) => runtime
            .block_on(change(app, &args, false))
            .map_err(|error| error.labelled("approvals allowlist remove failed")),
        ApprovalsCommand::Pending(args) => runtime
            .block_on(pending::pending(app, &args))
            .map_err(|error| error.labelled("approvals pending failed")),
        ApprovalsCommand::Show(args) => runtime
            .block_on(pending::show(app, &args))
            .map_err(|error| error.labelled("approvals show failed")),
        ApprovalsCommand::Resolve(args) => runtime
            .block_on(pending::resolve(app, &args))
            .map_err(|error| error.labelled("approvals resolve failed")),
    }
}

async fn get(app: &App, args: &ApprovalsGetArgs) -> Result<(), CliError> {
    let place = Place::open(app, &args.whose).await?;
    let snapshot = place.get().await?;
    let name = place.close().await;
    show::show(app, &name, &snapshot)
}

async fn set(app: &App, args: &ApprovalsSetArgs, file: Value) -> Result<(), CliError> {
    let place = Place::open(app, &args.whose).await?;
    let snapshot = place.get().await?;
    let snapshot = place.set(file, place::hash(&snapshot)).await?;
    let name = place.close().await;
    show::show(app, &name, &snapshot)
}

/// Adds to a list or takes off it; what others wrote meanwhile stays.
async fn change(app: &App, args: &AllowlistArgs, add: bool) -> Result<(), CliError> {
    let place = Place::open(app, &args.whose).await?;
    let mut tries = 0;
    let snapshot = loop {
        tries += 1;
        let snapshot = place.get().await?;
        let mut file = place::file(&snapshot)?;
        let changed = if add {
            allowlist::add(&mut file, &args.agent, &args.pattern)
        } else {
            allowlist::remove(&mut file, &args.agent, &args.pattern)
        };
        if !changed && !add {
            return Err(CliError::failure(format!(
                "`{}` is not on the list of agent {}",
                args.pattern, args.agent
            ))
            .hint("openclaw approvals get"));
        }
        if !changed {
            app.out
                .note(format!("`{}` was on the list already", args.pattern));
            break snapshot;
        }
        match place.set(file, place::hash(&snapshot)).await {
            Err(error) if tries < TRIES && place::is_stale(&error) => {}
            result => break result?,
        }
    };
    let name = place.close().await;
    show::show(app, &name, &snapshot)
}

/// The file that is to hold.
fn read(args: &ApprovalsSetArgs) -> Result<Value, CliError> {
    let mut text = String::new();
    let (from, read) = match &args.file {
        Some(file) => (
            file.display().to_string(),
            std::fs::File::open(file)
                .and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)),
        ),
        None => (
            "standard input".to_owned(),
            std::io::stdin().take(LARGEST + 1).read_to_string(&mut text),
        ),
    };
    let refused = |why: String| CliError::failure(format!("approvals not read from {from}: {why}"));
    match read {
        Err(error) => return Err(refused(error.to_string())),
        Ok(bytes) if bytes as u64 > LARGEST => {
            return Err(refused(format!("more than {LARGEST} bytes")));
        }
        Ok(_) => {}
    }
    let file: Value =
        serde_json::from_str(&text).map_err(|error| refused(format!("no JSON: {error}")))?;
    if !file.is_object() {
        return Err(refused("no JSON object".to_owned()));
    }
    Ok(file)
}

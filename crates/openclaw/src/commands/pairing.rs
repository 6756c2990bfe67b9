//! `openclaw pairing`: people who wrote to a channel for the first time.
//!
//! The newest original shows such requests without their codes and approves them by id; a Gateway
//! that tells the codes lets them be approved by what the sender was given.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::cli::pairing::{PairingApproveArgs, PairingCommand, PairingListArgs};
use crate::commands::operator::{Operator, is_not_served};
use crate::error::CliError;
use crate::render::field::{self, text};
use crate::render::table::Table;
use crate::runtime;

/// Who waits.
const LIST: &str = "channels.pairing.list";
/// Lets one in.
const APPROVE: &str = "channels.pairing.approve";
/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Does what was asked.
pub(crate) fn run(app: &App, command: &PairingCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        PairingCommand::List(args) => runtime
            .block_on(list(app, args))
            .map_err(|error| error.labelled("pairing list failed")),
        PairingCommand::Approve(args) => runtime
            .block_on(approve(app, args))
            .map_err(|error| error.labelled("pairing approve failed")),
    }
}

async fn list(app: &App, args: &PairingListArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, LIST, LIMIT).await?;
    let answer = waiting(&operator, args.channel(), args.account.as_deref()).await?;
    operator.close().await;
    let requests = field::list(&answer, "requests");
    if app.out.is_json() {
        return app
            .out
            .json(&json!({ "channel": args.channel(), "requests": requests }));
    }
    if requests.is_empty() {
        let of = args
            .channel()
            .map_or(String::new(), |name| format!(" {name}"));
        return app.out.line(format!("No pending{of} pairing requests."));
    }
    app.out
        .title(&format!("Pairing requests ({})", requests.len()))?;
    app.out.table(&table(requests))
}

async fn approve(app: &App, args: &PairingApproveArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, APPROVE, LIMIT).await?;
    let account = args.account.as_deref();
    let answer = waiting(&operator, args.channel(), account).await?;
    let request = select(field::list(&answer, "requests"), args.code())?;
    let own = |key: &str| text(request, key).unwrap_or_default();
    let mut params = json!({
        "channel": own("channel"),
        "accountId": own("accountId"),
        "requestId": own("requestId"),
    });
    if args.notify {
        params["notify"] = json!(true);
    }
    let result = operator.call_named(APPROVE, &params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&result);
    }
    let sender = text(&result, "senderId").unwrap_or(own("senderId"));
    app.out
        .line(format!("Approved {} sender {sender}.", own("channel")))?;
    match text(&result, "notification").filter(|_| args.notify) {
        Some("sent") => app.out.line("The sender was told."),
        Some(other) => app.out.line(format!("The sender was not told: {other}.")),
        None => Ok(()),
    }
}

async fn waiting(
    operator: &Operator,
    channel: Option<&str>,
    account: Option<&str>,
) -> Result<Value, CliError> {
    let mut params = Map::new();
    for (name, value) in [("channel", channel), ("accountId", account)] {
        if let Some(value) = value {
            params.insert(name.to_owned(), json!(value));
        }
    }
    operator.call_named(LIST, &params).await.map_err(|error| {
        if is_not_served(&error) {
            // Gateways of protocol 3 keep requests in files that only their own program reads.
            return error.hint(
                "on the Gateway's own machine, with its own program: openclaw pairing approve \
                 CHANNEL CODE",
            );
        }
        error
    })
}

/// The request that is meant. Codes are compared without case.
fn select<'a>(requests: &'a [Value], wanted: &str) -> Result<&'a Value, CliError> {
    let wanted = wanted.trim();
    let is_meant = |request: &&Value| {
        text(request, "requestId") == Some(wanted)
            || text(request, "code").is_some_and(|code| code.eq_ignore_ascii_case(wanted))
    };
    let found: Vec<&Value> = requests.iter().filter(is_meant).collect();
    match found.as_slice() {
        [request] => Ok(request),
        [] => Err(unknown(requests, wanted)),
        _ => Err(CliError::usage(format!(
            "several channels or accounts have a pairing request {wanted}: name one with --channel \
             and --account"
        ))
        .hint("openclaw pairing list")),
    }
}

fn unknown(requests: &[Value], wanted: &str) -> CliError {
    let no_codes = !requests.is_empty() && requests.iter().all(|one| text(one, "code").is_none());
    let why = if no_codes {
        ". This Gateway does not tell codes: name the request by its id, after you compared the \
         sender"
    } else {
        ""
    };
    CliError::failure(format!(
        "No pending pairing request found for code \"{wanted}\"{why}"
    ))
    .kind("pairing_request_unknown")
    .hint("openclaw pairing list")
}

fn table(requests: &[Value]) -> Table {
    let mut table = Table::new(&[
        "Code",
        "Request",
        "Channel",
        "Account",
        "Sender",
        "Name",
        "Requested",
    ]);
    for request in requests {
        let own = |key: &str| text(request, key).unwrap_or_default().to_owned();
        table.row([
            own("code"),
            own("requestId"),
            own("channel"),
            own("accountId"),
            own("senderId"),
            own("senderLabel"),
            own("createdAt"),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::select;

    fn requests() -> Vec<Value> {
        vec![
            json!({ "requestId": "r1", "code": "Y3VFS96E", "channel": "telegram", "accountId": "default" }),
            json!({ "requestId": "r2", "code": "ABCDEFGH", "channel": "telegram", "accountId": "work" }),
            json!({ "requestId": "r3", "code": "ABCDEFGH", "channel": "signal", "accountId": "default" }),
        ]
    }

    #[test]
    fn a_code_or_an_id_names_a_request() {
        let requests = requests();
        for (wanted, id) in [("Y3VFS96E", "r1"), ("y3vfs96e ", "r1"), ("r2", "r2")] {
            assert_eq!(
                select(&requests, wanted).unwrap()["requestId"],
                id,
                "{wanted}"
            );
        }
    }

    #[test]
    fn nothing_is_approved_that_is_not_named() {
        let requests = requests();
        for (wanted, part) in [
            ("R1", "No pending pairing request found for code \"R1\""),
            ("", "No pending"),
            ("ABCDEFGH", "several channels or accounts"),
        ] {
            let error = select(&requests, wanted).unwrap_err();
            assert!(error.message().starts_with(part), "{wanted}: {error}");
        }
        let silent = [json!({ "requestId": "r1" })];
        let error = select(&silent, "Y3VFS96E").unwrap_err();
        assert!(error.message().contains("does not tell codes"), "{error}");
        assert!(select(&[], "x").is_err());
    }
}

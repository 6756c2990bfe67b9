//! `openclaw devices approve|reject|remove`

use openclaw_protocol::Method as _;
use openclaw_protocol::close;
use openclaw_protocol::methods::device::pair::approve::DevicePairApprove;
use openclaw_protocol::methods::device::pair::reject::DevicePairReject;
use openclaw_protocol::methods::device::pair::remove::DevicePairRemove;
use serde_json::{Value, json};

use super::desk::Desk;
use super::list::{name_of, roles};
use super::tokens::device_id;
use crate::app::App;
use crate::cli::devices::{DevicesApproveArgs, DevicesRemoveArgs, DevicesRequestArgs};
use crate::error::CliError;
use crate::render::field::{self, number, text};

/// Lets a device in: the one that is named, or with `--latest` the one that asked last.
pub(crate) async fn approve(app: &App, args: &DevicesApproveArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, DevicePairApprove::NAME).await?;
    let id = match &args.request {
        Some(id) => id.clone(),
        None => {
            let answer = desk.devices().await?;
            latest(field::list(&answer, "pending"), args.latest)?
        }
    };
    let result = desk.approve(&id).await;
    let result = result.map_err(|error| unknown_request(error, &id))?;
    desk.close().await?;
    if app.out.is_json() {
        return app.out.json(&result);
    }
    app.out
        .line(format!("Approved {}", device_of(&result, &id)))
}

/// The newest request; without `--latest` it is shown and not approved.
fn latest(pending: &[Value], approve: bool) -> Result<String, CliError> {
    let newest = pending.iter().max_by_key(|request| number(request, "ts"));
    let Some((request, id)) =
        newest.and_then(|request| Some((request, text(request, "requestId")?)))
    else {
        return Err(CliError::failure(
            "No pending device pairing requests to approve",
        ));
    };
    if approve {
        return Ok(id.to_owned());
    }
    Err(CliError::failure(format!(
        "nothing approved: name the request; the newest is {id} of {} ({})",
        name_of(request),
        roles(request),
    ))
    .field("requestId", id)
    .hint(format!("openclaw devices approve {id}")))
}

/// Turns a request down.
pub(crate) async fn reject(app: &App, args: &DevicesRequestArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, DevicePairReject::NAME).await?;
    let result = desk.reject(&args.request).await;
    let result = result.map_err(|error| unknown_request(error, &args.request))?;
    desk.close().await?;
    if app.out.is_json() {
        return app.out.json(&result);
    }
    app.out
        .line(format!("Rejected {}", device_of(&result, &args.request)))
}

/// Forgets a device.
pub(crate) async fn remove(app: &App, args: &DevicesRemoveArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, DevicePairRemove::NAME).await?;
    let device_id = device_id(&desk, &args.device).await?;
    let removed = device_id.to_string();
    let result = match desk.remove(&removed).await {
        // Whoever removes the very device that it speaks with may be cut off before the answer.
        Err(error) if is_our_end(&error) => json!({ "deviceId": removed }),
        result => result?,
    };
    desk.close().await?;
    if app.out.is_json() {
        return app.out.json(&result);
    }
    app.out.line(format!("Removed {removed}"))
}

/// Whether the connection ended because its device was removed.
fn is_our_end(error: &CliError) -> bool {
    error.get("code") == Some(&json!(close::REVOKED)) && error.brief() == "device removed"
}

fn unknown_request(error: CliError, id: &str) -> CliError {
    if error.message() != "unknown requestId" {
        return error;
    }
    error
        .saying(format!(
            "No pending device request matches {id}. Run openclaw devices list and retry with the \
             current request ID."
        ))
        .hint("openclaw devices list")
}

/// The device in the answer of either release.
fn device_of<'a>(result: &'a Value, fallback: &'a str) -> &'a str {
    text(result, "deviceId")
        .or_else(|| text(result.get("device")?, "deviceId"))
        .unwrap_or(fallback)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::latest;

    #[test]
    fn the_newest_request_is_meant_and_only_approved_when_asked() {
        let pending = [
            json!({ "requestId": "old", "ts": 1, "clientId": "cli", "role": "operator" }),
            json!({ "requestId": "new", "ts": 2, "clientId": "cli", "role": "operator" }),
        ];
        assert_eq!(latest(&pending, true).unwrap(), "new");
        let error = latest(&pending, false).unwrap_err();
        assert_eq!(
            error.message(),
            "nothing approved: name the request; the newest is new of cli (operator)"
        );
        assert_eq!(error.hints(), ["openclaw devices approve new"]);
        assert_eq!(
            latest(&[], true).unwrap_err().message(),
            "No pending device pairing requests to approve"
        );
    }
}

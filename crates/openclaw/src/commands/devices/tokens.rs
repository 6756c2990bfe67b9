//! `openclaw devices rotate|revoke`

use openclaw_protocol::id::DeviceId;
use openclaw_protocol::methods::device::token::revoke::{
    DeviceTokenRevoke, DeviceTokenRevokeParams,
};
use openclaw_protocol::methods::device::token::rotate::{
    DeviceTokenRotate, DeviceTokenRotateParams,
};
use openclaw_protocol::{Method as _, Role, Scope};

use super::desk::Desk;
use crate::app::App;
use crate::cli::devices::{DevicesRoleArgs, DevicesRotateArgs};
use crate::commands::select::{DEVICE, select};
use crate::error::CliError;
use crate::render::field;

/// Gives a device a new token. Its value is printed here and nowhere else, as JSON.
pub(crate) async fn rotate(app: &App, args: &DevicesRotateArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.of.target, DeviceTokenRotate::NAME).await?;
    let device_id = device_id(&desk, &args.of.device).await?;
    let scopes: Vec<Scope> = args
        .scopes
        .iter()
        .map(|scope| Scope::from(scope.as_str()))
        .collect();
    let params = DeviceTokenRotateParams {
        scopes: (!scopes.is_empty()).then_some(scopes),
        ..DeviceTokenRotateParams::new(device_id, Role::from(args.of.role.as_str()))
    };
    let result = desk.rotate(&params).await?;
    desk.close().await?;
    app.out.json(&result)
}

/// Ends a device's token.
pub(crate) async fn revoke(app: &App, args: &DevicesRoleArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, DeviceTokenRevoke::NAME).await?;
    let device_id = device_id(&desk, &args.device).await?;
    let params = DeviceTokenRevokeParams {
        device_id,
        role: Role::from(args.role.as_str()),
    };
    let result = desk.revoke(&params).await?;
    desk.close().await?;
    app.out.json(&result)
}

/// The device that is meant: a whole id, or what finds one among the paired devices.
pub(super) async fn device_id(desk: &Desk, wanted: &str) -> Result<DeviceId, CliError> {
    if let Some(id) = DeviceId::parse(wanted) {
        return Ok(id);
    }
    let answer = desk.devices().await?;
    let id = select(DEVICE, field::list(&answer, "paired"), wanted)?;
    DeviceId::parse(id).ok_or_else(|| {
        CliError::failure(format!("the gateway knows `{id}`, which is no device id"))
    })
}

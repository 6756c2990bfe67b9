//! `device.*`: paired devices, waiting requests, device tokens, setup codes.

mod pair;
mod setup;
mod token;

use openclaw_policy::pairing::PairingDenied;
use openclaw_protocol::events::device::pair::changed::DevicePairChanged;
use openclaw_store::StoreError;

use crate::context::Ctx;
use crate::devices::desk::{Actor, DeskError};
use crate::fault::Fault;
use crate::router::Router;
use crate::state::hub::publish;

pub(super) use pair::told;

pub(super) fn register(router: &mut Router) {
    pair::register(router);
    setup::register(router);
    token::register(router);
}

/// The caller of a method, for whom something is decided.
pub(super) fn actor(ctx: &Ctx) -> Actor<'_> {
    let conn = ctx.conn();
    Actor {
        caller: &conn.caller,
        device: conn.device.as_ref(),
    }
}

/// Tells operators that the list of devices is another one now.
pub(super) fn announce_change(ctx: &Ctx) {
    publish::<DevicePairChanged>(&*ctx.core().bus, &Default::default(), None);
}

/// The store did not do it: the caller learns that nothing changed, or what is not there.
pub(super) fn broken(error: StoreError) -> Fault {
    refused(DeskError::from(error))
}

/// What the caller is told about a decision that was not made.
pub(super) fn refused(error: DeskError) -> Fault {
    match error {
        DeskError::UnknownRequest
        | DeskError::UnknownDevice
        | DeskError::UnknownNode
        | DeskError::UnknownToken => Fault::invalid(error.to_string()),
        DeskError::Denied(PairingDenied::MissingScope(scope)) => {
            Fault::invalid(format!("missing scope: {scope}"))
        }
        DeskError::Denied(denied) => {
            Fault::invalid(format!("device pairing approval denied: {denied}"))
        }
        DeskError::Store(error) => {
            Fault::internal("gateway state unavailable; nothing was changed", error)
        }
    }
}

/// The same, where the caller is not told why: neither that a device exists nor what it holds.
fn refused_as(error: DeskError, text: &str) -> Fault {
    match error {
        DeskError::Store(error) => broken(error),
        DeskError::UnknownRequest
        | DeskError::UnknownDevice
        | DeskError::UnknownNode
        | DeskError::UnknownToken
        | DeskError::Denied(_) => Fault::invalid(text),
    }
}

//! Errors of the SSH tunnel: what `ssh` said, whole, and what mends it.

use openclaw_ssh_tunnel::{FailureClass, TunnelError};
use serde_json::json;

use super::{Description, ErrorType};
use crate::RemoteError;
use crate::tunnel::failure_kind;

/// No tunnel, or nobody who answers through it.
pub(super) fn failed(error: &RemoteError, why: &TunnelError) -> Description {
    let mut description = Description::new(ErrorType::SshTunnel, why.to_string());
    let mut details = json!({
        "reason": failure_kind(why),
        "retryable": why.class() == FailureClass::Retry,
    });
    let said = match why {
        TunnelError::Ssh(failure) => {
            details["target"] = failure.target.to_string().into();
            details["remotePort"] = failure.remote_port.into();
            if let Some(exit) = &failure.exit {
                details["exit"] = exit.as_str().into();
            }
            Some(&failure.stderr)
        }
        TunnelError::NotReady { target, stderr, .. } => {
            details["target"] = target.to_string().into();
            Some(stderr)
        }
        _ => None,
    };
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        details["stderr"] = said.as_str().into();
    }
    description.details = Some(details);
    description.remedies.extend(why.hint());
    description.remedies.extend(where_it_is_named(why));
    description.gateway = Some((*error.info).clone());
    description
}

/// The option, variable or key of what a tunnel is opened with.
fn where_it_is_named(why: &TunnelError) -> Option<String> {
    let place = match why {
        TunnelError::SshMissing { .. } | TunnelError::SshUnusable { .. } => {
            "OPENCLAW_SSH_PROGRAM names another one, by its absolute path."
        }
        TunnelError::Identity { .. } => {
            "It is named by --ssh-identity, else by gateway.remote.sshIdentity."
        }
        TunnelError::OwnerDown { .. } | TunnelError::OwnerNotReady { .. } => {
            "`openclaw tunnel status` shows who keeps it and how it is."
        }
        TunnelError::Unverified { .. } => {
            "The remote port is --port, else gateway.remote.remotePort."
        }
        _ => return None,
    };
    Some(place.to_owned())
}

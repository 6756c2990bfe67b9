//! Why a Gateway does not start, with the code and what mends it.

use std::io;

use openclaw_config::LockError;
use openclaw_gateway_server::ServeError;
use openclaw_gateway_server::from_config::PlanRefused;
use openclaw_policy::exposure::Remedy;
use serde_json::json;

use super::{port_owner, tls};
use crate::error::CliError;
use crate::exit::Exit;

/// A start that the configuration forbids.
pub(super) fn plan(refusal: &PlanRefused) -> CliError {
    let error = CliError::config(refusal.to_string()).kind("gateway_start_refused");
    let exposure = match refusal {
        PlanRefused::Exposure(exposure) => exposure,
        PlanRefused::AmbiguousAuth => {
            return coded(error, refusal, "ambiguous_auth")
                .hint("openclaw config set gateway.auth.mode token")
                .hint("or openclaw config set gateway.auth.mode password");
        }
        PlanRefused::TrustedProxyUnconfigured => {
            return coded(error, refusal, "trusted_proxy_unconfigured")
                .hint("openclaw config set gateway.auth.trustedProxy.userHeader '<the header>'");
        }
        PlanRefused::TrustedProxyWithToken => {
            return coded(error, refusal, "trusted_proxy_with_token")
                .hint("openclaw config unset gateway.auth.token");
        }
        _ => return error,
    };
    // Each alone is enough; the first is the usual one.
    let remedies = exposure.remedy();
    let named: Vec<String> = remedies.iter().map(ToString::to_string).collect();
    let error = coded(error, refusal, exposure.code()).field("remedy", json!(named));
    remedies
        .iter()
        .enumerate()
        .fold(error, |error, (number, remedy)| {
            let or = if number == 0 { "" } else { "or " };
            error.hint(format!("{or}{}", as_commands(remedy)))
        })
}

/// The refusal with its stable name.
fn coded(error: CliError, refusal: &PlanRefused, code: &'static str) -> CliError {
    error
        .field("code", code)
        .telling(format!("{refusal}\nCode: {code}"))
}

/// `openclaw config set KEY VALUE`, once for each setting.
fn as_commands(remedy: &Remedy) -> String {
    let quoted = |value: &str| {
        if value.contains('<') {
            format!("\"{value}\"")
        } else {
            value.to_owned()
        }
    };
    let commands: Vec<String> = remedy
        .0
        .iter()
        .map(|setting| {
            format!(
                "openclaw config set {} {}",
                setting.key,
                quoted(setting.value)
            )
        })
        .collect();
    commands.join(" && ")
}

/// The state directory of another Gateway, or one that cannot be owned.
pub(super) fn lock(error: &LockError) -> CliError {
    let text = error.to_string();
    match error {
        LockError::Held { pid, .. } => CliError::failure(text)
            .exit_with(Exit::Config)
            .kind("gateway_already_running")
            .field("pid", json!(pid))
            .hint("openclaw gateway status")
            .hint("a second Gateway needs a state directory of its own: openclaw --profile NAME gateway run"),
        _ => CliError::failure(text)
            .kind("gateway_lock_failed")
            .hint("the state directory must be this user's: openclaw doctor"),
    }
}

/// A Gateway that does not come to listen.
pub(super) fn serve(error: ServeError) -> CliError {
    match error {
        ServeError::Bind { addr, source } if source.kind() == io::ErrorKind::AddrInUse => {
            port_owner::refusal(addr, &source)
        }
        ServeError::Tls(error) => tls::refused(&error),
        ServeError::Bind { ref source, .. } => {
            let refusal = CliError::failure(error.to_string()).kind("gateway_bind_failed");
            match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    refusal.hint("ports below 1024 need rights: openclaw gateway run --port 18789")
                }
                io::ErrorKind::AddrNotAvailable => refusal.hint(
                    "no interface has that address: openclaw config set gateway.bind loopback",
                ),
                _ => refusal.hint("openclaw gateway run --bind loopback --port 18789"),
            }
        }
        ServeError::Open(_) | ServeError::State(_) => CliError::failure(error.to_string())
            .kind("gateway_state_failed")
            .hint("openclaw doctor"),
        error => CliError::failure(error.to_string()),
    }
}

#[cfg(test)]
mod tests;

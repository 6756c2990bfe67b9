//! A Gateway that runs and refuses this operator: what exactly to do.

use openclaw_protocol::detail::DetailCode;
use serde_json::Value;

use crate::error::CliError;

/// The refusal with the ways out. `is_local`: the Gateway of this machine is meant, so that its
/// state is within reach once it does not run.
pub(crate) fn explained(error: CliError, is_local: bool) -> CliError {
    if !error.is_kind("gateway_request_error") {
        return error;
    }
    let detail = error
        .get("details")
        .and_then(|details| details.get("code"))
        .and_then(Value::as_str);
    let is_pairing = detail == Some(DetailCode::PairingRequired.as_str())
        || error.get("code").and_then(Value::as_str) == Some("NOT_PAIRED");
    let is_scope = error.message().starts_with("missing scope");
    let is_secret = error.message().starts_with("unauthorized");
    let error = match (is_pairing, is_scope, is_secret) {
        (false, false, false) => return error,
        (true, ..) if is_local => error.hint(
            "this command line is itself a device that waits: give it the Gateway's secret, as in \
             OPENCLAW_GATEWAY_TOKEN=TOKEN, and it acts without being paired",
        ),
        (true, ..) => error.hint(
            "run the command on the Gateway's own machine, or with an operator that is paired",
        ),
        (_, true, _) => error.hint(
            "use an operator with scope operator.pairing, or the Gateway's token on its own machine",
        ),
        (_, _, true) => error.hint(
            "openclaw auth explain shows which credential was sent, and what the Gateway demands",
        ),
    };
    if is_local {
        return error.hint(
            "or stop the Gateway: while none runs, `openclaw devices` acts on its state directly",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::explained;
    use crate::error::CliError;

    fn refusal(message: &str, code: &str) -> CliError {
        CliError::failure(message)
            .kind("gateway_request_error")
            .field("code", json!(code))
    }

    #[test]
    fn a_refusal_names_the_ways_out() {
        for (message, code, local, first) in [
            (
                "pairing required",
                "NOT_PAIRED",
                true,
                "this command line is itself",
            ),
            (
                "pairing required",
                "NOT_PAIRED",
                false,
                "run the command on the Gateway's own",
            ),
            (
                "missing scope: operator.pairing",
                "INVALID_REQUEST",
                true,
                "use an operator with",
            ),
            (
                "unauthorized: gateway token mismatch",
                "INVALID_REQUEST",
                false,
                "openclaw auth explain",
            ),
        ] {
            let error = explained(refusal(message, code), local);
            assert!(error.hints()[0].starts_with(first), "{:?}", error.hints());
            let offline = error
                .hints()
                .iter()
                .any(|hint| hint.contains("stop the Gateway"));
            assert_eq!(offline, local, "{message}");
        }
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        for error in [
            refusal("unknown requestId", "INVALID_REQUEST"),
            CliError::failure("missing scope: x"),
        ] {
            assert!(explained(error, true).hints().is_empty());
        }
    }
}

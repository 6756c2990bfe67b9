//! Whether this configuration is meant for a Gateway on this machine.

use openclaw_config::Loaded;
use openclaw_config::schema::GatewayMode;

use crate::error::CliError;

/// Refuses a configuration that does not say `gateway.mode: "local"`: a Gateway that starts by
/// accident beside the remote one has another state, and nobody notices.
pub(crate) fn check(loaded: &Loaded) -> Result<(), CliError> {
    let refusal = match (loaded.exists, loaded.config.gateway.mode) {
        (_, Some(GatewayMode::Local)) => return Ok(()),
        (false, _) => CliError::config(
            "Missing config. Set gateway.mode=local (or pass --allow-unconfigured).",
        ),
        (true, mode) => CliError::config(format!(
            "Gateway start blocked: set gateway.mode=local (current: {}) or pass --allow-unconfigured.",
            match mode {
                Some(GatewayMode::Remote) => "remote",
                Some(GatewayMode::Local) | None => "unset",
            },
        )),
    };
    Err(refusal
        .field("path", loaded.path.display().to_string())
        .hint("openclaw config set gateway.mode local"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::{Env, check_text};

    use super::check;
    use crate::exit::Exit;

    fn refusal(text: &str) -> Option<String> {
        let loaded = check_text(
            Path::new("/x/openclaw.json"),
            text.to_owned(),
            &Env::empty(),
        );
        let refusal = check(&loaded.unwrap()).err()?;
        assert_eq!(refusal.exit(), Exit::Config);
        Some(refusal.message().to_owned())
    }

    #[test]
    fn only_local_starts() {
        assert_eq!(refusal("{gateway: {mode: 'local'}}"), None);
        assert!(refusal("{}").unwrap().contains("(current: unset)"));
        assert!(
            refusal("{gateway: {mode: 'remote'}}")
                .unwrap()
                .contains("(current: remote)")
        );
    }
}

//! Gathers the facts that the audit looks at. Whatever cannot be read is a fact as well: nothing
//! here fails.

mod certificate;
pub(super) mod files;
mod gateway;
mod node;
mod outgoing;
mod pairing;
mod written;

use openclaw_config::Loaded;
use openclaw_config::schema::RedactSensitive;
use openclaw_policy::audit::AuditFacts;

use crate::app::App;
use crate::cli::security::SecurityAuditArgs;
use crate::clock;

/// The facts, but for what the running Gateway answers.
pub(crate) async fn facts(app: &App, args: &SecurityAuditArgs, loaded: &Loaded) -> AuditFacts {
    let now_ms = clock::now_ms();
    AuditFacts {
        now_ms,
        gateway: gateway::facts(args, loaded),
        dangerous_flags: written::dangerous_flags(loaded),
        plain_secrets: written::plain_secrets(&loaded.raw),
        redact_off: loaded.config.logging.redact_sensitive == RedactSensitive::Off,
        browser: written::browsers(loaded),
        certificate: certificate::facts(app, loaded),
        outgoing: outgoing::facts(app, loaded),
        exec: node::facts(app, loaded),
        pairing: pairing::facts(app, now_ms).await,
        files: files::facts(app, loaded),
        probe: None,
    }
}

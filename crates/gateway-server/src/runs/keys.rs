//! Names of sessions, as clients give them.

use openclaw_policy::session_key;
use openclaw_store::StoreError;
use serde_json::Value;

use super::DeliveryTarget;
use super::setup::Setup;
use crate::core::Core;

/// The key that is meant: aliases of the main session lead to it, keys without an agent belong
/// to the default one.
pub(crate) fn canonical_key(setup: &Setup, key: &str) -> String {
    session_key::canonical(&crate::conversations::rules(setup), key)
}

/// Where the last message of a session came from over a channel.
pub(crate) async fn last_target(
    core: &Core,
    key: &str,
) -> Result<Option<DeliveryTarget>, StoreError> {
    let Some(session) = core.home.session(key).await? else {
        return Ok(None);
    };
    let entry: Value = serde_json::from_str(session.entry.get()).unwrap_or_default();
    let context = &entry["deliveryContext"];
    let text = |name: &str| {
        let value = context.get(name)?;
        let text = value.as_str().map(str::to_owned);
        text.or_else(|| value.as_u64().map(|number| number.to_string()))
    };
    let (Some(channel), Some(to)) = (text("channel"), text("to")) else {
        return Ok(None);
    };
    if channel == "webchat" {
        return Ok(None);
    }
    Ok(Some(DeliveryTarget {
        channel,
        account: text("accountId").unwrap_or_else(|| "default".to_owned()),
        to,
        thread_id: text("threadId"),
        reply_to: None,
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use openclaw_agent::model::transport::{HttpClient, HttpOptions, Transport};

    use super::*;
    use crate::agents::AgentOptions;

    fn setup(is_global: bool) -> Setup {
        let transport: Arc<dyn Transport> = Arc::new(HttpClient::new(HttpOptions::default()));
        let options = AgentOptions {
            main_key: "home".to_owned(),
            is_global,
            ..AgentOptions::default()
        };
        Setup::new(options, &transport)
    }

    #[test]
    fn names_lead_to_keys() {
        let setup = setup(false);
        for (given, key) in [
            ("main", "agent:main:home"),
            ("home", "agent:main:home"),
            (" ", "agent:main:home"),
            ("agent:main:main", "agent:main:home"),
            ("Agent:Ann:Telegram:dm:1", "agent:ann:telegram:direct:1"),
            ("project", "agent:main:project"),
            ("cron:7", "cron:7"),
            ("global", "global"),
        ] {
            assert_eq!(canonical_key(&setup, given), key, "{given}");
        }
    }

    #[test]
    fn one_session_for_all_is_one() {
        assert_eq!(canonical_key(&setup(true), "main"), "global");
        assert_eq!(canonical_key(&setup(true), "agent:main:x"), "agent:main:x");
    }
}

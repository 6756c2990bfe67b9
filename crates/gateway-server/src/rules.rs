//! What may change while a Gateway runs.

use std::sync::Arc;

use openclaw_policy::AuthGate;
use openclaw_policy::browser_node::BrowserRule;
use openclaw_policy::ingress::ProxyRules;
use openclaw_policy::node_commands::NodeCommandRules;
use openclaw_policy::origin::OriginRules;
use openclaw_policy::rate::RateRules;

use crate::api::options::ApiOptions;
use crate::options::GatewayOptions;

/// The rules of one moment. A decision takes them once and keeps to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) auth: AuthGate,
    pub(crate) origins: OriginRules,
    pub(crate) proxies: ProxyRules,
    pub(crate) approve_local: bool,
    pub(crate) node_commands: NodeCommandRules,
    pub(crate) browser: BrowserRule,
    pub(crate) rate_limit: RateRules,
    pub(crate) api: Arc<ApiOptions>,
}

impl From<&GatewayOptions> for Rules {
    fn from(options: &GatewayOptions) -> Self {
        Self {
            auth: options.auth.clone(),
            origins: options.origins.clone(),
            proxies: options.proxies.clone(),
            approve_local: options.approve_local,
            node_commands: options.node_commands.clone(),
            browser: options.browser.clone(),
            rate_limit: options.rate_limit,
            api: Arc::new(options.api.clone()),
        }
    }
}

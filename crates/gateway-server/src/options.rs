//! What a Gateway is told when it is built.

use std::path::PathBuf;

use openclaw_policy::AuthGate;
use openclaw_policy::browser_node::BrowserRule;
use openclaw_policy::ingress::ProxyRules;
use openclaw_policy::node_commands::NodeCommandRules;
use openclaw_policy::origin::OriginRules;
use openclaw_policy::rate::RateRules;

use crate::agents::AgentOptions;
use crate::api::options::ApiOptions;
use crate::channels::options::ChannelOptions;
use crate::reach::Reach;
use crate::schedule::options::ScheduleOptions;

/// Everything that a Gateway needs to know, as final values.
///
/// `Default` is the safest Gateway there is: nobody may connect but programs on this host that
/// bring a device, nothing is exposed, nothing is kept on disk.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Product version, shown to clients.
    pub version: String,
    /// Build, shown to clients of protocol 4.
    pub build_id: String,
    /// Name of this host, shown to clients.
    pub host_name: String,
    /// Address of this host, shown in the presence list.
    pub host_ip: Option<String>,
    /// How clients prove themselves.
    pub auth: AuthGate,
    /// Browser origins that may connect besides this Gateway's own.
    pub origins: OriginRules,
    /// Proxies whose forwarding headers count.
    pub proxies: ProxyRules,
    /// Whether new devices on this host are approved without a person.
    pub approve_local: bool,
    /// Commands that nodes may offer beyond, or short of, their platform's list.
    pub node_commands: NodeCommandRules,
    /// Whose browser `browser.request` uses.
    pub browser: BrowserRule,
    /// How devices elsewhere reach it: setup codes name the way.
    pub reach: Reach,
    /// How many wrong guesses are one too many.
    pub rate_limit: RateRules,
    /// Unauthenticated connections at a time from one address.
    pub preauth_per_address: usize,
    /// The agents, and the models that they ask.
    pub agents: AgentOptions,
    /// Scheduled jobs, and agents that wake up by themselves.
    pub schedule: ScheduleOptions,
    /// HTTP endpoints for other programs.
    pub api: ApiOptions,
    /// Ways by which people talk to the agent.
    pub channels: ChannelOptions,
    /// The configuration file: its path is shown to admins, `config.get` reads it.
    pub config: Option<ConfigFile>,
    /// The state directory: shown to admins.
    pub state_dir: Option<PathBuf>,
    /// This Gateway's own device, for `gateway.identity.get`.
    pub identity: Option<GatewayIdentity>,
    /// The log file that `logs.tail` reads.
    pub log_file: Option<PathBuf>,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build_id: concat!(env!("CARGO_PKG_VERSION"), "-rust").to_owned(),
            host_name: crate::host::name(),
            host_ip: crate::host::address(),
            auth: AuthGate::open(),
            origins: OriginRules::default(),
            proxies: ProxyRules::none(),
            approve_local: true,
            node_commands: NodeCommandRules::default(),
            browser: BrowserRule::default(),
            reach: Reach::default(),
            rate_limit: RateRules::default(),
            preauth_per_address: openclaw_protocol::limits::PREAUTH_CONNECTIONS_PER_ADDRESS,
            agents: AgentOptions::default(),
            schedule: ScheduleOptions::default(),
            api: ApiOptions::default(),
            channels: ChannelOptions::default(),
            config: None,
            state_dir: None,
            identity: None,
            log_file: None,
        }
    }
}

/// The device that a Gateway is.
#[derive(Debug, Clone)]
pub struct GatewayIdentity {
    /// Its device id.
    pub device_id: openclaw_protocol::id::DeviceId,
    /// Its public key, unpadded base64url.
    pub public_key: String,
}

/// A configuration file, and the environment that it is read with.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    /// What `${NAME}` in it means.
    pub env: openclaw_config::Env,
}

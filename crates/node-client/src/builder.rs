//! Putting a node together.

#[cfg(any(feature = "ssh", feature = "testing"))]
mod elsewhere;
mod error;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use openclaw_connect::plan::client_info;
use openclaw_connect::{
    ConnectPlan, Connector, Credentials, DeviceTokens, Dialect, Endpoint, MemoryTokens, Trust,
};
use openclaw_identity::{DeviceIdentity, TokenStore};
use openclaw_protocol::Event;
use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::ClientInfo;
use openclaw_protocol::events::voicewake::changed::VoicewakeChanged;
use openclaw_protocol::methods::node::plugin_tools::update::NodePluginTool;
use openclaw_protocol::methods::node::skills::update::NodeSkill;
use openclaw_protocol::methods::voicewake::triggers::VoiceWakeTriggers;
use openclaw_tls_pin::PinSet;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use self::error::BuildError;
use crate::attempt::CredentialSource;
use crate::command::Command;
use crate::handler::{self, Handler};
use crate::listener::Listeners;
use crate::observer::Observers;
use crate::publish::Published;
use crate::{CommandLimits, InvokeContext, Node, NodeError, NodeState, Surface, clock, limits};

/// Describes a node: where its Gateway is, who it is, what it can do.
///
/// Needed are an identity ([`NodeBuilder::identity_dir`] or [`NodeBuilder::identity`]) and, on
/// most Gateways, a credential. Mistakes are reported by [`NodeBuilder::build`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct NodeBuilder {
    target: Result<Endpoint, BuildError>,
    trust: Option<Trust>,
    client: ClientInfo,
    identity: Identity,
    tokens: Option<Arc<dyn DeviceTokens>>,
    credentials: Credentials,
    source: Source,
    dialect: Dialect,
    commands: Vec<Command>,
    surface: Surface,
    published: Published,
    listeners: Listeners,
    observers: Observers,
    connector: Connector,
    approval_poll: Duration,
}

#[derive(Debug)]
enum Identity {
    None,
    Dir(PathBuf),
    Given(Arc<DeviceIdentity>),
}

/// Where credentials come from before every attempt, with a `Debug` that shows none.
#[derive(Default)]
struct Source(Option<CredentialSource>);

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Source" } else { "None" })
    }
}

impl NodeBuilder {
    /// A node of the Gateway at this address: `ws://host:18789` or `wss://host`.
    pub(crate) fn new(url: &str) -> Self {
        let endpoint = url.parse().map(|url| Endpoint::new(url, Trust::System));
        Self::of(endpoint.map_err(BuildError::from))
    }

    /// A node of a Gateway behind this endpoint, with all that one can say of it.
    pub(crate) fn for_endpoint(endpoint: Endpoint) -> Self {
        Self::of(Ok(endpoint))
    }

    fn of(target: Result<Endpoint, BuildError>) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            target,
            trust: None,
            client: client_info(ClientId::NodeHost, ClientMode::Node, version),
            identity: Identity::None,
            tokens: None,
            credentials: Credentials::none(),
            source: Source::default(),
            dialect: Dialect::Both,
            commands: Vec::new(),
            surface: Surface::default(),
            published: Published::default(),
            listeners: Listeners::default(),
            observers: Observers::default(),
            connector: Connector::new(),
            approval_poll: limits::APPROVAL_POLL,
        }
    }

    /// Keeps the node's key and its device tokens in this directory; makes both when they are
    /// not there. The node is the same node as long as it keeps this directory.
    pub fn identity_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.identity = Identity::Dir(dir.as_ref().to_owned());
        self
    }

    /// A key from elsewhere. Device tokens are kept in memory, unless [`NodeBuilder::tokens`]
    /// says otherwise.
    pub fn identity(mut self, identity: impl Into<Arc<DeviceIdentity>>) -> Self {
        self.identity = Identity::Given(identity.into());
        self
    }

    /// Another place for device tokens.
    pub fn tokens(mut self, tokens: Arc<dyn DeviceTokens>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The Gateway's shared token.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.credentials.token = Some(token.into());
        self
    }

    /// The Gateway's shared password.
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.credentials.password = Some(password.into());
        self
    }

    /// The token of a setup code. Needs a Gateway of protocol 4.
    pub fn setup_token(mut self, token: impl Into<SecretString>) -> Self {
        self.credentials.bootstrap_token = Some(token.into());
        self
    }

    /// All credentials at once.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Asks for the credentials before every attempt, off the network threads: a token that was
    /// changed in a file is used without a restart. `Err` is logged and tried again.
    pub fn credentials_from(
        mut self,
        source: impl Fn() -> Result<Credentials, String> + Send + Sync + 'static,
    ) -> Self {
        self.source = Source(Some(Arc::new(source)));
        self
    }

    /// Trusts whoever holds one of these pinned certificates or keys, and nobody else. Needs
    /// `wss://`.
    pub fn pins(self, pins: PinSet) -> Self {
        self.trust(Trust::Pins(pins))
    }

    /// Whom to trust on `wss://`. Default: the authorities of the operating system.
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// The name shown to people.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.client.display_name = Some(name.into());
        self
    }

    /// The version of the node's program. Default: that of this crate.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.client.version = version.into();
        self
    }

    /// Names the installation, as `client.instanceId`. Default: random.
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.client.instance_id = Some(id.into());
        self
    }

    /// Platform and device family, where they are not those of this machine. Gateways choose the
    /// commands that a node may offer by them: `linux` and `Linux`, `macos` and `Mac`, ….
    pub fn platform(mut self, platform: impl Into<String>, family: impl Into<String>) -> Self {
        self.client.platform = platform.into();
        self.client.device_family = Some(family.into());
        self
    }

    /// The hardware.
    pub fn model_identifier(mut self, model: impl Into<String>) -> Self {
        self.client.model_identifier = Some(model.into());
        self
    }

    /// Which program the node is. Default: `node-host`, the id for nodes without a screen.
    pub fn client_id(mut self, id: ClientId) -> Self {
        self.client.id = id;
        self
    }

    /// Which protocols to offer. Default: both, in one round trip.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Adds an ability, `camera` for example.
    pub fn cap(mut self, cap: impl Into<String>) -> Self {
        self.surface.set_cap(cap, true);
        self
    }

    /// Says whether the node's platform permits something, `screenRecording` for example.
    /// [`NodeHandle::set_permission`](crate::NodeHandle::set_permission) changes it later.
    pub fn permission(mut self, name: impl Into<String>, granted: bool) -> Self {
        self.surface.set_permission(name, granted);
        self
    }

    /// The `PATH` that commands of the node use.
    pub fn path_env(mut self, path: impl Into<String>) -> Self {
        self.surface.set_path_env(Some(path.into()));
        self
    }

    /// Adds a command with typed params and result.
    ///
    /// Params come from the caller's JSON; params that do not fit are refused with
    /// `INVALID_REQUEST` and the reader's words. Absent params are `null`, or `{}` for a type
    /// that does not take `null`. The handler is dropped when its time is up, some moments after
    /// [`InvokeContext::cancellation`] was triggered. A panic becomes an error for this caller
    /// alone.
    pub fn command<P, R, F, Fut>(self, name: impl Into<String>, handler: F) -> Self
    where
        P: DeserializeOwned,
        R: Serialize,
        F: Fn(P, InvokeContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, NodeError>> + Send + 'static,
    {
        self.handler(name.into(), handler::typed(handler))
    }

    /// Adds a command that takes and gives JSON as text, unread.
    pub fn command_raw<F, Fut>(self, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Option<Box<RawValue>>, InvokeContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Box<RawValue>>, NodeError>> + Send + 'static,
    {
        self.handler(name.into(), handler::raw(handler))
    }

    /// Adds a command whose handler may block: it runs on a thread of its own. It cannot be
    /// dropped in the middle, so let it look at [`InvokeContext::is_cancelled`].
    pub fn command_blocking<P, R, F>(self, name: impl Into<String>, handler: F) -> Self
    where
        P: DeserializeOwned,
        R: Serialize,
        F: Fn(P, InvokeContext) -> Result<R, NodeError> + Send + Sync + 'static,
    {
        self.handler(name.into(), handler::blocking(handler))
    }

    /// Bounds the calls of the command that was added last.
    pub fn limits(mut self, limits: CommandLimits) -> Self {
        if let Some(command) = self.commands.last_mut() {
            command.limits = limits;
        }
        self
    }

    fn handler(mut self, name: String, handler: Handler) -> Self {
        self.commands.push(Command {
            name,
            handler,
            limits: CommandLimits::default(),
            ends_with_connection: false,
        });
        self
    }

    /// Cancels a run of the command that was added last when the connection ends that its caller
    /// waits on. Otherwise it goes on, so that a repeat of the call, with its key, gets its
    /// outcome. A repeat of a call that was cancelled so gets `CANCELLED`; it never runs twice.
    pub fn ends_with_connection(mut self) -> Self {
        if let Some(command) = self.commands.last_mut() {
            command.ends_with_connection = true;
        }
        self
    }

    /// Hears an event of the Gateway, `voicewake.changed` for example. The function runs on the
    /// connection's task: let it be quick. A payload that does not fit is logged.
    pub fn on_event<P, F>(mut self, event: impl Into<String>, listener: F) -> Self
    where
        P: DeserializeOwned,
        F: Fn(P) + Send + Sync + 'static,
    {
        self.listeners.add(event.into(), listener);
        self
    }

    /// Hears a declared event of the Gateway, like [`NodeBuilder::on_event`] with its own payload.
    pub fn on<E: Event>(self, listener: impl Fn(E::Payload) + Send + Sync + 'static) -> Self {
        self.on_event(E::NAME, listener)
    }

    /// Hears the wake words, right after the node has connected and whenever they change.
    pub fn on_voice_wake(self, listener: impl Fn(Vec<String>) + Send + Sync + 'static) -> Self {
        self.on::<VoicewakeChanged>(move |words: VoiceWakeTriggers| listener(words.triggers))
    }

    /// Hears every state of the node's connection. The function runs on the node's task: let it be
    /// quick. [`NodeHandle::watch`](crate::NodeHandle::watch) is for those who wait.
    pub fn on_state(mut self, observer: impl Fn(&NodeState) + Send + Sync + 'static) -> Self {
        self.observers.add(observer);
        self
    }

    /// Brings a tool along, which one of the node's commands runs. Protocol 4; older Gateways are
    /// not told. The original's Gateway shows it to its agent by its own name; the Gateway of this
    /// project shows it in `node.describe`, and its agent calls the command itself.
    /// [`NodeHandle::publish_tools`](crate::NodeHandle::publish_tools) replaces all of them later.
    pub fn tool(mut self, tool: NodePluginTool) -> Self {
        self.published.add_tool(tool);
        self
    }

    /// Brings a skill along: words that tell the agent how to use the node. Protocol 4; older
    /// Gateways are not told, and the Gateway of this project shows them to people only.
    /// [`NodeHandle::publish_skills`](crate::NodeHandle::publish_skills) replaces all of them later.
    pub fn skill(mut self, skill: NodeSkill) -> Self {
        self.published.add_skill(skill);
        self
    }

    /// How often to ask whether a person has approved the node, after the first five minutes of
    /// asking every second. Default: 5 seconds. Less than a second holds from the beginning.
    pub fn approval_poll(mut self, every: Duration) -> Self {
        self.approval_poll = every;
        self
    }

    /// Opens connections in another way: through a tunnel, or in memory for tests.
    pub fn connector(mut self, connector: Connector) -> Self {
        self.connector = connector;
        self
    }

    /// The node. Reads or makes its identity, which touches the disk; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`BuildError`].
    pub fn build(self) -> Result<Node, BuildError> {
        let mut endpoint = self.target?;
        if let Some(trust) = self.trust {
            endpoint.trust = trust;
        }
        let mut names: Vec<&str> = self.commands.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        if names.iter().any(|name| name.trim().is_empty()) {
            return Err(BuildError::UnnamedCommand);
        }
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(BuildError::DuplicateCommand {
                command: pair[0].to_owned(),
            });
        }
        let (device, kept_tokens) = match self.identity {
            Identity::None => return Err(BuildError::NoIdentity),
            Identity::Given(device) => (
                device,
                Arc::new(MemoryTokens::new()) as Arc<dyn DeviceTokens>,
            ),
            Identity::Dir(dir) => {
                let device = DeviceIdentity::load_or_create(&dir, clock::now_ms())?;
                let tokens = TokenStore::load(&dir, device.device_id())?;
                (Arc::new(device), Arc::new(tokens) as Arc<dyn DeviceTokens>)
            }
        };
        let commands = self
            .commands
            .iter()
            .map(|command| command.name.clone())
            .collect();
        let plan = ConnectPlan::node(self.client, Vec::new(), commands)
            .with_device(device)
            .with_tokens(self.tokens.unwrap_or(kept_tokens))
            .with_credentials(self.credentials)
            .with_dialect(self.dialect);
        let parts = crate::node::Parts {
            endpoint,
            plan,
            credentials: self.source.0,
            commands: self.commands,
            listeners: self.listeners,
            observers: self.observers,
            connector: self.connector,
            approval_poll: self.approval_poll,
        };
        Ok(Node::new(parts, self.surface, self.published))
    }
}

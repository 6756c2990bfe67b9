//! The host itself: puts the commands on a node and runs it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use openclaw_browser::{Browser, BrowserOptions};
use openclaw_config::Env;
use openclaw_config::paths::expand_home;
use openclaw_node_client::connect::{Connector, Credentials, Endpoint};
use openclaw_node_client::{
    BuildError, InvokeContext, Node, NodeBuilder, NodeError, NodeHandle, RunError,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::approvals::{ApprovalsStore, ConfiguredPolicy};
use crate::commands::{approvals, browser, notify, prepare, run, which};
use crate::core::{Core, PolicySource, SpentApprovals, off_thread};
use crate::exec::{ApprovalTrust, Environment, SearchPath};
use crate::node_file::SavedGateway;
use crate::{Abilities, NodeFile, StateError, report, surface};

/// The bundled headless node.
///
/// ```no_run
/// use openclaw_config::Env;
/// use openclaw_node_host::NodeHost;
/// use openclaw_node_client::connect::{Credentials, Endpoint, Trust};
/// use tokio_util::sync::CancellationToken;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let endpoint = Endpoint::new("ws://127.0.0.1:18789".parse()?, Trust::System);
/// let host = NodeHost::builder(endpoint, "/home/ann/.openclaw")
///     .environment(Env::from_process())
///     .credentials(Credentials::token("secret"))
///     .build()?;
/// host.run(CancellationToken::new()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct NodeHost {
    node: Node,
    browser: Option<Arc<Browser>>,
    file: NodeFile,
    state_dir: PathBuf,
}

/// Describes a [`NodeHost`].
#[must_use = "a builder does nothing until it is built"]
pub struct NodeHostBuilder {
    node: NodeBuilder,
    state_dir: PathBuf,
    environment: Env,
    working_dir: Option<PathBuf>,
    display_name: Option<String>,
    node_id: Option<String>,
    saved_gateway: Option<SavedGateway>,
    policy: PolicySource,
    trust: ApprovalTrust,
    run: bool,
    browser: Option<BrowserOptions>,
}

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// `node.json` cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The node cannot be built: its identity cannot be read, for example.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl NodeHost {
    /// Begins a host of the Gateway behind this endpoint, with its files in this state directory:
    /// `node.json`, `exec-approvals.json`, `identity/`.
    pub fn builder(endpoint: Endpoint, state_dir: impl AsRef<Path>) -> NodeHostBuilder {
        NodeHostBuilder {
            node: Node::builder_for(endpoint),
            state_dir: state_dir.as_ref().to_owned(),
            environment: Env::empty(),
            working_dir: None,
            display_name: None,
            node_id: None,
            saved_gateway: None,
            policy: Arc::new(|_| ConfiguredPolicy::default()),
            trust: ApprovalTrust::default(),
            run: true,
            browser: None,
        }
    }

    /// A hand on the node: watch its state, stop it.
    #[must_use]
    pub fn handle(&self) -> NodeHandle {
        self.node.handle()
    }

    /// The node underneath, for its ids.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// `node.json` as it is used.
    #[must_use]
    pub fn node_file(&self) -> &NodeFile {
        &self.file
    }

    /// Connects and serves until `shutdown` is triggered. Commands that run then are killed.
    ///
    /// # Errors
    ///
    /// [`RunError`] where trying again would be of no use.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RunError> {
        let handle = self.node.handle();
        let mut tasks = JoinSet::new();
        tasks.spawn(report::report(handle.clone(), self.state_dir));
        tasks.spawn(async move {
            shutdown.cancelled().await;
            handle.stop();
        });
        // Dropping the tasks ends them.
        let ended = self.node.run().await;
        if let Some(browser) = self.browser {
            browser.stop().await;
        }
        ended
    }
}

impl NodeHostBuilder {
    /// The environment of commands. Its `PATH` is where programs are found, its `HOME` what `~`
    /// means. Commands see all of it but the node's own secrets for its Gateway, so give it the
    /// environment of the process and not what a configuration added to it. Default: empty.
    pub fn environment(mut self, environment: Env) -> Self {
        self.environment = environment;
        self
    }

    /// Where commands run that name no folder. Default: the home of the environment, or `/`.
    pub fn working_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.working_dir = Some(dir.as_ref().to_owned());
        self
    }

    /// Secrets for the Gateway.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.node = self.node.credentials(credentials);
        self
    }

    /// Asks for the secrets before every attempt.
    pub fn credentials_from(
        mut self,
        source: impl Fn() -> Result<Credentials, String> + Send + Sync + 'static,
    ) -> Self {
        self.node = self.node.credentials_from(source);
        self
    }

    /// The version of the program.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.node = self.node.version(version);
        self
    }

    /// The name shown to people, from now on also in `node.json`. Default: the one there, else
    /// the machine's.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The id in `node.json`, from now on. Default: the one there, else a random one.
    pub fn node_id(mut self, id: impl Into<String>) -> Self {
        self.node_id = Some(id.into());
        self
    }

    /// Writes the Gateway into `node.json`, so that the next start finds it there.
    pub fn save_gateway(mut self, gateway: SavedGateway) -> Self {
        self.saved_gateway = Some(gateway);
        self
    }

    /// What the configuration says about running commands; see
    /// [`ConfiguredPolicy::of_config`]. Asked for at every command, with the agent's id.
    pub fn exec_policy(
        mut self,
        policy: impl Fn(&str) -> ConfiguredPolicy + Send + Sync + 'static,
    ) -> Self {
        self.policy = Arc::new(policy);
        self
    }

    /// Which Gateways are believed about approvals.
    pub fn approval_trust(mut self, trust: ApprovalTrust) -> Self {
        self.trust = trust;
        self
    }

    /// Whether `system.run` is offered. Default: yes; whether a command runs is another matter.
    pub fn offer_run(mut self, offered: bool) -> Self {
        self.run = offered;
        self
    }

    /// Offers a browser of this machine; see [`browser_of_config`](crate::browser_of_config).
    /// Default: none is offered. It is started when it is first used.
    pub fn browser(mut self, options: Option<BrowserOptions>) -> Self {
        self.browser = options;
        self
    }

    /// Opens connections in another way.
    pub fn connector(mut self, connector: Connector) -> Self {
        self.node = self.node.connector(connector);
        self
    }

    /// The host. Reads or makes its files; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`HostError`].
    pub fn build(self) -> Result<NodeHost, HostError> {
        let file = self.settle_file()?;
        let environment = Environment::new(
            self.environment
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let home = self
            .environment
            .path("HOME")
            .filter(|home| home.is_absolute());
        let working_dir = self
            .working_dir
            .or_else(|| home.clone().filter(|home| home.is_dir()));
        let notifier = SearchPath::new(environment.path()).find(notify::PROGRAM);
        let abilities = Abilities {
            run: self.run,
            notify: notifier.is_some(),
            browser: self.browser.is_some(),
        };
        let browser = self.browser.map(|options| Arc::new(Browser::new(options)));
        let path_env = environment.path().to_string_lossy().into_owned();
        let core = Arc::new(Core {
            environment,
            home,
            working_dir: working_dir.unwrap_or_else(|| PathBuf::from("/")),
            approvals: ApprovalsStore::new(self.state_dir.join("exec-approvals.json")),
            policy: self.policy,
            trust: self.trust,
            spent: SpentApprovals::default(),
            notifier,
            browser: browser.clone(),
        });
        let mut node = self
            .node
            .identity_dir(self.state_dir.join("identity"))
            .instance_id(file.node_id())
            .display_name(file.display_name().unwrap_or("node"))
            .path_env(path_env);
        let surface = surface(abilities);
        for cap in surface.caps {
            node = node.cap(cap);
        }
        for command in surface.commands {
            node = with_command(node, command, &core);
        }
        Ok(NodeHost {
            node: node.build()?,
            browser,
            file,
            state_dir: self.state_dir,
        })
    }

    /// Brings `node.json` up to date; writes it only where something changed.
    fn settle_file(&self) -> Result<NodeFile, StateError> {
        let path = self.state_dir.join("node.json");
        let mut file = NodeFile::load_or_create(&path)?;
        let before = file.clone();
        if let Some(id) = &self.node_id {
            file.set_node_id(id);
        }
        match (&self.display_name, file.display_name()) {
            (Some(name), _) => file.set_display_name(name),
            (None, None) => file.set_display_name(&machine_name()),
            (None, Some(_)) => {}
        }
        if let Some(gateway) = &self.saved_gateway {
            file.set_gateway(gateway);
        }
        if file != before {
            file.save(&path)?;
        }
        Ok(file)
    }
}

/// Puts one command of the surface on the node.
fn with_command(node: NodeBuilder, name: &'static str, core: &Arc<Core>) -> NodeBuilder {
    let core = Arc::clone(core);
    match name {
        browser::NAME => node.command(name, move |params, call| {
            let browser = core.browser.clone();
            async move {
                match browser {
                    Some(browser) => browser::proxy(browser, params, call).await,
                    None => Err(NodeError::unavailable("no browser is offered")),
                }
            }
        }),
        run::NAME => node
            .command(name, move |params, call| {
                run::run(Arc::clone(&core), params, call)
            })
            .limits(run::LIMITS),
        prepare::NAME => node.command(name, move |params, _| {
            prepare::prepare(Arc::clone(&core), params)
        }),
        which::NAME => node.command(name, move |params, _| {
            let core = Arc::clone(&core);
            async move { off_thread(move || which::which(&core, params)).await? }
        }),
        approvals::GET => node.command(name, move |_: serde::de::IgnoredAny, _| {
            approvals::get(Arc::clone(&core))
        }),
        approvals::SET => node.command(name, move |params, _| {
            approvals::set(Arc::clone(&core), params)
        }),
        notify::NAME => node.command(name, move |params, call: InvokeContext| {
            let core = Arc::clone(&core);
            async move { notify::notify(&core, params, &call).await }
        }),
        other => {
            // The surface names the commands above and no other; one more would answer this.
            let message = format!("`{other}` has no handler");
            node.command(name, move |_: serde::de::IgnoredAny, _| {
                let error = NodeError::unavailable(message.clone());
                async move { Err::<(), _>(error) }
            })
        }
    }
}

fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        "node".to_owned()
    } else {
        name.to_owned()
    }
}

/// A path of a request, with `~` for the home of the node's user.
pub(crate) fn expand(path: &str, home: Option<&Path>) -> PathBuf {
    expand_home(Path::new(path), home)
}

impl std::fmt::Debug for NodeHostBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeHostBuilder")
            .field("node", &self.node)
            .field("state_dir", &self.state_dir)
            .field("display_name", &self.display_name)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

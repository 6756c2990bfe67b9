//! Building, serving and stopping a Gateway.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use openclaw_agent::tools::cron::CronTool;
use openclaw_agent::tools::message::MessageTool;
use openclaw_protocol::Method;
use openclaw_protocol::events::shutdown::{Shutdown, ShutdownPayload};
use openclaw_store::StoreError;
use openclaw_tailscale::{Claim, ClaimState};
use openclaw_tls_pin::{CertKeeper, CertSource, ServerCertError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::announce::{self, Announcement};
use crate::auth_hook::AuthHook;
use crate::channels;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::core::{Core, Hooks, Parts};
use crate::devices::book::Book;
use crate::devices::token_key::TokenKey;
use crate::fault::Fault;
use crate::handlers;
use crate::nodes::keys::Keys;
use crate::nodes::local::{self, NodeCall, NodeCallHandle};
use crate::options::GatewayOptions;
use crate::reach::Reach;
use crate::router::Router;
use crate::rules::Rules;
use crate::schedule::{self, CoreCron};
use crate::seam::bus::{Bus, LocalBus};
use crate::seam::directory::{Directory, LocalDirectory};
use crate::seam::store::Store;
use crate::server;
use crate::state::hub::publish;
use crate::state::settings::Settings;
use crate::tailnet::{self, TailnetExposure};
use crate::tls::{self, TlsSetup};

/// A Gateway that runs. Dropping it stops it at once; [`Gateway::shutdown`] stops it well.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use openclaw_gateway_server::{Gateway, GatewayOptions};
/// use openclaw_policy::AuthGate;
///
/// let options = GatewayOptions { auth: AuthGate::token("a long secret"), ..Default::default() };
/// let gateway = Gateway::builder(options).bind("127.0.0.1:0".parse()?).serve().await?;
/// println!("ws://{}", gateway.addresses()[0]);
/// gateway.shutdown("example over").await;
/// # Ok(())
/// # }
/// ```
pub struct Gateway {
    pub(crate) core: Arc<Core>,
    addresses: Vec<SocketAddr>,
    /// Ends the accept loops and the house-keeping.
    stop: CancellationToken,
    /// Ends the connections.
    cancel: CancellationToken,
    conns: TaskTracker,
    house: TaskTracker,
    pub(crate) is_tls: bool,
    pub(crate) keeper: Option<Arc<CertKeeper>>,
    claim: Option<Claim>,
}

/// Builds a [`Gateway`].
pub struct GatewayBuilder {
    options: GatewayOptions,
    required: Vec<SocketAddr>,
    optional: Vec<SocketAddr>,
    listeners: Vec<TcpListener>,
    tls: Option<TlsSetup>,
    tailnet: Option<TailnetExposure>,
    pub(crate) announcement: Option<Announcement>,
    store: Option<Arc<dyn Store>>,
    token_key: TokenKey,
    router: Router,
    hooks: Hooks,
    bus: Arc<dyn Bus>,
    directory: Arc<dyn Directory>,
}

/// Why a Gateway does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// An address cannot be bound.
    #[error("failed to bind gateway socket on ws://{addr}: {source}")]
    Bind {
        /// Which one.
        addr: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// There is no usable certificate.
    #[error(transparent)]
    Tls(#[from] ServerCertError),
    /// There is nothing to listen on.
    #[error("no address to listen on: call `bind` or `listener`")]
    NoAddress,
    /// The store cannot be opened in memory.
    #[error(transparent)]
    Open(#[from] openclaw_store::OpenError),
    /// The state cannot be read.
    #[error("gateway state unreadable: {0}")]
    State(#[from] StoreError),
    /// A declaration cannot be serialised.
    #[error("gateway features not serialisable: {0}")]
    Features(#[from] serde_json::Error),
}

impl Gateway {
    /// Begins to build a Gateway.
    #[must_use]
    pub fn builder(options: GatewayOptions) -> GatewayBuilder {
        let mut router = Router::default();
        handlers::register(&mut router);
        GatewayBuilder {
            options,
            required: Vec::new(),
            optional: Vec::new(),
            listeners: Vec::new(),
            tls: None,
            tailnet: None,
            announcement: None,
            store: None,
            token_key: TokenKey::random(),
            router,
            hooks: Hooks::default(),
            bus: Arc::new(LocalBus::default()),
            directory: Arc::new(LocalDirectory::default()),
        }
    }

    /// The addresses that it listens on.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves one byte stream as if it had been accepted from `peer`: for embedders with a
    /// listener of their own, and for tests without a network.
    pub fn serve_stream<S>(&self, stream: S, peer: IpAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let from = server::Accepted {
            core: Arc::clone(&self.core),
            via: server::Via {
                peer,
                managed: None,
            },
            slot: None,
            conns: self.conns.clone(),
            cancel: self.cancel.clone(),
        };
        self.conns.spawn(server::serve_stream(from, stream));
    }

    /// A stream to this Gateway inside the process, as a local client would have it.
    #[must_use]
    pub fn in_memory(&self) -> tokio::io::DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        self.serve_stream(ours, IpAddr::V4(Ipv4Addr::LOCALHOST));
        theirs
    }

    /// Goes on by what these options say about who may connect and what nodes may offer: `auth`,
    /// `origins`, `proxies`, `approve_local`, `node_commands`, `rate_limit`, `api`; and what `agents` says
    /// about agents and their models, and
    /// `schedule` about jobs and heartbeats; `channels`, of which those that stay as they are go on
    /// undisturbed. The other members hold for the whole life of a Gateway and are not looked at.
    ///
    /// Connections that proved a shared secret end with 4001 when `auth` changed; those of a
    /// device's own token go on. Nodes end with 1012 when `node_commands` changed, and declare
    /// themselves anew when they come back.
    pub fn reload(&self, options: &GatewayOptions) {
        if self.core.rules().api.problems != options.api.problems {
            for problem in &options.api.problems {
                tracing::warn!(%problem, "http configuration");
            }
        }
        self.core.set_rules(Rules::from(options));
        self.core.runs.set_options(&options.agents);
        self.core.schedule.set_options(options.schedule.clone());
        self.core.channels.set_options(&options.channels);
        self.core.heart.look();
        self.core.refresh_health();
    }

    /// Says how devices elsewhere reach this Gateway, in place of `options.reach`: when Tailscale
    /// Serve begins or ends to lead here, for example.
    pub fn set_reach(&self, reach: Reach) {
        self.core.set_ways(|ways| ways.told = reach);
    }

    /// What has become of Tailscale Serve or Funnel; `None` where the Gateway was not built with
    /// [`GatewayBuilder::tailnet`].
    #[must_use]
    pub fn tailnet(&self) -> Option<watch::Receiver<ClaimState>> {
        self.core.tailnet.watch()
    }

    /// Listens for Tailscale, and claims the way there.
    fn expose(&mut self, mut exposure: TailnetExposure) -> Result<(), ServeError> {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let bound = tailnet::listener().and_then(|listener| {
            let addr = listener.local_addr()?;
            Ok((listener, addr))
        });
        let (listener, addr) = bound.map_err(|source| ServeError::Bind { addr, source })?;
        let mode = exposure.mode;
        let own_port = self.addresses.first().map(SocketAddr::port);
        exposure.options.gateway_port = exposure.options.gateway_port.or(own_port);
        self.house.spawn(server::accept(
            Arc::clone(&self.core),
            listener,
            Some(tailnet::route(mode)),
            None,
            self.conns.clone(),
            self.stop.clone(),
            self.cancel.clone(),
        ));
        let claim = tailnet::claim(&self.core, exposure, addr.port());
        self.house.spawn(tailnet::follow(
            Arc::clone(&self.core),
            mode,
            claim.state(),
            self.stop.clone(),
        ));
        self.claim = Some(claim);
        Ok(())
    }

    /// How many authenticated connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.core.hub.len()
    }

    /// How many nodes are connected.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.core.nodes.len()
    }

    /// Calls a node, as an operator with every right would, with progress and input.
    ///
    /// # Errors
    ///
    /// Why the node cannot be asked; whatever happens after that is the call's
    /// [result](NodeCallHandle::result).
    pub fn call_node(
        &self,
        call: &NodeCall,
    ) -> Result<NodeCallHandle, Box<openclaw_protocol::ErrorShape>> {
        local::call_node(&self.core, call)
    }

    /// Stops the Gateway: no new connections, the `shutdown` event, close frames with 1012, work
    /// that goes on is finished. Connections that do not end within five seconds are waited for
    /// no longer; answers how many these were.
    pub async fn shutdown(mut self, reason: &str) -> usize {
        self.stop.cancel();
        publish::<Shutdown>(
            &*self.core.bus,
            &ShutdownPayload::new(reason.to_owned()),
            None,
        );
        // Callers are told before their connections end.
        self.core.runs.rest();
        self.core.approvals.stop(now_ms());
        self.core.invokes.stop();
        self.cancel.cancel();
        if let Some(claim) = self.claim.take() {
            claim.stop().await;
        }
        self.conns.close();
        self.house.close();
        self.core.tasks.close();
        let drained = async {
            self.core.tasks.wait().await;
            self.conns.wait().await;
            self.house.wait().await;
        };
        let is_drained = tokio::time::timeout(DRAIN, drained).await.is_ok();
        let left = self.conns.len();
        if !is_drained {
            tracing::warn!(
                left,
                "work or connections not ended at the end of the shutdown"
            );
        }
        self.core.write_outcomes().await;
        if let Err(error) = self.core.book.store().flush_touches().await {
            tracing::warn!(%error, "last-seen notes not written");
        }
        left
    }
}

/// How long a shutdown waits for connections and work.
const DRAIN: Duration = Duration::from_secs(5);

impl Drop for Gateway {
    fn drop(&mut self) {
        self.core.runs.rest();
        self.stop.cancel();
        self.cancel.cancel();
    }
}

impl GatewayBuilder {
    /// Listens on this address; port 0 takes a free one.
    #[must_use]
    pub fn bind(mut self, addr: SocketAddr) -> Self {
        self.required.push(addr);
        self
    }

    /// Listens on this address as well, where this host can. Port 0 takes the port of the first.
    #[must_use]
    pub fn bind_if_possible(mut self, addr: SocketAddr) -> Self {
        self.optional.push(addr);
        self
    }

    /// Listens on a listener that is bound already.
    #[must_use]
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Speaks TLS on every address.
    #[must_use]
    pub fn tls(mut self, config: Arc<rustls::ServerConfig>) -> Self {
        self.tls = Some(TlsSetup::Fixed(config));
        self
    }

    /// Speaks TLS on every address, with the certificate in these files: made where it may be
    /// made, read again when they change, renewed before it ends.
    #[must_use]
    pub fn certificate(mut self, source: CertSource) -> Self {
        self.tls = Some(TlsSetup::Files(source));
        self
    }

    /// Lets Tailscale Serve or Funnel lead here, to a listener of its own. That it does not is a
    /// state that can be watched, and never an error.
    #[must_use]
    pub fn tailnet(mut self, exposure: TailnetExposure) -> Self {
        self.tailnet = Some(exposure);
        self
    }

    /// Keeps state in this store. Without one, state ends with the Gateway.
    #[must_use]
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Derives device tokens from this key. Without one, device tokens end with the Gateway.
    #[must_use]
    pub fn token_key(mut self, key: TokenKey) -> Self {
        self.token_key = key;
        self
    }

    /// Serves a method of the embedder's own.
    ///
    /// # Panics
    ///
    /// If a method of that name is served already.
    #[must_use]
    pub fn method<M: Method, F>(
        mut self,
        handler: impl Fn(Ctx, M::Params) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<M::Result, Fault>> + Send + 'static,
    {
        self.router.later::<M, F>(handler);
        self
    }

    /// Asks this hook about every connection that policy lets in. Several are asked in turn, and
    /// the first refusal counts.
    #[must_use]
    pub fn auth_hook(mut self, hook: impl AuthHook + 'static) -> Self {
        self.hooks.0.push(Arc::new(hook));
        self
    }

    /// Carries events over this bus.
    #[must_use]
    pub fn bus(mut self, bus: Arc<dyn Bus>) -> Self {
        self.bus = bus;
        self
    }

    /// Finds nodes in this directory.
    #[must_use]
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = directory;
        self
    }

    /// Starts the Gateway without listening: streams come through [`Gateway::serve_stream`].
    ///
    /// # Errors
    ///
    /// [`ServeError`]
    pub async fn start(self) -> Result<Gateway, ServeError> {
        let store = match self.store {
            Some(store) => store,
            None => Arc::new(openclaw_store::Store::in_memory()?),
        };
        let snapshot = store.snapshot().await?;
        let settings = Settings::load(&snapshot)?;
        let keys = Keys::load(store.call_marks()?, store.call_outcomes().await?, now_ms());
        let home = match store.home() {
            Some(home) => home,
            None => openclaw_store::Store::in_memory()?,
        };
        let book = Book::new(store, snapshot, self.token_key);
        let core = Core::new(Parts {
            options: self.options,
            router: self.router,
            hooks: self.hooks,
            bus: self.bus,
            directory: self.directory,
            book,
            settings,
            keys,
            home,
        })?;
        let jobs = Arc::new(CoreCron::new(&core));
        core.runs.add_tool(Arc::new(CronTool::new(jobs)));
        let messages = Arc::new(channels::CoreMessages::new(&core));
        core.runs.add_tool(Arc::new(MessageTool::new(messages)));
        core.runs.recover(&core).await?;
        let stage = schedule::stage(&core);
        core.schedule.load(&stage).await?;
        let stop = CancellationToken::new();
        let house = TaskTracker::new();
        house.spawn(Arc::clone(&core).keep_house(stop.clone()));
        house.spawn(Arc::clone(&core.schedule).keep(stage, stop.clone()));
        house.spawn(schedule::keep_heart(Arc::clone(&core), stop.clone()));
        house.spawn(channels::keep(Arc::clone(&core), stop.clone()));
        Ok(Gateway {
            core,
            addresses: Vec::new(),
            stop,
            cancel: CancellationToken::new(),
            conns: TaskTracker::new(),
            house,
            is_tls: false,
            keeper: None,
            claim: None,
        })
    }

    /// Binds the addresses and starts the Gateway.
    ///
    /// # Errors
    ///
    /// [`ServeError`]; nothing listens then.
    pub async fn serve(mut self) -> Result<Gateway, ServeError> {
        let mut listeners = std::mem::take(&mut self.listeners);
        for addr in std::mem::take(&mut self.required) {
            let addr = with_port_of(&listeners, addr);
            let listener =
                server::bind(addr).map_err(|source| ServeError::Bind { addr, source })?;
            listeners.push(listener);
        }
        for addr in std::mem::take(&mut self.optional) {
            let addr = with_port_of(&listeners, addr);
            match server::bind(addr) {
                Ok(listener) => listeners.push(listener),
                Err(error) => tracing::debug!(%addr, %error, "optional address not bound"),
            }
        }
        if listeners.is_empty() {
            return Err(ServeError::NoAddress);
        }
        let (tls, keeper) = match self.tls.take() {
            None => (None, None),
            Some(setup) => {
                let (acceptor, keeper) = setup.open().await?;
                (Some(acceptor), keeper)
            }
        };
        let tailnet = self.tailnet.take();
        let announcement = self.announcement.take();
        let mut gateway = self.start().await?;
        gateway.is_tls = tls.is_some();
        if let Some(keeper) = &keeper {
            let stop = gateway.stop.clone();
            gateway.house.spawn(tls::keep(Arc::clone(keeper), stop));
        }
        gateway.keeper = keeper;
        for listener in listeners {
            if let Ok(addr) = listener.local_addr() {
                gateway.addresses.push(addr);
            }
            gateway.house.spawn(server::accept(
                Arc::clone(&gateway.core),
                listener,
                None,
                tls.clone(),
                gateway.conns.clone(),
                gateway.stop.clone(),
                gateway.cancel.clone(),
            ));
        }
        if let Some(exposure) = tailnet {
            gateway.expose(exposure)?;
        }
        let (addresses, is_tls) = (gateway.addresses.clone(), gateway.is_tls);
        let keeper = gateway.keeper.clone();
        gateway.core.set_ways(|ways| {
            ways.listening = addresses;
            ways.is_tls = is_tls;
            ways.keeper = keeper;
        });
        if let Some(announcement) = announcement {
            let (house, stop) = (&gateway.house, gateway.stop.clone());
            announce::start(&gateway.core, announcement, house, stop);
        }
        Ok(gateway)
    }
}

/// Port 0 on a second address means the port of the first.
fn with_port_of(listeners: &[TcpListener], mut addr: SocketAddr) -> SocketAddr {
    if addr.port() == 0
        && let Some(Ok(first)) = listeners.first().map(TcpListener::local_addr)
    {
        addr.set_port(first.port());
    }
    addr
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("addresses", &self.addresses)
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for GatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayBuilder")
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

//! The Gateway's inside: what every connection and every handler shares.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use openclaw_policy::AuthMethod;
use openclaw_protocol::close::Close;
use openclaw_protocol::connect::ConnectParams;
use openclaw_protocol::events::device::pair::requested::DevicePairRequested;
use openclaw_protocol::events::device::pair::resolved::{
    DevicePairResolved, DevicePairResolvedPayload,
};
use openclaw_protocol::events::health::Health;
use openclaw_protocol::events::node::pair::requested::NodePairRequested;
use openclaw_protocol::events::node::pair::resolved::{
    NodePairResolved, NodePairResolvedPayload, PairDecision,
};
use openclaw_protocol::events::presence::Presence;
use openclaw_protocol::events::tick::{Tick, TickPayload};
use openclaw_protocol::events::voicewake::changed::VoicewakeChanged;
use openclaw_protocol::events::voicewake::routing::changed::{
    VoiceWakeRouting, VoicewakeRoutingChanged, VoicewakeRoutingChangedPayload,
};
use openclaw_protocol::id::{ConnId, DeviceId, NodeId};
use openclaw_protocol::methods::voicewake::triggers::VoiceWakeTriggers;
use openclaw_protocol::presence::{PresenceEntry, StateVersion};
use openclaw_protocol::{Raw, Role, limits};
use openclaw_store::{PendingAsk, PendingRecord, StoreError, Surface};
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::announce::Announced;
use crate::api::{Guesses, Room};
use crate::approvals::Approvals;
use crate::auth_hook::AuthHook;
use crate::channels::Channels;
use crate::clock::{millis_between, now_ms};
use crate::context::Ctx;
use crate::conversations::Conversations;
use crate::devices::book::Book;
use crate::devices::ids::new_request_id;
use crate::devices::requests::{AskError, Asked};
use crate::host;
use crate::nodes::dispatch;
use crate::nodes::exec_runs::ExecRuns;
use crate::nodes::extras;
use crate::nodes::invoke::Invokes;
use crate::nodes::keys::{KNOWN_MS, Keys};
use crate::nodes::registry::{LiveNode, NodeRegistry};
use crate::nodes::surface;
use crate::options::GatewayOptions;
use crate::preauth::Budget;
use crate::reach::Ways;
use crate::router::Router;
use crate::rules::Rules;
use crate::runs::Runs;
use crate::schedule::{Clock, Heart, Scheduler};
use crate::seam::bus::Bus;
use crate::seam::directory::{Directory, Owner};
use crate::session::admit::client_facts_of;
use crate::session::conn::Conn;
use crate::session::hello::FeatureTexts;
use crate::state::heads::SessionHeads;
use crate::state::health::HealthBoard;
use crate::state::hub::{Hub, publish, publish_raw, target};
use crate::state::presence::Presence as PresenceList;
use crate::state::quiet::Quiet;
use crate::state::rates::Rates;
use crate::state::settings::Settings;
use crate::tailnet::Tailnet;
use crate::view;

/// What the embedder says about connections, in the order in which it was added.
#[derive(Default)]
pub(crate) struct Hooks(pub(crate) Vec<Arc<dyn AuthHook>>);

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hooks({})", self.0.len())
    }
}

/// Sockets of one peer that became nothing yet, in multiples of its unauthenticated WebSockets:
/// a proxy is one peer for many clients.
const SOCKETS_FACTOR: usize = 32;
/// Such sockets of all peers together. Each costs a descriptor and little else.
const SOCKETS_IN_ALL: usize = 4096;
/// Unauthenticated WebSockets of all clients together.
const PREAUTH_IN_ALL: usize = 2048;

/// Everything shared. One per Gateway.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: GatewayOptions,
    rules: RwLock<Arc<Rules>>,
    ways: RwLock<Ways>,
    pub(crate) boot_id: String,
    pub(crate) router: Router,
    pub(crate) hooks: Hooks,
    pub(crate) features: FeatureTexts,
    pub(crate) hub: Arc<Hub>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) book: Book,
    pub(crate) settings: Settings,
    pub(crate) presence: PresenceList,
    presence_changed: Notify,
    pub(crate) heads: SessionHeads,
    pub(crate) health: HealthBoard,
    pub(crate) nodes: NodeRegistry,
    pub(crate) invokes: Invokes,
    /// Commands that wait for a person's word.
    pub(crate) approvals: Approvals,
    /// Sessions, runs, channels: kept by this process alone.
    pub(crate) home: openclaw_store::Store,
    pub(crate) runs: Runs,
    pub(crate) conversations: Conversations,
    /// Ways by which people talk to the agent.
    pub(crate) channels: Channels,
    /// Jobs that run by themselves.
    pub(crate) schedule: Arc<Scheduler>,
    /// Agents that wake up.
    pub(crate) heart: Heart,
    /// Commands that nodes were asked to run for a session.
    pub(crate) exec_runs: ExecRuns,
    pub(crate) rates: Rates,
    /// What Tailscale knows, where it exposes this Gateway.
    pub(crate) tailnet: Tailnet,
    /// What has become of the announcement, where there is one.
    pub(crate) announced: OnceLock<watch::Receiver<Announced>>,
    /// Bounds the log lines of refusals.
    pub(crate) refusals: Quiet,
    /// Sockets that were accepted and became nothing yet, by peer.
    pub(crate) sockets: Budget,
    /// WebSockets that did not prove anything yet, by client.
    pub(crate) preauth: Budget,
    pub(crate) started: Instant,
    /// The same, milliseconds since 1970.
    pub(crate) started_at_ms: u64,
    /// Room for bodies of HTTP requests.
    pub(crate) room: Room,
    /// Wrong guesses of the secret of hooks.
    pub(crate) guesses: Guesses,
    /// Work that outlives its connection: it is finished before the Gateway ends.
    pub(crate) tasks: TaskTracker,
    empty_object: Box<Raw>,
}

/// What a Core is made of.
pub(crate) struct Parts {
    pub(crate) options: GatewayOptions,
    pub(crate) router: Router,
    pub(crate) hooks: Hooks,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) book: Book,
    pub(crate) settings: Settings,
    /// Calls to nodes that are known from before.
    pub(crate) keys: Keys,
    /// Where sessions, runs and channels are kept.
    pub(crate) home: openclaw_store::Store,
}

impl Core {
    pub(crate) fn new(parts: Parts) -> serde_json::Result<Arc<Self>> {
        let Parts {
            options,
            router,
            hooks,
            bus,
            directory,
            book,
            settings,
            keys,
            home,
        } = parts;
        for problem in &options.api.problems {
            tracing::warn!(%problem, "http configuration");
        }
        let features = FeatureTexts::new(&router)?;
        let hub = Arc::new(Hub::default());
        bus.subscribe(Arc::clone(&hub) as Arc<dyn crate::seam::bus::EventSink>);
        let boot_id = uuid::Uuid::new_v4().to_string();
        let presence = PresenceList::new(own_presence(&options, &boot_id));
        let core = Self {
            rules: RwLock::new(Arc::new(Rules::from(&options))),
            ways: RwLock::new(Ways::of(options.reach.clone())),
            boot_id,
            router,
            hooks,
            features,
            hub,
            bus,
            directory,
            book,
            settings,
            presence,
            presence_changed: Notify::new(),
            heads: SessionHeads::default(),
            health: HealthBoard::new(String::new()),
            nodes: NodeRegistry::default(),
            invokes: Invokes::new(keys),
            approvals: Approvals::default(),
            conversations: Conversations::new(home.clone()),
            channels: Channels::new(&options.channels),
            schedule: Arc::new(Scheduler::new(
                home.clone(),
                options.schedule.clone(),
                Clock::system(),
            )),
            heart: Heart::default(),
            exec_runs: ExecRuns::default(),
            home,
            runs: Runs::new(&options.agents),
            rates: Rates::new(options.rate_limit),
            tailnet: Tailnet::default(),
            announced: OnceLock::new(),
            refusals: Quiet::new(),
            sockets: Budget::new(
                options.preauth_per_address.saturating_mul(SOCKETS_FACTOR),
                SOCKETS_IN_ALL,
            ),
            preauth: Budget::new(options.preauth_per_address, PREAUTH_IN_ALL),
            started: Instant::now(),
            started_at_ms: now_ms(),
            room: Room::default(),
            guesses: Guesses::default(),
            tasks: TaskTracker::new(),
            empty_object: serde_json::value::to_raw_value(&json!({}))?,
            options,
        };
        let core = Arc::new(core);
        core.refresh_health();
        Ok(core)
    }

    /// The rules of this moment.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How devices elsewhere reach this Gateway, by now.
    pub(crate) fn ways(&self) -> Ways {
        let ways = self.ways.read().unwrap_or_else(PoisonError::into_inner);
        ways.clone()
    }

    /// Changes what is known about that.
    pub(crate) fn set_ways(&self, change: impl FnOnce(&mut Ways)) {
        change(&mut self.ways.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Goes on by other rules. Connections that stand on a rule that is gone end: those that
    /// proved a shared secret, when how clients prove themselves changed; nodes, when what nodes
    /// may offer changed, so that they declare themselves anew.
    pub(crate) fn set_rules(&self, rules: Rules) {
        let rules = Arc::new(rules);
        let old = std::mem::replace(
            &mut *self.rules.write().unwrap_or_else(PoisonError::into_inner),
            Arc::clone(&rules),
        );
        if old.rate_limit != rules.rate_limit {
            self.rates.set_rules(rules.rate_limit);
        }
        if old.auth != rules.auth {
            self.hub.close_where(&Close::auth_changed(), |conn| {
                !matches!(
                    conn.method,
                    AuthMethod::DeviceToken | AuthMethod::BootstrapToken
                )
            });
        }
        if old.node_commands != rules.node_commands {
            self.hub
                .close_where(&Close::service_restart(), |conn| *conn.role() == Role::Node);
        }
    }

    pub(crate) fn empty_object(&self) -> &Raw {
        &self.empty_object
    }

    pub(crate) fn uptime_ms(&self) -> u64 {
        millis_between(self.started, Instant::now())
    }

    /// Sends the hello and makes the connection one of ours.
    pub(crate) fn joined(&self, ctx: &Ctx, hello: String, node: Option<Arc<LiveNode>>) {
        let conn = ctx.conn_arc();
        conn.outbox.send(hello);
        self.hub.join(Arc::clone(conn));
        if let Some(handed_over) = &conn.handed_over {
            handed_over.delivered();
        }
        if let Some(node) = node {
            let owner = self.owner(conn);
            let id = node.id.clone();
            self.directory.claim(&id, owner);
            if let Some(replaced) = self.nodes.claim(node) {
                tracing::warn!(
                    node = %id, conn = %conn.id, replaced = %replaced.conn.id,
                    "a node connected a second time: the newer connection is asked from now on"
                );
                // What the older one was asked is not known; its late answers count for the key.
                self.calls_ended(&replaced.conn.id, u64::MAX);
            }
            // What was approved while it was on its way in counts as well.
            self.refresh_surface(id.as_str());
            self.greet_node(conn);
        }
        // Whoever was removed while it was on its way in goes with the others.
        let is_gone = |device: &DeviceId| self.book.device(device.as_str()).is_none();
        if conn.device.as_ref().is_some_and(is_gone) {
            conn.outbox.close(Close::device_removed());
        }
        if self.presence.joined(conn, now_ms()) {
            self.presence_changed.notify_one();
        }
        tracing::debug!(
            conn = %conn.id, client = %conn.client.id, role = %conn.role(),
            protocol = conn.generation.number(), "client connected"
        );
    }

    /// Takes a connection out.
    pub(crate) fn left(&self, ctx: &Ctx) {
        let conn = ctx.conn_arc();
        self.hub.leave(&conn.id);
        let taken = conn.outbox.shut();
        if *conn.role() == Role::Node
            && let Some(device) = &conn.device
        {
            let id = NodeId::from(device);
            self.directory.release(&id, &self.owner(conn));
            let gone = self.nodes.release(&id, &conn.id, now_ms());
            self.calls_ended(&conn.id, taken);
            if let Some(node) = gone {
                extras::node_left(self, &node);
            }
        }
        for abandoned in self.invokes.caller_left(&conn.id) {
            dispatch::cancel(&abandoned);
        }
        if self.presence.left(conn, now_ms()) {
            self.presence_changed.notify_one();
        }
        tracing::debug!(conn = %conn.id, "client disconnected");
    }

    /// Ends the calls that wait for a connection of a node.
    fn calls_ended(&self, conn: &ConnId, taken: u64) {
        for slot in self.invokes.disconnected(conn, taken) {
            dispatch::clear_mark(self, slot);
        }
    }

    /// Writes how calls to nodes ended, for callers that ask again after a restart.
    pub(crate) async fn write_outcomes(&self) {
        let ended = self.invokes.take_unwritten(now_ms());
        if ended.is_empty() {
            return;
        }
        if let Err(error) = self.book.store().put_call_outcomes(ended).await {
            tracing::warn!(%error, "how calls to nodes ended is not written");
        }
    }

    fn owner(&self, conn: &Conn) -> Owner {
        Owner {
            gateway: self.boot_id.as_str().into(),
            conn: conn.id.clone(),
        }
    }

    /// What every node is told first.
    fn greet_node(&self, conn: &Conn) {
        let triggers = VoiceWakeTriggers {
            triggers: self.settings.voicewake(),
        };
        target::<VoicewakeChanged>(conn, &triggers);
        if conn.is_v4() {
            target::<VoicewakeRoutingChanged>(conn, &no_routing());
        }
    }

    /// Prepares the registry entry of a node that is let in, and asks for what it may not do yet.
    pub(crate) async fn prepare_node(
        &self,
        conn: &Arc<Conn>,
        device: &DeviceId,
        params: &ConnectParams,
    ) -> Result<Arc<LiveNode>, StoreError> {
        let record = self.book.device(device.as_str());
        let declared = surface::declared(params, record.as_deref(), &self.rules().node_commands);
        let approved = record.as_ref().and_then(|device| device.surface.as_ref());
        let approved = approved.map(|approved| &approved.surface);
        let effective = surface::effective(&declared, approved);
        if surface::asks_for_more(&declared, approved) {
            self.ask_for_surface(conn, device, declared.clone(), params)
                .await?;
        }
        let id = NodeId::from(device);
        let path_env = params.path_env.clone();
        Ok(Arc::new(LiveNode::new(
            Arc::clone(conn),
            id,
            declared,
            effective,
            path_env,
        )))
    }

    async fn ask_for_surface(
        &self,
        conn: &Conn,
        device: &DeviceId,
        declared: Surface,
        params: &ConnectParams,
    ) -> Result<(), StoreError> {
        let request = PendingRecord {
            request_id: new_request_id(),
            ask: PendingAsk::Surface {
                device_id: device.clone(),
            },
            declared,
            facts: client_facts_of(params, conn.ingress),
            silent: conn.ingress.is_local(),
            is_repair: false,
            ts_ms: now_ms(),
        };
        match self.book.ask(request, now_ms()).await {
            Ok(asked) => {
                self.announce_asked(&asked);
                Ok(())
            }
            Err(AskError::Store(error)) => Err(error),
            Err(error @ AskError::TooMany) => {
                tracing::warn!(%error, "node surface request not kept");
                Ok(())
            }
        }
    }

    /// Tells operators about a request that was put on the list.
    pub(crate) fn announce_asked(&self, asked: &Asked) {
        for gone in &asked.superseded {
            self.announce_resolved(gone, PairDecision::Rejected);
        }
        if !asked.is_new {
            return;
        }
        let request = &asked.request;
        match view::device::pending(request) {
            Some(shown) => publish::<DevicePairRequested>(&*self.bus, &shown, None),
            None => publish::<NodePairRequested>(&*self.bus, &view::node::pending(request), None),
        }
    }

    /// Tells operators how a request ended.
    pub(crate) fn announce_resolved(&self, request: &PendingRecord, decision: PairDecision) {
        let request_id = request.request_id.clone();
        let ts = now_ms();
        match &request.ask {
            PendingAsk::Device { device_id, .. } => {
                let device_id = device_id.clone();
                let payload = DevicePairResolvedPayload {
                    request_id,
                    device_id,
                    decision,
                    ts,
                };
                publish::<DevicePairResolved>(&*self.bus, &payload, None);
            }
            PendingAsk::Surface { .. } | PendingAsk::LegacyNode { .. } => {
                let node_id = NodeId::from(request.subject());
                let payload = NodePairResolvedPayload {
                    request_id,
                    node_id,
                    decision,
                    ts,
                };
                publish::<NodePairResolved>(&*self.bus, &payload, None);
            }
        }
    }

    /// Tells operators that a device was approved without a person.
    pub(crate) fn announce_silent_approval(&self, device_id: &DeviceId) {
        let payload = DevicePairResolvedPayload {
            request_id: new_request_id(),
            device_id: device_id.clone(),
            decision: PairDecision::Approved,
            ts: now_ms(),
        };
        publish::<DevicePairResolved>(&*self.bus, &payload, None);
    }

    /// Tells operators that the surface of a node was approved without a person.
    pub(crate) fn announce_surface_approval(&self, device_id: &DeviceId) {
        let payload = NodePairResolvedPayload {
            request_id: new_request_id(),
            node_id: NodeId::from(device_id),
            decision: PairDecision::Approved,
            ts: now_ms(),
        };
        publish::<NodePairResolved>(&*self.bus, &payload, None);
    }

    /// Tells a connected node that its request was approved.
    pub(crate) fn tell_node_approved(&self, request: &PendingRecord) {
        let Some(node) = self.nodes.get(request.subject()) else {
            return;
        };
        let payload = NodePairResolvedPayload {
            request_id: request.request_id.clone(),
            node_id: NodeId::from(request.subject()),
            decision: PairDecision::Approved,
            ts: now_ms(),
        };
        target::<NodePairResolved>(&node.conn, &payload);
    }

    /// Gives a connected node what was approved by now, without a reconnect.
    pub(crate) fn refresh_surface(&self, id: &str) {
        let (Some(node), Some(device)) = (self.nodes.get(id), self.book.device(id)) else {
            return;
        };
        let approved = device.surface.as_ref().map(|approved| &approved.surface);
        node.set_effective(surface::effective(&node.declared, approved));
    }

    /// Makes a new health snapshot for those who ask.
    fn renew_health(&self) -> (String, u64) {
        let began = Instant::now();
        let text = view::health::snapshot(self, began).to_string();
        let number = self.health.put(text.clone());
        (text, number)
    }

    /// Looks which sessions there are, for the next snapshot.
    pub(crate) async fn count_sessions(&self) {
        if let Err(error) = self.heads.read(&self.home).await {
            tracing::warn!(%error, "the sessions cannot be counted");
        }
    }

    /// Makes a new health snapshot and tells everyone.
    pub(crate) fn refresh_health(&self) -> u64 {
        let (text, number) = self.renew_health();
        if number > 2 {
            let version = StateVersion {
                presence: self.presence.version(),
                health: number,
            };
            publish_raw::<Health>(&*self.bus, &text, Some(version));
        }
        number
    }

    /// Says that the presence list changed; it is sent soon, once for many changes.
    pub(crate) fn touch_presence(&self) {
        self.presence_changed.notify_one();
    }

    /// Sends the presence list; answers how long to wait before it is sent again.
    fn send_presence(&self) -> Duration {
        let clients = self.hub.len();
        if clients == 0 {
            return PRESENCE_SPACING;
        }
        let (list, version) = self.presence.text(now_ms());
        let payload = format!(r#"{{"presence":{list}}}"#);
        let version = StateVersion {
            presence: version,
            health: self.health.last().1,
        };
        publish_raw::<Presence>(&*self.bus, &payload, Some(version));
        // Many clients that come and go must not cost their number squared.
        let bytes = payload.len() as u64 * clients as u64;
        PRESENCE_SPACING.max(Duration::from_millis(
            bytes * 1000 / PRESENCE_BYTES_PER_SECOND,
        ))
    }

    /// Everything that happens by itself, until the Gateway ends.
    pub(crate) async fn keep_house(self: Arc<Self>, stop: CancellationToken) {
        let ticks = async {
            let mut tick = tokio::time::interval_at(
                Instant::now() + limits::TICK_INTERVAL,
                limits::TICK_INTERVAL,
            );
            loop {
                tick.tick().await;
                publish::<Tick>(&*self.bus, &TickPayload { ts: now_ms() }, None);
            }
        };
        let health = async {
            let mut tick = tokio::time::interval_at(
                Instant::now() + limits::HEALTH_INTERVAL,
                limits::HEALTH_INTERVAL,
            );
            loop {
                tick.tick().await;
                self.count_sessions().await;
                self.refresh_health();
                self.rates.prune(now_ms());
                self.forget_old_calls().await;
                self.expire_requests().await;
                if let Err(error) = self.book.prune_setup_codes(now_ms()).await {
                    tracing::warn!(%error, "ended setup codes not removed");
                }
                if let Err(error) = self.book.store().flush_touches().await {
                    tracing::warn!(%error, "last-seen notes not written");
                }
            }
        };
        let presence = async {
            loop {
                self.presence_changed.notified().await;
                // Many changes at once become one event.
                tokio::time::sleep(PRESENCE_DELAY).await;
                let spacing = self.send_presence();
                tokio::time::sleep(spacing).await;
            }
        };
        // Whoever asks is told of a new session at once, everybody with the next snapshot.
        let sessions = async {
            loop {
                self.count_sessions().await;
                self.renew_health();
                self.heads.changed().await;
                tokio::time::sleep(SESSIONS_DELAY).await;
            }
        };
        let deadlines = self.invokes.sweep(dispatch::cancel);
        let outcomes = async {
            let mut tick = tokio::time::interval_at(Instant::now() + OUTCOMES, OUTCOMES);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                self.write_outcomes().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = async { tokio::join!(ticks, health, presence, sessions, deadlines, outcomes) ; } => {}
        }
    }

    async fn forget_old_calls(&self) {
        let now = now_ms();
        self.invokes.prune(now);
        let before = now.saturating_sub(KNOWN_MS);
        if let Err(error) = self.book.store().forget_call_outcomes(before).await {
            tracing::warn!(%error, "old outcomes of calls to nodes not removed");
        }
    }

    async fn expire_requests(&self) {
        match self.book.expire(now_ms()).await {
            Ok(gone) => gone
                .iter()
                .for_each(|request| self.announce_resolved(request, PairDecision::Rejected)),
            Err(error) => tracing::warn!(%error, "expired pairing requests not removed"),
        }
    }
}

/// How often ends of calls to nodes are written.
const OUTCOMES: Duration = Duration::from_secs(1);
/// Bytes of presence events a second, over all clients.
const PRESENCE_BYTES_PER_SECOND: u64 = 8 * 1024 * 1024;
/// How long after a change the sessions are counted, once for many changes.
const SESSIONS_DELAY: Duration = Duration::from_secs(1);
/// How long after a change the list is sent.
const PRESENCE_DELAY: Duration = Duration::from_millis(10);
/// Presence events are at least this far apart.
const PRESENCE_SPACING: Duration = Duration::from_millis(250);

/// Voice wake routing where none is configured: to whatever session is current.
fn no_routing() -> VoicewakeRoutingChangedPayload {
    let target = json!({ "mode": "current" });
    VoicewakeRoutingChangedPayload {
        config: VoiceWakeRouting::new(1, target, Vec::new(), 0),
    }
}

fn own_presence(options: &GatewayOptions, boot_id: &str) -> PresenceEntry {
    let host = &options.host_name;
    let ip = options.host_ip.as_deref();
    let shown_ip = ip.map(|ip| format!(" ({ip})")).unwrap_or_default();
    PresenceEntry {
        host: Some(host.clone()),
        ip: ip.map(str::to_owned),
        version: Some(options.version.clone()),
        platform: Some(host::platform()),
        device_family: Some(host::family().to_owned()),
        model_identifier: Some(std::env::consts::ARCH.to_owned()),
        mode: Some("gateway".to_owned()),
        reason: Some("self".to_owned()),
        instance_id: Some(boot_id.to_owned()),
        text: Some(format!(
            "Gateway: {host}{shown_ip} · app {} · mode gateway · reason self",
            options.version
        )),
        ts: now_ms(),
        ..PresenceEntry::default()
    }
}

//! `node.pair.*`: node surfaces, and the February family of node pairing. A view of the same list
//! of requests as `device.pair.*`.

use openclaw_policy::pairing::{PairingDenied, may_approve_surface};
use openclaw_protocol::Role;
use openclaw_protocol::events::node::pair::resolved::PairDecision;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::node::pair::approve::{NodePairApprove, NodePairApproveResult};
use openclaw_protocol::methods::node::pair::list::{NodePairList, NodePairListResult};
use openclaw_protocol::methods::node::pair::record::PairedNode;
use openclaw_protocol::methods::node::pair::reject::{NodePairReject, NodePairRejectResult};
use openclaw_protocol::methods::node::pair::remove::{NodePairRemove, NodePairRemoveResult};
use openclaw_protocol::methods::node::pair::request::{
    NodePairRequest, NodePairRequestParams, NodePairRequestResult, NodePairStatus,
};
use openclaw_protocol::methods::node::pair::verify::{NodePairVerify, NodePairVerifyResult};
use openclaw_protocol::methods::secret::WireSecret;
use openclaw_store::{
    Approval, ClientFacts, PendingAsk, PendingKind, PendingRecord, Surface, TokenDigest,
};

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::devices::ids::new_request_id;
use crate::devices::requests::Made;
use crate::fault::Fault;
use crate::handlers::device::{broken, grant, reject};
use crate::nodes::surface::bounded_names;
use crate::router::Router;
use crate::view;

/// Kinds of request that concern a node: its device, its surface, the February family.
const KINDS: &[PendingKind] = &[
    PendingKind::Device,
    PendingKind::Surface,
    PendingKind::LegacyNode,
];

pub(super) fn register(router: &mut Router) {
    router.now::<NodePairList>(|ctx, _| Ok(list(ctx)));
    router.later::<NodePairApprove, _>(|ctx, params| async move {
        approve(&ctx, params.request_id.as_ref()).await
    });
    router.later::<NodePairReject, _>(|ctx, params| async move {
        concerns_node(&ctx, params.request_id.as_ref())?;
        let request = reject(&ctx, params.request_id.as_ref(), KINDS).await?;
        let node_id = NodeId::from(request.subject());
        Ok(NodePairRejectResult {
            request_id: request.request_id,
            node_id,
        })
    });
    router.later::<NodePairRemove, _>(
        |ctx, params| async move { remove(&ctx, params.node_id).await },
    );
    router.later::<NodePairRequest, _>(|ctx, params| async move { ask(&ctx, params).await });
    router.now::<NodePairVerify>(|ctx, params| {
        let node = ctx.core().book.read(|live| {
            live.legacy
                .get(&params.node_id)
                .filter(|node| node.token.matches(params.token.expose()))
                .map(view::node::legacy)
        });
        Ok(NodePairVerifyResult {
            ok: node.is_some(),
            node,
        })
    });
}

/// Whether a request is about a node at all.
fn is_node_request(request: &PendingRecord) -> bool {
    request.kind() != PendingKind::Device || request.roles().contains(&Role::Node)
}

fn concerns_node(ctx: &Ctx, request_id: &str) -> Result<PendingRecord, Fault> {
    ctx.core()
        .book
        .request(request_id, now_ms())
        .filter(is_node_request)
        .ok_or_else(|| Fault::invalid("unknown requestId"))
}

fn list(ctx: &Ctx) -> NodePairListResult {
    let book = &ctx.core().book;
    let pending = book
        .waiting(now_ms())
        .iter()
        .filter(|request| is_node_request(request))
        .map(view::node::pending)
        .collect();
    let paired = book.read(|live| {
        let mut devices: Vec<_> = live
            .devices
            .values()
            .filter(|device| device.surface.is_some())
            .collect();
        devices.sort_by_key(|device| std::cmp::Reverse(device.approved_at_ms));
        let surfaces = devices.into_iter().map(|device| view::node::paired(device));
        surfaces
            .chain(live.legacy.values().map(view::node::legacy))
            .collect()
    });
    NodePairListResult { pending, paired }
}

async fn approve(ctx: &Ctx, request_id: &str) -> Result<NodePairApproveResult, Fault> {
    let core = ctx.core();
    let request = concerns_node(ctx, request_id)?;
    let may_surface = || {
        may_approve_surface(&ctx.conn().caller, &request.declared.commands).map_err(|denied| {
            match denied {
                PairingDenied::MissingScope(scope) => {
                    Fault::invalid(format!("missing scope: {scope}"))
                }
                other => Fault::invalid(other.to_string()),
            }
        })
    };
    let (made, token) = match request.kind() {
        PendingKind::Device => {
            may_surface()?;
            (grant(ctx, &request).await?, None)
        }
        PendingKind::Surface => {
            may_surface()?;
            let approval = Approval::Surface(request.declared.clone());
            (record(ctx, &request, approval).await?, None)
        }
        PendingKind::LegacyNode => {
            let token = uuid::Uuid::new_v4().simple().to_string();
            let approval = Approval::LegacyNode(TokenDigest::of(&token));
            (record(ctx, &request, approval).await?, Some(token))
        }
    };
    core.refresh_surface(request.subject());
    let node = match &made {
        Made::Device(device) => view::node::paired(device),
        Made::LegacyNode(node) => PairedNode {
            // Shown once, to the one who approved.
            token: token.map(WireSecret::from),
            ..view::node::legacy(node)
        },
    };
    Ok(NodePairApproveResult {
        request_id: request.request_id,
        node,
    })
}

/// Records an approval and tells operators and the node.
async fn record(ctx: &Ctx, request: &PendingRecord, approval: Approval) -> Result<Made, Fault> {
    let core = ctx.core();
    let made = core
        .book
        .approve(&request.request_id, approval, now_ms())
        .await
        .map_err(broken)?;
    core.announce_resolved(request, PairDecision::Approved);
    core.tell_node_approved(request);
    tracing::info!(request = %request.request_id, node = request.subject(), "node approved");
    Ok(made)
}

async fn remove(ctx: &Ctx, node_id: NodeId) -> Result<NodePairRemoveResult, Fault> {
    let core = ctx.core();
    let device = core
        .book
        .device(node_id.as_str())
        .filter(|device| device.surface.is_some());
    if let Some(device) = device {
        core.book
            .remove_surface(&device.device_id)
            .await
            .map_err(broken)?;
        core.refresh_surface(node_id.as_str());
    } else {
        core.book
            .remove_legacy(&node_id)
            .await
            .map_err(|_| Fault::invalid("unknown nodeId"))?;
    }
    Ok(NodePairRemoveResult { node_id })
}

/// `node.pair.request` of protocol 3: a name without a device key.
async fn ask(ctx: &Ctx, params: NodePairRequestParams) -> Result<NodePairRequestResult, Fault> {
    let core = ctx.core();
    let node_id = params.node_id;
    let is_repair = core.book.read(|live| live.legacy.contains_key(&node_id));
    let request = PendingRecord {
        request_id: new_request_id(),
        ask: PendingAsk::LegacyNode { node_id },
        declared: Surface {
            caps: bounded_names(params.caps.as_deref()),
            commands: bounded_names(params.commands.as_deref()),
            permissions: std::collections::BTreeMap::new(),
        },
        facts: ClientFacts {
            display_name: params.display_name,
            platform: params.platform,
            device_family: params.device_family,
            model_identifier: params.model_identifier,
            version: params.version,
            core_version: params.core_version,
            ui_version: params.ui_version,
            remote_ip: params.remote_ip,
            ..ClientFacts::default()
        },
        silent: params.silent.unwrap_or(false),
        is_repair,
        ts_ms: now_ms(),
    };
    let asked = core
        .book
        .ask(request, now_ms())
        .await
        .map_err(|error| Fault::internal("pairing request not kept", error))?;
    core.announce_asked(&asked);
    Ok(NodePairRequestResult {
        status: NodePairStatus::Pending,
        request: view::node::pending(&asked.request),
        created: asked.is_new,
    })
}

//! `node.pair.*`: node surfaces, and the February family of node pairing. A view of the same list
//! of requests as `device.pair.*`.

use openclaw_protocol::ErrorShape;
use openclaw_protocol::events::node::pair::resolved::PairDecision;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::node::pair::approve::{NodePairApprove, NodePairApproveResult};
use openclaw_protocol::methods::node::pair::list::NodePairList;
use openclaw_protocol::methods::node::pair::reject::{NodePairReject, NodePairRejectResult};
use openclaw_protocol::methods::node::pair::remove::{NodePairRemove, NodePairRemoveResult};
use openclaw_protocol::methods::node::pair::request::{
    NodePairRequest, NodePairRequestParams, NodePairRequestResult, NodePairStatus,
};
use openclaw_protocol::methods::node::pair::verify::{NodePairVerify, NodePairVerifyResult};
use openclaw_store::{ClientFacts, PendingAsk, PendingRecord, Surface};

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::devices::desk::Family;
use crate::devices::ids::new_request_id;
use crate::devices::requests::AskError;
use crate::fault::Fault;
use crate::handlers::device::{actor, broken, refused, told};
use crate::nodes::surface::bounded_names;
use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now::<NodePairList>(|ctx, _| Ok(view::node::pairs(&ctx.core().book, now_ms())));
    router.later::<NodePairApprove, _>(|ctx, params| async move {
        let id = params.request_id.as_str();
        let book = &ctx.core().book;
        let decided = book
            .approve_for(actor(&ctx), Family::Node, id, now_ms())
            .await
            .map_err(refused)?;
        told(&ctx, &decided);
        Ok(NodePairApproveResult {
            node: view::node::made(&decided),
            request_id: decided.request.request_id,
        })
    });
    router.later::<NodePairReject, _>(|ctx, params| async move {
        let id = params.request_id.as_str();
        let book = &ctx.core().book;
        let request = book
            .reject_for(actor(&ctx), Family::Node, id, now_ms())
            .await
            .map_err(refused)?;
        ctx.core()
            .announce_resolved(&request, PairDecision::Rejected);
        Ok(NodePairRejectResult {
            node_id: NodeId::from(request.subject()),
            request_id: request.request_id,
        })
    });
    router.later::<NodePairRemove, _>(|ctx, params| async move {
        let node_id = params.node_id;
        let book = &ctx.core().book;
        book.remove_node_for(actor(&ctx), &node_id)
            .await
            .map_err(refused)?;
        ctx.core().refresh_surface(node_id.as_str());
        Ok(NodePairRemoveResult { node_id })
    });
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
        .map_err(|error| match error {
            AskError::TooMany => {
                let error = ErrorShape::unavailable(error.to_string());
                Fault::from(error.with_retry_after_ms(30_000))
            }
            AskError::Store(error) => broken(error),
        })?;
    core.announce_asked(&asked);
    Ok(NodePairRequestResult {
        status: NodePairStatus::Pending,
        request: view::node::pending(&asked.request),
        created: asked.is_new,
    })
}

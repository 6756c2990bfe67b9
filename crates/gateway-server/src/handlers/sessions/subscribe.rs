//! `sessions.subscribe`, `sessions.messages.subscribe`, `sessions.messages.unsubscribe`

use openclaw_protocol::Scope;
use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::sessions::list::SessionsListParams;
use openclaw_protocol::methods::sessions::messages::subscribe::{
    SessionsMessagesSubscribe, SessionsMessagesSubscribeResult,
};
use openclaw_protocol::methods::sessions::messages::unsubscribe::{
    SessionsMessagesUnsubscribe, SessionsMessagesUnsubscribeResult,
};
use openclaw_protocol::methods::sessions::subscribe::{SessionsSubscribe, SessionsSubscribeResult};
use serde_json::json;

use super::{key, list};
use crate::clock::now_ms;
use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsSubscribe, _>(|ctx, params| async move {
        // First: nothing is missed between the list and the events.
        ctx.conn().watches.watch_all();
        let mut result = SessionsSubscribeResult::new(true);
        if params != SessionsListParams::default() {
            result.list = Some(list::list(&ctx, &params).await?);
        }
        Ok(result)
    });
    router.now::<SessionsMessagesSubscribe>(|ctx, params| {
        let (core, conn) = (ctx.core(), ctx.conn());
        let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
        let wants_approvals = params.include_approvals == Some(true);
        if wants_approvals && !conn.scopes().allows(&Scope::Approvals) {
            return Err(Fault::invalid(
                "includeApprovals takes the scope operator.approvals",
            ));
        }
        if !conn.watches.watch(&key) {
            return Err(Fault::unavailable(
                "this connection watches too many sessions; sessions.subscribe watches all",
            ));
        }
        let mut result = SessionsMessagesSubscribeResult::new(true, SessionKey::from(key.as_str()));
        if wants_approvals {
            result.approval_replay = Some(json!({
                "sessionKey": key, "updatedAtMs": now_ms(), "approvals": [], "truncated": false,
            }));
        }
        Ok(result)
    });
    router.now::<SessionsMessagesUnsubscribe>(|ctx, params| {
        let key = key(ctx.core(), params.key.as_str(), params.agent_id.as_ref())?;
        ctx.conn().watches.leave(&key);
        Ok(SessionsMessagesUnsubscribeResult {
            subscribed: false,
            key: SessionKey::from(key),
        })
    });
}

//! `sessions.describe`

use openclaw_protocol::methods::sessions::describe::{SessionsDescribe, SessionsDescribeResult};

use super::{Broken, key};
use crate::conversations::{Brief, row};
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsDescribe, _>(|ctx, params| async move {
        let core = ctx.core();
        let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
        let found = core.conversations.get(&key).await.map_err(Broken::from)?;
        let Some(one) = found else {
            return Ok(SessionsDescribeResult::default());
        };
        let brief = Brief {
            title: params.include_derived_titles == Some(true),
            last: params.include_last_message == Some(true),
        };
        let shown = row::row(core, &one, ctx.conn().generation, brief).await;
        Ok(SessionsDescribeResult {
            session: Some(shown.map_err(Broken::from)?),
        })
    });
}

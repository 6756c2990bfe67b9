//! `channels.status`

use std::collections::BTreeMap;

use openclaw_protocol::methods::channels::status::{ChannelsStatus, ChannelsStatusResult};

use crate::clock::now_ms;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<ChannelsStatus>(|_, _| {
        // No channel is served: none is listed.
        let none = BTreeMap::new;
        Ok(ChannelsStatusResult {
            channel_detail_labels: Some(none()),
            channel_system_images: Some(none()),
            channel_meta: Some(Vec::new()),
            ..ChannelsStatusResult::new(
                now_ms(),
                Vec::new(),
                none(),
                BTreeMap::new(),
                BTreeMap::new(),
                none(),
            )
        })
    });
}

//! What a channel is given by this Gateway.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use openclaw_channels::{Accepted, ChannelHost, HostError, Inbound, Position, Report};
use openclaw_store::UpdateKey;
use serde_json::value::to_raw_value;

use super::account::Account;
use crate::clock::now_ms;
use crate::core::Core;

/// What one account is given.
pub(super) struct Host {
    core: Weak<Core>,
    account: Arc<Account>,
}

impl Host {
    pub(super) fn new(core: &Arc<Core>, account: &Arc<Account>) -> Self {
        Self {
            core: Arc::downgrade(core),
            account: Arc::clone(account),
        }
    }

    fn core(&self) -> Result<Arc<Core>, HostError> {
        let core = self.core.upgrade().filter(|core| !core.runs.is_resting());
        core.ok_or_else(|| HostError("it stops".to_owned()))
    }

    fn place(&self, queue: &str) -> String {
        let options = &self.account.options;
        format!("channel.{}.{}.{queue}", options.channel, options.account)
    }
}

#[async_trait]
impl ChannelHost for Host {
    async fn accept(&self, inbound: Inbound) -> Result<Accepted, HostError> {
        let core = self.core()?;
        let options = &self.account.options;
        let key = UpdateKey {
            channel: options.channel.clone(),
            account: options.account.clone(),
            update_id: inbound.update_id.clone(),
        };
        let broken = |error: &dyn std::fmt::Display| HostError(error.to_string());
        let body = to_raw_value(&inbound).map_err(|error| broken(&error))?;
        let kept = core.home.accept_update(key, body, now_ms());
        let is_new = kept.await.map_err(|error| broken(&error))?;
        if !is_new {
            return Ok(Accepted::Duplicate);
        }
        self.account.heard();
        core.channels.inbox.notify_one();
        Ok(Accepted::New)
    }

    async fn position(&self, queue: &str) -> Result<Option<Position>, HostError> {
        let found = self.core()?.home.setting(&self.place(queue));
        found.await.map_err(|error| HostError(error.to_string()))
    }

    async fn keep_position(&self, queue: &str, position: Position) -> Result<(), HostError> {
        let kept = self.core()?.home.put_setting(&self.place(queue), &position);
        kept.await.map_err(|error| HostError(error.to_string()))
    }

    fn report(&self, report: Report) {
        let name = self.account.name();
        let is_news = self.account.change(|state| match report {
            Report::Connected(facts) => {
                state.is_connected = true;
                state.failures = 0;
                state.error = None;
                state.facts = facts;
                state.connected_at_ms = Some(now_ms());
            }
            Report::Failing(why) => {
                if state.error.as_ref() != Some(&why) {
                    tracing::warn!(channel = name, why, "a channel does not answer");
                }
                state.is_connected = false;
                state.failures += 1;
                state.error = Some(why);
            }
        });
        if is_news && let Some(core) = self.core.upgrade() {
            core.refresh_health();
        }
    }

    fn now_ms(&self) -> u64 {
        now_ms()
    }
}

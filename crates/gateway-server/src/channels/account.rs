//! One account: what it is made of, and how it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openclaw_channels::Channel;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::options::ChannelAccount;
use crate::clock::now_ms;

/// Calls at the path of one account whose bodies are read before anything is proved.
pub(super) const MAX_UNPROVEN: usize = 16;

/// One account of a channel in this Gateway.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) options: ChannelAccount,
    /// What sends and takes; or what it lacks.
    pub(crate) channel: Result<Arc<dyn Channel>, String>,
    state: Mutex<AccountState>,
    /// Ends its task: it was stopped, changed, or the Gateway stops.
    pub(super) stop: CancellationToken,
    is_begun: AtomicBool,
    /// Calls of nobody knows whom whose bodies are being read.
    pub(super) unproven: Semaphore,
}

/// How an account is. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountState {
    /// Its task runs.
    pub(crate) is_running: bool,
    /// The service answers.
    pub(crate) is_connected: bool,
    /// A person stopped it.
    pub(crate) is_stopped: bool,
    /// Failed tries since the service answered last.
    pub(crate) failures: u64,
    /// Why the service does not answer.
    pub(crate) error: Option<String>,
    /// What the service says of us.
    pub(crate) facts: Value,
    pub(crate) connected_at_ms: Option<u64>,
    pub(crate) started_at_ms: Option<u64>,
    pub(crate) stopped_at_ms: Option<u64>,
    pub(crate) inbound_at_ms: Option<u64>,
    pub(crate) outbound_at_ms: Option<u64>,
}

impl Account {
    pub(super) fn new(options: ChannelAccount) -> Self {
        let channel = options.open();
        let state = AccountState {
            error: channel.as_ref().err().cloned(),
            ..AccountState::default()
        };
        Self {
            options,
            channel,
            state: Mutex::new(state),
            stop: CancellationToken::new(),
            is_begun: AtomicBool::new(false),
            unproven: Semaphore::new(MAX_UNPROVEN),
        }
    }

    /// The channel, as far as the configuration wants it.
    pub(crate) fn usable(&self) -> Result<&Arc<dyn Channel>, String> {
        if !self.options.is_enabled {
            return Err("it is disabled in the configuration".to_owned());
        }
        self.channel.as_ref().map_err(Clone::clone)
    }

    /// Its task begins; says whether it is the first.
    pub(super) fn begins(&self) -> bool {
        !self.is_begun.swap(true, Ordering::Relaxed)
    }

    /// `telegram default`
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.options.channel, self.options.account)
    }

    /// The channel's name for people.
    pub(crate) fn label(&self) -> String {
        if let Ok(channel) = &self.channel {
            return channel.label().to_owned();
        }
        let mut letters = self.options.channel.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }

    pub(crate) fn is(&self, channel: &str, account: &str) -> bool {
        self.options.channel == channel && self.options.account == account
    }

    fn lock(&self) -> MutexGuard<'_, AccountState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> AccountState {
        self.lock().clone()
    }

    /// Changes how it is; says whether somebody should hear of it.
    pub(super) fn change(&self, change: impl FnOnce(&mut AccountState)) -> bool {
        let mut state = self.lock();
        let seen = |state: &AccountState| {
            (
                state.is_running,
                state.is_connected,
                state.is_stopped,
                state.error.clone(),
            )
        };
        let before = seen(&state);
        change(&mut state);
        before != seen(&state)
    }

    pub(super) fn heard(&self) {
        self.lock().inbound_at_ms = Some(now_ms());
    }

    pub(super) fn said(&self) {
        self.lock().outbound_at_ms = Some(now_ms());
    }
}

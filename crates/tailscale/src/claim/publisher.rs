//! Telling what has become of a claim: to whoever watches, and to the log.

use std::time::Duration;

use tokio::sync::watch;

use super::Mode;
use super::state::ClaimState;
use super::trouble::Trouble;
use crate::clock;

/// The sender of a claim's states. Its end is the end of the claim.
#[derive(Debug)]
pub(super) struct Publisher {
    mode: Mode,
    sender: watch::Sender<ClaimState>,
    told: Option<Trouble>,
}

impl Publisher {
    pub(super) fn new(mode: Mode) -> (Self, watch::Receiver<ClaimState>) {
        let (sender, receiver) = watch::channel(ClaimState::Starting);
        let publisher = Self {
            mode,
            sender,
            told: None,
        };
        (publisher, receiver)
    }

    /// The route is up. Says nothing new if it was.
    pub(super) fn active(&mut self, url: &str) {
        if self.sender.borrow().url() == Some(url) {
            return;
        }
        let Self { mode, .. } = self;
        let host = url.trim_start_matches("https://").trim_end_matches('/');
        tracing::info!("{mode} enabled: {url} (WS via wss://{host})");
        self.told = None;
        self.sender.send_replace(ClaimState::Active {
            url: url.to_owned(),
            since: clock::now(),
        });
    }

    /// The route is not up. The log hears of a reason once, not with each attempt.
    pub(super) fn degraded(&mut self, reason: Trouble, retry_in: Duration) {
        let remedy = reason.remedy();
        if self.told.as_ref() == Some(&reason) {
            tracing::debug!(%reason, ?retry_in, "{} is still not up", self.mode);
        } else {
            tracing::warn!(
                %reason, %remedy, ?retry_in,
                "{} is not up; the Gateway is reached on loopback only", self.mode
            );
            self.told = Some(reason.clone());
        }
        self.sender.send_replace(ClaimState::Degraded {
            reason,
            remedy,
            next_retry: clock::now() + retry_in,
        });
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.sender.send_replace(ClaimState::Stopped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_and_the_end_is_one_of_them() {
        let (mut publisher, mut state) = Publisher::new(Mode::Serve);
        assert_eq!(*state.borrow(), ClaimState::Starting);
        publisher.active("https://a.ts.net/");
        assert_eq!(state.borrow_and_update().url(), Some("https://a.ts.net/"));
        publisher.active("https://a.ts.net/");
        assert_eq!(state.has_changed().ok(), Some(false));
        publisher.degraded(Trouble::NoName, Duration::from_secs(2));
        let told = state.borrow_and_update().clone();
        let ClaimState::Degraded {
            reason,
            remedy,
            next_retry,
        } = told
        else {
            panic!("{told}");
        };
        assert_eq!(
            (reason, remedy),
            (Trouble::NoName, Trouble::NoName.remedy())
        );
        assert!(next_retry > clock::now());
        drop(publisher);
        assert_eq!(*state.borrow(), ClaimState::Stopped);
    }
}

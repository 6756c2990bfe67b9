//! One machine with the stand-in, and what tests ask of a claim.

use std::path::Path;
use std::time::Duration;

use openclaw_tailscale::stand_in::StandIn;
use openclaw_tailscale::{Claim, ClaimState, Limits, Tailscale};
use tempfile::TempDir;

/// What nobody should have to wait for is short; what should not happen is long.
pub(crate) fn limits() -> Limits {
    Limits {
        query: LONG,
        change: LONG,
        claim_start: LONG,
        stop_grace: LONG,
        boot_poll: SHORT,
        retry_first: SHORT,
        retry_longest: 2 * SHORT,
        check: 100 * LONG,
        check_troubled: SHORT,
        ..Limits::default()
    }
}

pub(crate) const SHORT: Duration = Duration::from_millis(10);
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A machine of a test.
pub(crate) struct Machine {
    pub(crate) folder: TempDir,
    pub(crate) stand_in: StandIn,
    pub(crate) tailscale: Tailscale,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self::with_limits(limits())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = StandIn::write(&folder.path().join("bin")).unwrap();
        let tailscale = Tailscale::with_limits(stand_in.search(), limits);
        Self {
            folder,
            stand_in,
            tailscale,
        }
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.stand_in.calls().unwrap()
    }

    pub(crate) fn called(&self, call: &str) -> usize {
        self.calls().iter().filter(|line| *line == call).count()
    }

    /// None of the processes that were ever started is left.
    pub(crate) fn assert_none_runs(&self) {
        for pid in self.stand_in.pids().unwrap() {
            assert!(!runs(pid), "{pid} of {:?}", self.calls());
        }
    }
}

/// Whether there is a process of that number that is more than a corpse.
pub(crate) fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

pub(crate) async fn until_gone(pid: i32) {
    let gone = async {
        while runs(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
}

pub(crate) async fn active(claim: &mut Claim) -> String {
    let up = claim.wait_for(ClaimState::is_active);
    let state = tokio::time::timeout(LONG, up).await.unwrap();
    state.url().unwrap().to_owned()
}

/// Waits for trouble of this kind; returns what is said about it and what mends it.
pub(crate) async fn degraded(claim: &mut Claim, kind: &str) -> (String, String) {
    let is = |state: &ClaimState| matches!(state, ClaimState::Degraded { reason, .. } if reason.kind() == kind);
    let waited = tokio::time::timeout(LONG, claim.wait_for(is)).await;
    match waited {
        Ok(ClaimState::Degraded { reason, remedy, .. }) => (reason.to_string(), remedy),
        _ => panic!("not {kind} but {}", claim.current()),
    }
}

//! How a tunnel is supervised.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::BackoffLimits;

type Verdict = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A real hello through a fresh tunnel: whether what answers there is what the caller wants.
///
/// It gets the local end and answers with a reason where it is not satisfied. It may be called for
/// every tunnel of a handle, and is dropped when its time is over.
#[derive(Clone)]
pub struct Verify(Arc<dyn Fn(SocketAddr) -> Verdict + Send + Sync>);

impl Verify {
    /// Verifies with this function.
    pub fn new<F, R>(verify: F) -> Self
    where
        F: Fn(SocketAddr) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self(Arc::new(move |address| Box::pin(verify(address))))
    }

    pub(crate) fn call(&self, address: SocketAddr) -> Verdict {
        (self.0)(address)
    }
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verify")
    }
}

/// How a tunnel is supervised.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TunnelOptions {
    /// The directory of records and locks; made with mode 0700. Processes that have it in common
    /// share their tunnels.
    pub state_dir: PathBuf,
    /// The hello that a tunnel must pass before it counts as up. Without one it is up as soon as
    /// `ssh` listens: whether anything answers at the far end is then not known.
    pub verify: Option<Verify>,
    /// How long `ssh` may take until it listens. 20 s.
    pub ready_within: Duration,
    /// How long the hello may take. 10 s.
    pub verify_within: Duration,
    /// How long `ssh` has to end when asked to, before it is killed. 1.5 s.
    pub stop_grace: Duration,
    /// How long to wait after a failure that may pass. 2 to 30 s.
    pub backoff: BackoffLimits,
    /// How long to wait after a failure that a person has to mend: a service that nobody watches
    /// comes back by itself once it is mended. 5 min; `None` waits for [`crate::Tunnel::retry_now`].
    pub human_retry: Option<Duration>,
    /// How often a tunnel of another process is looked at. 200 ms.
    pub poll: Duration,
}

impl TunnelOptions {
    /// The usual ones, with this directory.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self {
            state_dir: state_dir.into(),
            verify: None,
            ready_within: Duration::from_secs(20),
            verify_within: Duration::from_secs(10),
            stop_grace: Duration::from_millis(1500),
            backoff: BackoffLimits::default(),
            human_retry: Some(Duration::from_mins(5)),
            poll: Duration::from_millis(200),
        }
    }

    /// With this hello.
    #[must_use]
    pub fn with_verify(mut self, verify: Verify) -> Self {
        self.verify = Some(verify);
        self
    }
}

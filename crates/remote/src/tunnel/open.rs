//! Opening the tunnel of a target together with the connection through it.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use openclaw_connect::{ConnectError, Connection, DialError, HandshakeError, Stage};
use openclaw_ssh_tunnel::{
    LocalPort, Tunnel, TunnelError, TunnelOptions, TunnelSpec, TunnelState, Up, Verify,
};

use super::once::Once;
use super::{TunnelPlan, keeper};
use crate::client::{Failure, off_thread};
use crate::{OpenOptions, Target};

/// Is told what a tunnel does while it is opened.
#[derive(Clone)]
pub struct TunnelProgress(Arc<dyn Fn(&TunnelState) + Send + Sync>);

impl TunnelProgress {
    /// Tells this function.
    pub fn new(tell: impl Fn(&TunnelState) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

impl fmt::Debug for TunnelProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TunnelProgress")
    }
}

/// An open tunnel, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Opened {
    tunnel: Tunnel,
    /// How it stood when it was opened.
    up: Option<Up>,
    /// Where a tunnel of our own keeps its records.
    _directory: Option<Once>,
}

impl Opened {
    /// How it stands.
    pub(crate) const fn up(&self) -> Option<&Up> {
        self.up.as_ref()
    }

    /// Ends it; one that somebody else keeps stays.
    pub(crate) async fn stop(self) {
        self.tunnel.stop().await;
    }
}

/// The hello through a tunnel: it is the connection that is asked for, and is kept.
#[derive(Debug)]
struct Hello {
    target: Target,
    options: OpenOptions,
    came: Mutex<Option<Came>>,
}

/// What was connected to in the end, and what came of it.
type Came = (Target, Result<Connection, Failure>);

impl Hello {
    async fn say(&self, near: SocketAddr) -> Result<(), String> {
        let mut target = self.target.at(near);
        let mut came = crate::client::open_directly(&target, &self.options).await;
        if !target.info.url.is_secure()
            && let Err(failure) = &came
            && let Some(sure) = speaks_tls(failure)
        {
            let secure = target.speaking_tls();
            let other = crate::client::open_directly(&secure, &self.options).await;
            if sure || other.as_ref().map_or_else(has_seen_tls, |_| true) {
                (target, came) = (secure, other);
            }
        }
        let verdict = match &came {
            Err(failure) if is_silence(failure) => Err(failure.to_string()),
            // A Gateway that refuses us is there.
            Ok(_) | Err(_) => Ok(()),
        };
        *self.came.lock().unwrap_or_else(PoisonError::into_inner) = Some((target, came));
        verdict
    }

    fn take(&self) -> Option<Came> {
        let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.take()
    }
}

/// Opens the tunnel, or uses the one that somebody keeps, and connects through it. The target is
/// the one that was connected to, also where that came to nothing.
pub(crate) async fn open(
    target: &Target,
    plan: &TunnelPlan,
    options: &OpenOptions,
) -> Result<(Opened, Target, Connection), Box<(Target, Failure)>> {
    let not_begun = |failure: Failure| Box::new((target.clone(), failure));
    let (spec, directory) = off_thread({
        let plan = plan.clone();
        move || place(&plan)
    })
    .await
    .map_err(|error| not_begun(error.into()))?
    .map_err(|source| {
        not_begun(Failure::Tunnel(Box::new(no_directory(
            &plan.directory,
            source,
        ))))
    })?;
    let hello = Arc::new(Hello {
        target: target.clone(),
        options: options.clone(),
        came: Mutex::new(None),
    });
    let verify = Verify::new({
        let hello = Arc::clone(&hello);
        move |near| {
            let hello = Arc::clone(&hello);
            async move { hello.say(near).await }
        }
    });
    let records = directory
        .as_ref()
        .map_or(plan.directory(), |directory| directory.path());
    let mut tunnel_options = TunnelOptions::new(records).with_verify(verify);
    tunnel_options.ready_within = options.timeout;
    tunnel_options.verify_within = options.timeout;
    let opened = Opened {
        tunnel: Tunnel::start(spec, tunnel_options),
        up: None,
        _directory: directory,
    };
    let first = first(&opened.tunnel, options.tunnel_progress.as_ref()).await;
    let came = match (first, hello.take()) {
        (Ok(up), Some((target, Ok(connection)))) => {
            return Ok((
                Opened {
                    up: Some(up),
                    ..opened
                },
                target,
                connection,
            ));
        }
        (Ok(_), Some((target, Err(failure)))) => (target, failure),
        (Ok(_), None) => (
            target.clone(),
            Failure::Tunnel(Box::new(TunnelError::Stopped)),
        ),
        (Err(error), _) => (target.clone(), Failure::Tunnel(Box::new(error))),
    };
    opened.stop().await;
    Err(Box::new(came))
}

/// Whether a plaintext hello was refused because the Gateway speaks TLS: surely, or perhaps. The
/// original's Gateway closes such a connection without a word.
fn speaks_tls(failure: &Failure) -> Option<bool> {
    match failure {
        Failure::Connect(error) => may_be_tls(error),
        _ => None,
    }
}

/// The same of the connection itself.
pub(super) fn may_be_tls(error: &ConnectError) -> Option<bool> {
    let ConnectError::Dial(error) = error else {
        return None;
    };
    match **error {
        DialError::NeedsTls => Some(true),
        DialError::Dropped {
            stage: Stage::Upgrade,
            ..
        } => Some(false),
        _ => None,
    }
}

/// Whether a failure came after a certificate was seen.
fn has_seen_tls(failure: &Failure) -> bool {
    match failure {
        Failure::Connect(error) => saw_certificate(error),
        _ => false,
    }
}

/// The same of the connection itself.
pub(super) fn saw_certificate(error: &ConnectError) -> bool {
    match error {
        ConnectError::Dial(error) => matches!(
            **error,
            DialError::Untrusted(_) | DialError::PinMismatch(_) | DialError::UpgradeRejected(_)
        ),
        _ => true,
    }
}

/// A tunnel that somebody keeps is shared. One that lives for one command is nobody else's: it
/// would end under them.
fn place(plan: &TunnelPlan) -> std::io::Result<(TunnelSpec, Option<Once>)> {
    match keeper::kept(plan) {
        Some(kept) => {
            let spec = plan.spec.clone();
            Ok((
                match kept.exact_port {
                    Some(port) => spec.with_local_port(LocalPort::Exactly(port)),
                    None => spec,
                },
                None,
            ))
        }
        None => Ok((plan.spec.clone(), Some(Once::make(plan.directory())?))),
    }
}

/// How the first attempt ends.
async fn first(tunnel: &Tunnel, progress: Option<&TunnelProgress>) -> Result<Up, TunnelError> {
    let mut state = tunnel.state();
    loop {
        let now = state.borrow_and_update().clone();
        if let Some(progress) = progress {
            progress.0(&now);
        }
        match now {
            TunnelState::Up(up) => return Ok(up),
            TunnelState::Down { error, .. } => return Err(error),
            TunnelState::Stopped { error } => return Err(error.unwrap_or(TunnelError::Stopped)),
            _ => {}
        }
        if state.changed().await.is_err() {
            return Err(TunnelError::Stopped);
        }
    }
}

/// Whether nobody, or nobody who is a Gateway, answered.
fn is_silence(failure: &Failure) -> bool {
    match failure {
        Failure::Timeout { .. } => true,
        Failure::Connect(error) => match &**error {
            ConnectError::Dial(error) => matches!(
                **error,
                DialError::Connect { .. }
                    | DialError::Timeout { .. }
                    | DialError::Dropped { .. }
                    | DialError::NotWebSocket(_)
            ),
            ConnectError::Handshake { error, .. } => matches!(
                **error,
                HandshakeError::NoChallenge { .. } | HandshakeError::NoAnswer { .. }
            ),
            _ => false,
        },
        _ => false,
    }
}

fn no_directory(path: &Path, source: std::io::Error) -> TunnelError {
    TunnelError::StateDir {
        doing: "make a directory in",
        path: path.to_path_buf(),
        source: source.into(),
    }
}

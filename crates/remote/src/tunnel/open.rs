//! Opening the tunnel of a target together with the connection through it.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use openclaw_connect::{ConnectError, Connection, DialError, HandshakeError};
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
    /// Where a tunnel of our own keeps its records.
    _directory: Option<Once>,
}

impl Opened {
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
    came: Mutex<Option<Result<Connection, Failure>>>,
}

impl Hello {
    async fn say(&self, near: SocketAddr) -> Result<(), String> {
        let target = self.target.at(near);
        let came = crate::client::open_directly(&target, &self.options).await;
        let verdict = match &came {
            Err(failure) if is_silence(failure) => Err(failure.to_string()),
            // A Gateway that refuses us is there.
            Ok(_) | Err(_) => Ok(()),
        };
        *self.came.lock().unwrap_or_else(PoisonError::into_inner) = Some(came);
        verdict
    }

    fn take(&self) -> Option<Result<Connection, Failure>> {
        let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.take()
    }
}

/// Opens the tunnel, or uses the one that somebody keeps, and connects through it. The target is
/// the one that was connected to.
pub(crate) async fn open(
    target: &Target,
    plan: &TunnelPlan,
    options: &OpenOptions,
) -> Result<(Opened, Target, Connection), Failure> {
    let (spec, directory) = off_thread({
        let plan = plan.clone();
        move || place(&plan)
    })
    .await?
    .map_err(|source| Failure::Tunnel(Box::new(no_directory(&plan.directory, source))))?;
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
        _directory: directory,
    };
    let first = first(&opened.tunnel, options.tunnel_progress.as_ref()).await;
    let came = match (first, hello.take()) {
        (Ok(up), Some(Ok(connection))) => {
            return Ok((opened, target.at(up.local_addr), connection));
        }
        (Ok(_), Some(Err(failure))) => Err(failure),
        (Ok(_), None) => Err(Failure::Tunnel(Box::new(TunnelError::Stopped))),
        (Err(error), _) => Err(Failure::Tunnel(Box::new(error))),
    };
    opened.stop().await;
    came
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

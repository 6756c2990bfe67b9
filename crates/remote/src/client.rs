//! Opening a connection to a target, and calling.

use std::sync::Arc;
use std::time::Duration;

use openclaw_config::secrets::SecretError;
use openclaw_connect::{
    CallError, Class, ConnectError, ConnectPlan, Connection, Credentials, DeviceTokens, DialError,
    Events, Hello, Proof, Session,
};
use openclaw_identity::{DeviceIdentity, IdentityFileError, TokenStore, TokenStoreError};
use openclaw_protocol::{Method, Raw, Role};
use openclaw_ssh_tunnel::{TunnelError, Up};
use openclaw_tls_pin::CertificateInfo;
use secrecy::SecretString;
use tokio::time::{Instant, timeout, timeout_at};

use crate::clock::epoch_ms;
use crate::credentials::{Chosen, SecretValue};
use crate::tunnel::{self, Opened};
use crate::{Identity, OpenOptions, Target, TargetInfo, TargetRefused, secret_command};

/// A connection to a Gateway as an operator.
#[derive(Debug)]
pub struct Remote {
    session: Session,
    events: Events,
    info: Box<TargetInfo>,
    timeout: Duration,
    tunnel: Option<Box<Opened>>,
}

impl Remote {
    /// Connects to a target, through its tunnel if it has one. The deadline then holds for the
    /// tunnel and for the hello through it, each.
    ///
    /// # Errors
    ///
    /// [`RemoteError`]; [`RemoteError::describe`] makes it an answer for people and programs.
    pub async fn open(target: &Target, options: OpenOptions) -> Result<Self, RemoteError> {
        let limit = options.timeout;
        let failed = |failure| RemoteError::new(target, failure);
        if let Some(plan) = &target.tunnel {
            return match tunnel::open(target, plan, &options).await {
                Ok((tunnel, target, connection)) => Ok(Self {
                    session: connection.session,
                    events: connection.events,
                    info: Box::new(target.info),
                    timeout: limit,
                    tunnel: Some(Box::new(tunnel)),
                }),
                Err(came) => {
                    let (target, failure) = *came;
                    Err(RemoteError::new(&target, failure))
                }
            };
        }
        match timeout(limit, open_directly(target, &options)).await {
            Ok(Ok(connection)) => Ok(Self {
                session: connection.session,
                events: connection.events,
                info: Box::new(target.info.clone()),
                timeout: limit,
                tunnel: None,
            }),
            Ok(Err(failure)) => Err(failed(failure)),
            Err(_) => Err(failed(Failure::Timeout { after: limit })),
        }
    }

    /// Connects, calls one method, and closes, all within one deadline.
    ///
    /// # Errors
    ///
    /// [`RemoteError`].
    pub async fn call_once<M: Method>(
        target: &Target,
        options: OpenOptions,
        params: &M::Params,
    ) -> Result<M::Result, RemoteError> {
        let (limit, deadline) = (options.timeout, Instant::now() + options.timeout);
        let options = options.for_method(M::NAME);
        let work = async {
            let remote = Self::open(target, options).await?;
            let answer = remote.call::<M>(params).await;
            remote.close().await;
            answer
        };
        match timeout_at(deadline, work).await {
            Ok(result) => result,
            Err(_) => Err(RemoteError::new(target, Failure::Timeout { after: limit })),
        }
    }

    /// Calls a method.
    ///
    /// # Errors
    ///
    /// [`RemoteError`].
    pub async fn call<M: Method>(&self, params: &M::Params) -> Result<M::Result, RemoteError> {
        self.told(self.session.call::<M>(params, self.timeout).await)
    }

    /// Calls a method that answers twice (`agent`), and returns its second answer.
    ///
    /// # Errors
    ///
    /// [`RemoteError`].
    pub async fn call_expect_final<M: Method>(
        &self,
        params: &M::Params,
    ) -> Result<M::Result, RemoteError> {
        self.told(
            self.session
                .call_expect_final::<M>(params, self.timeout)
                .await,
        )
    }

    /// Calls a method by name, with params and result as JSON text.
    ///
    /// # Errors
    ///
    /// [`RemoteError`].
    pub async fn call_raw(
        &self,
        method: &str,
        params: Option<&Raw>,
    ) -> Result<Box<Raw>, RemoteError> {
        self.told(self.session.call_raw(method, params, self.timeout).await)
    }

    /// [`Self::call_expect_final`] by name, with params and result as JSON text.
    ///
    /// # Errors
    ///
    /// [`RemoteError`].
    pub async fn call_raw_expect_final(
        &self,
        method: &str,
        params: Option<&Raw>,
    ) -> Result<Box<Raw>, RemoteError> {
        self.told(
            self.session
                .call_raw_expect_final(method, params, self.timeout)
                .await,
        )
    }

    /// The same connection with another deadline for calls.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What the Gateway answered to `connect`.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        self.session.hello()
    }

    /// Events from the first one on.
    pub const fn events(&mut self) -> &mut Events {
        &mut self.events
    }

    /// The connection, for everything else.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What it is connected to.
    #[must_use]
    pub fn info(&self) -> &TargetInfo {
        &self.info
    }

    /// The tunnel that it goes through, as it stood when it was opened.
    #[must_use]
    pub fn tunnel(&self) -> Option<&Up> {
        self.tunnel.as_ref()?.up()
    }

    /// Closes the connection, and the tunnel that was opened for it.
    pub async fn close(self) {
        self.session.close().await;
        if let Some(tunnel) = self.tunnel {
            tunnel.stop().await;
        }
    }

    fn told<T>(&self, result: Result<T, CallError>) -> Result<T, RemoteError> {
        result.map_err(|error| RemoteError {
            info: self.info.clone(),
            failure: Failure::Call(error),
            sent: Vec::new(),
        })
    }
}

/// Connects to the address of a target.
pub(crate) async fn open_directly(
    target: &Target,
    options: &OpenOptions,
) -> Result<Connection, Failure> {
    let credentials = unlock(target).await?;
    let has_secret = credentials.proof() == Proof::Shared;
    // Where a shared secret is enough, a device is a convenience.
    let is_optional = has_secret && target.is_loopback();
    let device = match identity(&options.identity).await {
        Ok(device) => device,
        Err(error) if is_optional => {
            tracing::warn!(%error, "going on without a device identity");
            None
        }
        Err(error) => return Err(error.into()),
    };
    let endpoint = target.endpoint();
    let has_token = match &device {
        Some((_, Some(tokens))) if target.credentials.is_empty() => {
            let (tokens, origin) = (Arc::clone(tokens), endpoint.origin());
            off_thread(move || tokens.get(&origin, &Role::Operator))
                .await?
                .is_ok_and(|token| token.is_some())
        }
        _ => false,
    };
    target
        .check_credentials(&options.method, has_token)
        .map_err(Box::new)?;

    let plan = |device: Option<Device>| {
        let mut plan = ConnectPlan::operator(options.client.clone(), options.scopes.clone())
            .with_credentials(credentials.clone())
            .with_dialect(options.dialect);
        if let Some((device, tokens)) = device {
            plan = plan.with_device(device);
            plan.tokens = tokens;
        }
        plan
    };
    let has_device = device.is_some();
    match options.connector.connect(&endpoint, plan(device)).await {
        // A device that waits for approval must not lock its owner out of the machine that can
        // give it: the secret alone is as good there.
        Err(error)
            if is_optional
                && has_device
                && matches!(Class::of_connect(&error), Class::WaitForHuman(_))
                && error.refusal().is_some() =>
        {
            tracing::info!(%error, "the device is not approved; going on without it");
            Ok(options
                .connector
                .connect(&endpoint, plan(None))
                .await
                .map_err(Box::new)?)
        }
        result => Ok(result.map_err(Box::new)?),
    }
}

type Device = (Arc<DeviceIdentity>, Option<Arc<dyn DeviceTokens>>);

async fn identity(identity: &Identity) -> Result<Option<Device>, IdentityError> {
    match identity {
        Identity::Nobody => Ok(None),
        Identity::Device(device, tokens) => Ok(Some((Arc::clone(device), tokens.clone()))),
        Identity::Directory(directory) => {
            let directory = directory.clone();
            let load = move || -> Result<Device, IdentityError> {
                let device = DeviceIdentity::load_or_create(&directory, epoch_ms())?;
                let tokens = TokenStore::load(&directory, device.device_id())?;
                Ok((
                    Arc::new(device),
                    Some(Arc::new(tokens) as Arc<dyn DeviceTokens>),
                ))
            };
            let loaded = tokio::task::spawn_blocking(load).await;
            loaded
                .map_err(|error| IdentityError::Stopped(error.to_string()))?
                .map(Some)
        }
    }
}

/// Runs work that blocks on the disk.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IdentityError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| IdentityError::Stopped(error.to_string()))
}

/// Runs the commands that print secrets.
async fn unlock(target: &Target) -> Result<Credentials, Failure> {
    Ok(Credentials {
        token: secret(target.credentials.token.as_ref()).await?,
        password: secret(target.credentials.password.as_ref()).await?,
        ..Credentials::none()
    })
}

async fn secret(chosen: Option<&Chosen>) -> Result<Option<SecretString>, Failure> {
    match chosen.map(|chosen| &chosen.value) {
        None => Ok(None),
        Some(SecretValue::Ready(secret)) => Ok(Some(secret.clone())),
        Some(SecretValue::Command(command)) => match secret_command::run(command).await {
            Ok(secret) => Ok(Some(secret)),
            Err(why) => Err(Failure::Secret(Box::new(why))),
        },
    }
}

/// Why a call to a target failed, and what the target was.
#[derive(Debug, thiserror::Error)]
#[error("{failure}")]
pub struct RemoteError {
    /// What the target was.
    pub info: Box<TargetInfo>,
    /// What failed.
    #[source]
    pub failure: Failure,
    /// Which secrets were sent, and where they came from.
    pub sent: Vec<SentSecret>,
}

/// A secret that was sent, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentSecret {
    /// `token` or `password`.
    pub kind: &'static str,
    /// Where it came from.
    pub from: String,
    /// Other places that hold a different one.
    pub disagreeing: Vec<String>,
}

/// What failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is no target, or none that may be dialled.
    #[error(transparent)]
    Target(#[from] Box<TargetRefused>),
    /// A command that should print a secret did not.
    #[error(transparent)]
    Secret(Box<SecretError>),
    /// The device of this machine cannot be read or made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// No tunnel.
    #[error(transparent)]
    Tunnel(Box<TunnelError>),
    /// No connection.
    #[error(transparent)]
    Connect(#[from] Box<ConnectError>),
    /// The call itself.
    #[error(transparent)]
    Call(CallError),
    /// Opening took too long.
    #[error("gateway timeout after {}ms", after.as_millis())]
    Timeout {
        /// The deadline.
        after: Duration,
    },
}

/// The device of this machine cannot be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Its key.
    #[error(transparent)]
    Key(#[from] IdentityFileError),
    /// Its tokens.
    #[error(transparent)]
    Tokens(#[from] TokenStoreError),
    /// Reading was cut short.
    #[error("reading the device identity was cut short: {0}")]
    Stopped(String),
}

impl RemoteError {
    /// The certificate that no authority vouches for, where that is what went wrong.
    #[must_use]
    pub fn refused_certificate(&self) -> Option<&CertificateInfo> {
        let Failure::Connect(error) = &self.failure else {
            return None;
        };
        match &**error {
            ConnectError::Dial(error) => match &**error {
                DialError::Untrusted(untrusted) => untrusted.certificate.as_deref(),
                _ => None,
            },
            _ => None,
        }
    }

    fn new(target: &Target, failure: Failure) -> Self {
        let sent = |kind, chosen: &Option<Chosen>| {
            chosen.as_ref().map(|chosen| SentSecret {
                kind,
                from: chosen.from.to_string(),
                disagreeing: chosen.disagreeing.iter().map(ToString::to_string).collect(),
            })
        };
        let credentials = &target.credentials;
        let sent = [
            sent("token", &credentials.token),
            sent("password", &credentials.password),
        ];
        Self {
            info: Box::new(target.info.clone()),
            failure,
            sent: sent.into_iter().flatten().collect(),
        }
    }
}

//! From an endpoint to an open session, in one call.

use std::io;
use std::sync::Arc;

use openclaw_identity::{GatewayOrigin, TokenStoreError};
use openclaw_protocol::close::{self, Close};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep_until, timeout};

use crate::classify::is_credential_refusal;
use crate::clock::epoch_ms;
use crate::dial::{self, Closing, Received};
use crate::handshake::Admitted;
use crate::limits::CLOSE_GRACE;
use crate::{
    ConnectPlan, DeviceTokens, DialError, Endpoint, Events, GatewaySocket, Handshake,
    HandshakeError, Input, Io, Limits, Network, Proof, Session, Stage, Step, Subscription,
    SystemNetwork,
};

/// Opens connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connector {
    limits: Limits,
    network: Arc<dyn Network>,
    subscription: Subscription,
}

/// An open connection.
#[derive(Debug)]
#[non_exhaustive]
pub struct Connection {
    /// For calls.
    pub session: Session,
    /// Events from the first one on. Drop it if nobody listens.
    pub events: Events,
}

impl Connector {
    /// With the usual deadlines, the network of the system, and every event.
    #[must_use]
    pub fn new() -> Self {
        Self {
            limits: Limits::default(),
            network: Arc::new(SystemNetwork),
            subscription: Subscription::all(),
        }
    }

    /// The same with other deadlines.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same over another network.
    #[must_use]
    pub fn with_network(mut self, network: Arc<dyn Network>) -> Self {
        self.network = network;
        self
    }

    /// The same with other events in [`Connection::events`].
    #[must_use]
    pub fn with_events(mut self, subscription: Subscription) -> Self {
        self.subscription = subscription;
        self
    }

    /// Dials an endpoint and shakes hands.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]; [`Class::of_connect`](crate::Class::of_connect) tells what to do.
    pub async fn connect(
        &self,
        endpoint: &Endpoint,
        plan: ConnectPlan,
    ) -> Result<Connection, ConnectError> {
        let socket = self.dial(endpoint).await?;
        self.handshake(socket, &endpoint.origin(), plan).await
    }

    /// The same over a connection that is there already.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect_io(
        &self,
        io: impl Io + 'static,
        endpoint: &Endpoint,
        plan: ConnectPlan,
    ) -> Result<Connection, ConnectError> {
        let socket = dial::dial_io(io, endpoint, &self.limits)
            .await
            .map_err(Box::new)?;
        self.handshake(socket, &endpoint.origin(), plan).await
    }

    /// The first half: an open WebSocket.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Dial`].
    pub async fn dial(&self, endpoint: &Endpoint) -> Result<GatewaySocket, ConnectError> {
        let dialled = dial::dial(endpoint, &self.limits, &*self.network).await;
        dialled.map_err(|error| ConnectError::Dial(Box::new(error)))
    }

    /// The second half: a session. Device tokens are looked up, kept and discarded under `origin`.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Handshake`].
    pub async fn handshake(
        &self,
        socket: GatewaySocket,
        origin: &GatewayOrigin,
        mut plan: ConnectPlan,
    ) -> Result<Connection, ConnectError> {
        let keeper = Keeper::of(&plan, origin);
        if let Some(keeper) = &keeper
            && plan.credentials.proof() == Proof::None
        {
            plan.credentials.device_token = keeper.get().await;
        }
        let proof = plan.credentials.proof();
        let sent = plan
            .credentials
            .device_token
            .clone()
            .filter(|_| proof == Proof::DeviceToken);
        match shake(socket, plan, &self.limits).await {
            Ok((socket, admitted)) => {
                if let Some(keeper) = keeper {
                    keeper.keep(&admitted, sent.as_ref()).await;
                }
                let (session, events) =
                    Session::start(socket, *admitted, self.subscription.clone());
                Ok(Connection { session, events })
            }
            Err(error) => {
                if let (Some(keeper), Some(sent), Some(refusal)) = (keeper, sent, error.refusal())
                    && is_credential_refusal(refusal)
                {
                    keeper.discard(sent).await;
                }
                Err(ConnectError::Handshake { error, proof })
            }
        }
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self::new()
    }
}

/// Moves texts and time between a socket and a handshake.
async fn shake(
    mut socket: GatewaySocket,
    plan: ConnectPlan,
    limits: &Limits,
) -> Result<(GatewaySocket, Box<Admitted>), Box<HandshakeError>> {
    let mut handshake = Handshake::new(plan, limits, Instant::now(), epoch_ms());
    let mut outbound: Option<String> = None;
    loop {
        if let Some(text) = outbound.take() {
            let sent = async {
                socket.queue(text)?;
                socket.flush().await
            };
            // Whatever is wrong with the connection, reading tells it better.
            let _ = timeout(limits.hello, sent).await;
        }
        let deadline = handshake.deadline();
        let received = tokio::select! {
            received = socket.receive() => Some(received),
            () = sleep_until(deadline) => None,
        };
        let now = Instant::now();
        let step = match &received {
            None => handshake.on(Input::Time, now),
            Some(Received::Text(text)) => handshake.on(Input::Text(text), now),
            Some(Received::Life) => Step::Wait,
            Some(Received::Closed(Closing::Frame(close))) => {
                handshake.on(Input::Close(close.clone()), now)
            }
            Some(Received::Closed(Closing::Lost(source))) => {
                handshake.on(Input::Lost(source.as_ref().map(copy_error)), now)
            }
            Some(Received::Closed(Closing::TooLarge)) => {
                handshake.on(Input::Close(Close::too_large()), now)
            }
        };
        match step {
            Step::Wait => {}
            Step::Send(text) => outbound = Some(text),
            Step::Admitted(admitted) => return Ok((socket, admitted)),
            Step::Failed(error) => {
                say_why(&mut socket, &error).await;
                return Err(error);
            }
        }
    }
}

/// Ends a failed handshake with the close frame that real clients send.
async fn say_why(socket: &mut GatewaySocket, error: &HandshakeError) {
    let close = match error {
        HandshakeError::NoChallenge { .. } => {
            Close::new(close::POLICY, "connect challenge timeout")
        }
        HandshakeError::BadChallenge => {
            Close::new(close::POLICY, "connect challenge missing nonce")
        }
        HandshakeError::NoAnswer { .. } => Close::new(close::CLIENT_TIMEOUT, "connect timeout"),
        HandshakeError::UnknownProtocol { .. } => Close::protocol_mismatch(),
        HandshakeError::Unsendable(_) | HandshakeError::Refused { close: None, .. } => {
            Close::new(close::POLICY, "connect failed")
        }
        HandshakeError::Refused { close: Some(_), .. }
        | HandshakeError::Closed { .. }
        | HandshakeError::Lost { .. } => {
            // The answer to their close frame is queued already.
            let _ = timeout(CLOSE_GRACE, socket.flush()).await;
            return;
        }
    };
    if socket.queue_close(&close).is_ok() {
        let _ = timeout(CLOSE_GRACE, socket.flush()).await;
    }
}

fn copy_error(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// The place for device tokens, for one Gateway and role.
struct Keeper {
    tokens: Arc<dyn DeviceTokens>,
    origin: GatewayOrigin,
    role: openclaw_protocol::Role,
}

impl Keeper {
    /// Tokens belong to devices: without one there is nothing to keep.
    fn of(plan: &ConnectPlan, origin: &GatewayOrigin) -> Option<Self> {
        let tokens = Arc::clone(plan.tokens.as_ref()?);
        plan.device.as_ref()?;
        Some(Self {
            tokens,
            origin: origin.clone(),
            role: plan.role.clone(),
        })
    }

    async fn get(&self) -> Option<SecretString> {
        let (tokens, origin, role) = (
            Arc::clone(&self.tokens),
            self.origin.clone(),
            self.role.clone(),
        );
        off_thread(
            move || tokens.get(&origin, &role),
            "cannot read the device token",
        )
        .await?
    }

    /// Keeps what the Gateway issued, if it is news.
    async fn keep(self, admitted: &Admitted, sent: Option<&SecretString>) {
        let Some(auth) = &admitted.hello.auth else {
            return;
        };
        let Some(token) = auth.device_token.clone().filter(|token| !token.is_empty()) else {
            return;
        };
        if sent.is_some_and(|sent| sent.expose_secret() == token) {
            return;
        }
        let (token, scopes) = (SecretString::from(token), auth.scopes.clone());
        let put = move || self.tokens.put(&self.origin, &self.role, &token, &scopes);
        off_thread(put, "cannot keep the device token").await;
    }

    async fn discard(self, refused: SecretString) {
        let discard = move || self.tokens.discard(&self.origin, &self.role, &refused);
        off_thread(discard, "cannot discard the refused device token").await;
    }
}

/// Runs disk work off the network threads. A failure is a warning: the connection goes on.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TokenStoreError> + Send + 'static,
    failure: &'static str,
) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(%error, "{failure}");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "{failure}");
            None
        }
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The socket could not be opened.
    #[error(transparent)]
    Dial(#[from] Box<DialError>),
    /// The Gateway did not let us in.
    #[error("{error}")]
    Handshake {
        /// Why.
        error: Box<HandshakeError>,
        /// Which credential went with it.
        proof: Proof,
    },
}

impl ConnectError {
    /// How far the connection came.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Dial(error) => error.stage(),
            Self::Handshake { error, .. } => error.stage(),
        }
    }

    /// The error object, if the Gateway sent one.
    #[must_use]
    pub fn refusal(&self) -> Option<&openclaw_protocol::ErrorShape> {
        match self {
            Self::Dial(_) => None,
            Self::Handshake { error, .. } => error.refusal(),
        }
    }
}

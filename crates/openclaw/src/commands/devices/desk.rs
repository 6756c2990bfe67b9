//! Where devices and requests are looked at and decided: at the Gateway that runs, or, when none
//! runs, in its state.
//!
//! The state is only touched when the Gateway of this machine is meant, nobody listens there, and
//! the lock of the state directory is free: then there is no Gateway that could be gone round.

use std::io;

use openclaw_connect::{ConnectError, DialError};
use openclaw_gateway_server::offline::{Book, OfflineError};
use openclaw_protocol::Method;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::device::pair::approve::{
    DevicePairApprove, DevicePairApproveParams,
};
use openclaw_protocol::methods::device::pair::list::DevicePairList;
use openclaw_protocol::methods::device::pair::reject::{DevicePairReject, DevicePairRejectParams};
use openclaw_protocol::methods::device::pair::remove::{DevicePairRemove, DevicePairRemoveParams};
use openclaw_protocol::methods::device::token::revoke::{
    DeviceTokenRevoke, DeviceTokenRevokeParams,
};
use openclaw_protocol::methods::device::token::rotate::{
    DeviceTokenRotate, DeviceTokenRotateParams,
};
use openclaw_protocol::methods::node::list::NodeList;
use openclaw_protocol::methods::node::pair::approve::{NodePairApprove, NodePairApproveParams};
use openclaw_protocol::methods::node::pair::list::NodePairList;
use openclaw_protocol::methods::node::pair::reject::{NodePairReject, NodePairRejectParams};
use openclaw_protocol::methods::node::pair::remove::{NodePairRemove, NodePairRemoveParams};
use openclaw_remote::client::Failure;
use openclaw_remote::{OpenOptions, RemoteError, Target, TargetRefused, UrlSource};
use serde::Serialize;
use serde_json::{Value, json};

use super::refused::explained;
use crate::app::App;
use crate::cli::target::TargetArgs;
use crate::client::{self, Client};
use crate::commands::gateway::token_key;
use crate::error::CliError;

/// Where devices and requests are looked at and decided.
pub(crate) struct Desk {
    place: Place,
    is_local: bool,
}

enum Place {
    /// The Gateway that runs.
    Gateway(Client),
    /// Its state; none runs.
    Store(Box<Book>),
}

/// `via` in the JSON of what was done without a Gateway.
const VIA: &str = "local-store";

impl Desk {
    /// Connects to the Gateway that options, environment and configuration describe, or opens its
    /// state. `first` is the method that is called first: a refusal names it.
    pub(crate) async fn open(app: &App, args: &TargetArgs, first: &str) -> Result<Self, CliError> {
        let loaded = app.load_config()?;
        let target = Target::resolve(&client::flags(args), &app.paths, &loaded)
            .map_err(|why| client::refused(&why))?;
        let is_local = target.info.url_source == UrlSource::Local;
        let mut options = OpenOptions::new(&app.paths).for_method(first);
        if let Some(timeout) = args.timeout {
            options = options.with_timeout(timeout);
        }
        let error = match Client::try_open(&target, options).await {
            Ok(client) => {
                return Ok(Self {
                    place: Place::Gateway(client),
                    is_local,
                });
            }
            Err(error) => error,
        };
        let told = client::failed(&error);
        if !is_local || !is_nobody_there(&error) {
            return Err(explained(told, is_local));
        }
        let book = open_book(app, told).await?;
        app.out.note(format!(
            "note: no Gateway runs at {}; acting on its state in {}",
            target.info.url,
            app.out.path(app.paths.state_dir())
        ));
        Ok(Self {
            place: Place::Store(Box::new(book)),
            is_local,
        })
    }

    /// `device.pair.list`.
    pub(crate) async fn devices(&self) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => self.call::<DevicePairList>(client, &NoParams {}).await,
            Place::Store(book) => shown(&book.devices()),
        }
    }

    /// `node.pair.list`.
    pub(crate) async fn nodes(&self) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => self.call::<NodePairList>(client, &NoParams {}).await,
            Place::Store(book) => shown(&book.nodes()),
        }
    }

    /// Nodes by which one may be named: all that are known, connected or not.
    pub(crate) async fn known_nodes(&self) -> Result<Vec<Value>, CliError> {
        let (answer, key) = match &self.place {
            Place::Gateway(client) => (self.call::<NodeList>(client, &NoParams {}).await?, "nodes"),
            Place::Store(book) => (shown(&book.nodes())?, "paired"),
        };
        Ok(crate::render::field::list(&answer, key).to_vec())
    }

    /// `device.pair.approve`.
    pub(crate) async fn approve(&self, id: &str) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => {
                let request_id = id.into();
                let params = DevicePairApproveParams { request_id };
                self.call::<DevicePairApprove>(client, &params).await
            }
            Place::Store(book) => done(book.approve(id).await),
        }
    }

    /// `node.pair.approve`.
    pub(crate) async fn approve_node(&self, id: &str) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => {
                let request_id = id.into();
                let params = NodePairApproveParams { request_id };
                self.call::<NodePairApprove>(client, &params).await
            }
            Place::Store(book) => done(book.approve_node(id).await),
        }
    }

    /// `device.pair.reject`.
    pub(crate) async fn reject(&self, id: &str) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => {
                let request_id = id.into();
                let params = DevicePairRejectParams { request_id };
                self.call::<DevicePairReject>(client, &params).await
            }
            Place::Store(book) => self.reject_in(book, id, "deviceId").await,
        }
    }

    /// `node.pair.reject`.
    pub(crate) async fn reject_node(&self, id: &str) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => {
                let request_id = id.into();
                let params = NodePairRejectParams { request_id };
                self.call::<NodePairReject>(client, &params).await
            }
            Place::Store(book) => self.reject_in(book, id, "nodeId").await,
        }
    }

    async fn reject_in(&self, book: &Book, id: &str, key: &str) -> Result<Value, CliError> {
        let rejected = book.reject(id).await.map_err(|error| failed(&error))?;
        Ok(json!({ "requestId": rejected.request_id, key: rejected.subject, "via": VIA }))
    }

    /// `device.pair.remove`.
    pub(crate) async fn remove(&self, id: &str) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => {
                let params = DevicePairRemoveParams {
                    device_id: device_id(id)?,
                };
                self.call::<DevicePairRemove>(client, &params).await
            }
            Place::Store(book) => done(book.remove(id).await),
        }
    }

    /// `node.pair.remove`.
    pub(crate) async fn remove_node(&self, id: &str) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => {
                let params = NodePairRemoveParams { node_id: id.into() };
                self.call::<NodePairRemove>(client, &params).await
            }
            Place::Store(book) => done(book.remove_node(id).await),
        }
    }

    /// `device.token.rotate`.
    pub(crate) async fn rotate(&self, params: &DeviceTokenRotateParams) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => self.call::<DeviceTokenRotate>(client, params).await,
            Place::Store(book) => {
                let scopes = params.scopes.as_ref();
                let scopes = scopes.map(|scopes| scopes.iter().cloned().collect());
                let id = params.device_id.as_str();
                done(book.rotate(id, &params.role, scopes).await)
            }
        }
    }

    /// `device.token.revoke`.
    pub(crate) async fn revoke(&self, params: &DeviceTokenRevokeParams) -> Result<Value, CliError> {
        match &self.place {
            Place::Gateway(client) => self.call::<DeviceTokenRevoke>(client, params).await,
            Place::Store(book) => done(book.revoke(params.device_id.as_str(), &params.role).await),
        }
    }

    /// The answer with `via`, where no Gateway gave it.
    pub(crate) fn marked(&self, mut answer: Value) -> Value {
        if let (Place::Store(_), Value::Object(members)) = (&self.place, &mut answer) {
            members.insert("via".to_owned(), VIA.into());
        }
        answer
    }

    /// Lets go: of the connection, or of the state, once all is written.
    pub(crate) async fn close(self) -> Result<(), CliError> {
        match self.place {
            Place::Gateway(client) => {
                client.close().await;
                Ok(())
            }
            Place::Store(book) => book.close().await.map_err(|error| failed(&error)),
        }
    }

    async fn call<M: Method>(
        &self,
        client: &Client,
        params: &M::Params,
    ) -> Result<Value, CliError> {
        client
            .call::<M>(params)
            .await
            .map_err(|error| explained(error, self.is_local))
    }
}

/// Whether nobody listens, or nothing was even tried for want of a credential. A Gateway that is
/// there and refuses is not gone round.
fn is_nobody_there(error: &RemoteError) -> bool {
    match &error.failure {
        Failure::Connect(error) => match &**error {
            ConnectError::Dial(error) => matches!(
                &**error,
                DialError::Connect { source, .. }
                    if source.kind() == io::ErrorKind::ConnectionRefused
            ),
            _ => false,
        },
        Failure::Target(refused) => {
            matches!(**refused, TargetRefused::CredentialsRequired { .. })
        }
        _ => false,
    }
}

/// Opens the state under its lock; `told` is why no Gateway was reached.
async fn open_book(app: &App, told: CliError) -> Result<Book, CliError> {
    let db = app.paths.state_db_file();
    if !db.exists() {
        return Err(told.hint("openclaw gateway run"));
    }
    let state_dir = app.paths.state_dir();
    let key = token_key::load_or_create(state_dir)?;
    match Book::open(state_dir, &db, key).await {
        Ok(book) => Ok(book),
        Err(OfflineError::Missing { .. }) => Err(told.hint("openclaw gateway run")),
        Err(OfflineError::Running { pid, .. }) => {
            Err(told.field("stateOwner", json!(pid)).hint(match pid {
                Some(pid) => format!(
                    "process {pid} owns the state and listens elsewhere, or is about to: openclaw \
                     gateway status --deep"
                ),
                None => "another process owns the state: openclaw gateway status --deep".to_owned(),
            }))
        }
        Err(error) => Err(failed(&error)),
    }
}

/// A failure of the state, as the Gateway would say it where it has words for it.
fn failed(error: &OfflineError) -> CliError {
    let text = match error {
        OfflineError::UnknownRequest(_) => "unknown requestId".to_owned(),
        error => error.to_string(),
    };
    CliError::failure(text).field("via", VIA)
}

fn done<T: Serialize>(result: Result<T, OfflineError>) -> Result<Value, CliError> {
    let mut answer = shown(&result.map_err(|error| failed(&error))?)?;
    if let Value::Object(members) = &mut answer {
        members.insert("via".to_owned(), VIA.into());
    }
    Ok(answer)
}

fn shown(answer: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(answer)
        .map_err(|error| CliError::failure(format!("result not printable as JSON: {error}")))
}

fn device_id(id: &str) -> Result<openclaw_protocol::id::DeviceId, CliError> {
    openclaw_protocol::id::DeviceId::parse(id)
        .ok_or_else(|| CliError::failure(format!("`{id}` is no device id")))
}

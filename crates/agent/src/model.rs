//! Models: how they are named, asked, waited for, and what they say.
//!
//! [`Catalog`] makes [`Model`]s out of plain facts; [`ModelChain`] asks one after another until
//! one answers. An answer is a stream of [`ModelEvent`]s; [`Reply`] puts it together.

mod catalog;
mod chain;
mod classify;
mod error;
mod event;
mod http_model;
mod reference;
mod reply;
mod request;
mod retry;
mod spec;
mod sse;
mod thinking;
mod usage;
mod wire;

pub mod limits;
pub mod transport;

#[cfg(test)]
pub(crate) mod testing;

use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use futures_util::Stream;

pub use catalog::{Catalog, CatalogError};
pub use chain::{Call, CallEnd, CallNote, CallSink, ModelChain};
pub use error::{ModelError, ModelFault, TimeoutKind};
pub use event::{ModelEvent, StopReason};
pub use limits::Timeouts;
pub use reference::{ModelRef, NotAModel};
pub use reply::Reply;
pub use request::ModelRequest;
pub use retry::RetryPolicy;
pub use spec::{Api, Compat, KeyHeader, ModelInfo, ModelSpec, ProviderSpec, UnknownApi};
pub use thinking::{NotALevel, Thinking};
pub use usage::{Cost, Usage};

/// An answer as it arrives. It ends after [`ModelEvent::Stop`] or the first error; dropping it
/// ends the call.
pub type ModelStream = Pin<Box<dyn Stream<Item = Result<ModelEvent, ModelError>> + Send>>;

/// A model that can be asked. One call is one attempt: retries are the business of
/// [`ModelChain`].
#[async_trait]
pub trait Model: fmt::Debug + Send + Sync {
    /// What is known of it.
    fn info(&self) -> &ModelInfo;

    /// Asks. Dropping the future or the stream takes the question back.
    ///
    /// Errors: [`ModelError`], with the text for the user.
    async fn ask(&self, request: &ModelRequest) -> Result<ModelStream, ModelError>;
}

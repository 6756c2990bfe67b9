//! How a request gets to a provider. A trait, so that tests and embedders can stand in for it.

mod http_client;
mod tls;

use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use http::HeaderMap;
use url::Url;

pub use http_client::{HttpClient, HttpOptions};
pub(crate) use tls::system_tls;

/// A body as it arrives.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// One request. Values of secret headers are marked sensitive, and `Debug` shows none.
pub struct HttpRequest {
    /// Where to.
    pub url: Url,
    /// What is said about it.
    pub headers: HeaderMap,
    /// JSON.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One answer.
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: ByteStream,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A request did not get through, or its answer did not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// There was no connection in time.
    #[error("no connection in time")]
    ConnectTimeout,
    /// There is no connection. What the system says, without addresses of the URL.
    #[error("no connection: {0}")]
    Connect(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// Sends requests.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one `POST` and waits for the head of the answer. Redirects are not followed: a key
    /// is sent to the host of the configuration and nowhere else.
    ///
    /// Errors: [`TransportError`].
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

//! The transport over HTTP.

use std::error::Error as _;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use url::Url;

use super::{HttpRequest, HttpResponse, Transport, TransportError, system_tls};

/// How requests leave this machine.
#[derive(Clone, Default)]
pub struct HttpOptions {
    /// A proxy for everything but loopback. Its credentials, if any, stand in the URL.
    pub proxy: Option<Url>,
    /// Until there is a connection. `None`: 15 seconds.
    pub connect_timeout: Option<Duration>,
    /// What is sent as `User-Agent`.
    pub user_agent: Option<String>,
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("proxy", &self.proxy.as_ref().and_then(Url::host_str))
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// The transport over HTTP. Connections are kept and shared; certificate roots are read when
/// the first `https` is asked for.
#[derive(Debug, Default)]
pub struct HttpClient {
    options: HttpOptions,
    plain: OnceLock<Result<reqwest::Client, String>>,
    secure: OnceLock<Result<reqwest::Client, String>>,
}

impl HttpClient {
    /// A client.
    pub fn new(options: HttpOptions) -> Self {
        Self {
            options,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    fn client(&self, url: &Url) -> Result<&reqwest::Client, TransportError> {
        let is_secure = url.scheme() == "https" || self.options.proxy.is_some();
        let cell = if is_secure { &self.secure } else { &self.plain };
        cell.get_or_init(|| build(&self.options, is_secure))
            .as_ref()
            .map_err(|why| TransportError::Connect(why.clone()))
    }
}

fn build(options: &HttpOptions, is_secure: bool) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout.unwrap_or(Duration::from_secs(15)))
        .pool_idle_timeout(Duration::from_secs(60))
        .user_agent(options.user_agent.as_deref().unwrap_or("openclaw-gateway"))
        .no_proxy();
    builder = if is_secure {
        builder.tls_backend_preconfigured(system_tls()?.0)
    } else {
        builder.tls_backend_preconfigured(no_tls())
    };
    if let Some(proxy) = &options.proxy {
        let proxy = reqwest::Proxy::all(proxy.clone()).map_err(|why| spoken(&why))?;
        let beside = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1");
        builder = builder.proxy(proxy.no_proxy(beside));
    }
    builder.build().map_err(|why| spoken(&why))
}

/// TLS that trusts nobody: for a client that only speaks `http`.
fn no_tls() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

#[async_trait]
impl Transport for HttpClient {
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let client = self.client(&request.url)?;
        let sent = client
            .post(request.url)
            .headers(request.headers)
            .body(request.body)
            .send()
            .await
            .map_err(|why| transport_error(&why))?;
        Ok(HttpResponse {
            status: sent.status().as_u16(),
            headers: sent.headers().clone(),
            body: sent
                .bytes_stream()
                .map_err(|why| transport_error(&why))
                .boxed(),
        })
    }
}

fn transport_error(error: &reqwest::Error) -> TransportError {
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => TransportError::ConnectTimeout,
        (true, false) => TransportError::Connect(spoken(error)),
        (false, _) => TransportError::Broken(spoken(error)),
    }
}

/// The innermost causes, which name no URL.
fn spoken(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(one) = cause {
        let text = one.to_string();
        if !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
        cause = one.source();
    }
    if words.is_empty() {
        return "no reason is known".to_owned();
    }
    words.join(": ")
}

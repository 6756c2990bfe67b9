//! Requests to services.

use std::error::Error as _;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use url::Url;

/// How long a connection that nobody uses is kept. Services close idle ones after longer; one that
/// is closed while a request is on its way leaves open whether it arrived.
const IDLE: Duration = Duration::from_secs(10);
/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// A client that follows no redirect, so that secrets go to the configured host only. Made when
/// it is first used.
pub(crate) struct Http {
    proxy: Option<Url>,
    is_secure: bool,
    client: OnceLock<Result<reqwest::Client, String>>,
}

/// A request did not get its answer. Names no URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpError {
    /// Not one byte of it left.
    #[error("no connection: {0}")]
    NotSent(String),
    /// It may have arrived.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer has more than this many bytes.
    #[error("more than {0} bytes came")]
    TooLarge(usize),
}

impl Http {
    /// For addresses like this one.
    pub(crate) fn new(to: &Url, proxy: Option<Url>) -> Self {
        let is_secure = to.scheme() == "https" || proxy.is_some();
        Self {
            proxy,
            is_secure,
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&reqwest::Client, HttpError> {
        let client = self.client.get_or_init(|| self.build());
        client
            .as_ref()
            .map_err(|why| HttpError::NotSent(why.clone()))
    }

    fn build(&self) -> Result<reqwest::Client, String> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .user_agent("openclaw-gateway")
            .no_proxy()
            .tls_backend_preconfigured(if self.is_secure {
                system_tls()?
            } else {
                no_tls()
            });
        if let Some(proxy) = &self.proxy {
            let proxy = reqwest::Proxy::all(proxy.clone()).map_err(|error| spoken(&error))?;
            let beside = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1");
            builder = builder.proxy(proxy.no_proxy(beside));
        }
        builder.build().map_err(|error| spoken(&error))
    }

    /// Sends a body and waits for the head of the answer.
    pub(crate) async fn post(
        &self,
        url: Url,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<reqwest::Response, HttpError> {
        let mut request = self.client()?.post(url).timeout(timeout).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.map_err(|error| kind(&error))
    }

    /// Asks for something.
    pub(crate) async fn get(
        &self,
        url: Url,
        headers: &[(&'static str, String)],
        timeout: Duration,
    ) -> Result<reqwest::Response, HttpError> {
        let mut request = self.client()?.get(url).timeout(timeout);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.map_err(|error| kind(&error))
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("proxy", &self.proxy.as_ref().and_then(Url::host_str))
            .finish_non_exhaustive()
    }
}

/// Reads a body whole, up to a bound.
pub(crate) async fn read(
    mut response: reqwest::Response,
    max_bytes: usize,
) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| kind(&error))? {
        if body.len() + chunk.len() > max_bytes {
            return Err(HttpError::TooLarge(max_bytes));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn kind(error: &reqwest::Error) -> HttpError {
    if error.is_connect() || error.is_builder() {
        HttpError::NotSent(spoken(error))
    } else if error.is_timeout() {
        HttpError::Broken("no answer in time".to_owned())
    } else {
        HttpError::Broken(spoken(error))
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

/// Where an address leads, without what may be secret in it.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

/// TLS with the certificate roots of the system, which are read once.
fn system_tls() -> Result<ClientConfig, String> {
    static READY: OnceLock<Result<ClientConfig, String>> = OnceLock::new();
    READY
        .get_or_init(|| {
            let provider = std::sync::Arc::new(aws_lc_rs::default_provider());
            let verifier =
                rustls_platform_verifier::Verifier::new(std::sync::Arc::clone(&provider))
                    .map_err(|why| format!("the system's certificate roots: {why}"))?;
            Ok(ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|why| why.to_string())?
                .dangerous()
                .with_custom_certificate_verifier(std::sync::Arc::new(verifier))
                .with_no_client_auth())
        })
        .clone()
}

/// TLS that trusts nobody: for a client that only speaks `http`.
fn no_tls() -> ClientConfig {
    let provider = std::sync::Arc::new(aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

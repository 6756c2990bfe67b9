//! Fetching: every host is looked up, every address checked, and only a checked one connected to.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use http::header;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::WebFetchRules;
use super::guard::is_public;
use crate::model::transport::system_tls;

/// Looks up the addresses of a host.
#[async_trait]
pub trait Lookup: fmt::Debug + Send + Sync {
    /// Its addresses.
    ///
    /// Errors: what the system says.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0))
            .await?
            .map(|one| one.ip())
            .collect())
    }
}

/// A page was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It is not on the public internet, or not a page.
    #[error("{what}: {why}")]
    Forbidden {
        /// What was asked for.
        what: String,
        /// Why not.
        why: &'static str,
    },
    /// The host has no address.
    #[error("the host `{0}` is not known")]
    UnknownHost(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// It leads from page to page.
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    /// It is no text.
    #[error("this is no text but `{0}`")]
    NotText(String),
    /// The connection failed.
    #[error("`{host}` cannot be reached: {why}")]
    Network {
        /// The host.
        host: String,
        /// What happened.
        why: String,
    },
}

/// A page as it came.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) is_html: bool,
    pub(super) text: String,
    /// There was more.
    pub(super) cut: bool,
}

#[derive(Debug)]
pub(super) struct Fetcher {
    pub(super) rules: WebFetchRules,
    pub(super) lookup: Arc<dyn Lookup>,
}

impl Fetcher {
    /// Fetches a page, through redirects that are checked like the first address.
    pub(super) async fn fetch(&self, mut url: Url) -> Result<Page, FetchError> {
        let until = Instant::now() + self.rules.timeout;
        let late = |_| FetchError::Timeout(self.rules.timeout);
        for _ in 0..=self.rules.max_redirects {
            let addresses = timeout_at(until, self.check(&url)).await.map_err(late)??;
            let client = client(&url, &addresses)?;
            let request = client.get(url.clone()).header(
                header::ACCEPT,
                "text/html,text/plain;q=0.9,application/json;q=0.9,text/*;q=0.8,*/*;q=0.1",
            );
            let sent = timeout_at(until, request.send()).await.map_err(late)?;
            let answer = sent.map_err(|why| network(&url, &why))?;
            if answer.status().is_redirection()
                && let Some(next) = answer.headers().get(header::LOCATION)
            {
                let next = next.to_str().ok().and_then(|next| url.join(next).ok());
                url = next
                    .ok_or_else(|| forbidden(&url, "it leads to something that is no address"))?;
                continue;
            }
            return timeout_at(until, self.read(url, answer))
                .await
                .map_err(late)?;
        }
        Err(FetchError::TooManyRedirects(self.rules.max_redirects))
    }

    /// The addresses that may be connected to. One that may not refuses them all.
    pub(super) async fn check(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(forbidden(url, "only http and https can be fetched"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(forbidden(url, "an address with a password is not fetched"));
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let addresses = match url.host() {
            None => return Err(forbidden(url, "it names no host")),
            Some(Host::Ipv4(v4)) => vec![IpAddr::V4(v4)],
            Some(Host::Ipv6(v6)) => vec![IpAddr::V6(v6)],
            Some(Host::Domain(name)) => {
                let found = self.lookup.lookup(name).await;
                found.map_err(|_| FetchError::UnknownHost(name.to_owned()))?
            }
        };
        if addresses.is_empty() {
            return Err(FetchError::UnknownHost(
                url.host_str().unwrap_or_default().to_owned(),
            ));
        }
        let allowed = &self.rules.allow_addresses;
        if !addresses
            .iter()
            .all(|one| is_public(*one) || allowed.contains(one))
        {
            return Err(forbidden(
                url,
                "it is on a private network, which is not fetched",
            ));
        }
        Ok(addresses
            .into_iter()
            .map(|one| SocketAddr::new(one, port))
            .collect())
    }

    async fn read(&self, url: Url, answer: reqwest::Response) -> Result<Page, FetchError> {
        let status = answer.status().as_u16();
        let content_type = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|one| one.to_str().ok())
            .unwrap_or("text/plain")
            .to_ascii_lowercase();
        let kind = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        if !is_text(&kind) {
            return Err(FetchError::NotText(kind.chars().take(80).collect()));
        }
        let mut bytes: Vec<u8> = Vec::new();
        let mut cut = false;
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|why| network(&url, &why))?;
            let room = self.rules.max_bytes - bytes.len();
            bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                cut = true;
                break;
            }
        }
        let text = match content_type.contains("8859-1") || content_type.contains("windows-1252") {
            true => bytes.iter().map(|&byte| char::from(byte)).collect(),
            false => String::from_utf8_lossy(&bytes).into_owned(),
        };
        let is_html = matches!(kind.as_str(), "text/html" | "application/xhtml+xml");
        Ok(Page {
            url,
            status,
            content_type,
            is_html,
            text,
            cut,
        })
    }
}

/// A client for one request, which knows no other address of the host than those checked.
pub(super) fn client(url: &Url, addresses: &[SocketAddr]) -> Result<reqwest::Client, FetchError> {
    let host = url.host_str().unwrap_or_default();
    let failed = |why: String| FetchError::Network {
        host: host.to_owned(),
        why,
    };
    let tls = system_tls().map_err(failed)?;
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(10))
        .pool_max_idle_per_host(0)
        .user_agent("openclaw-gateway (web_fetch)")
        .tls_backend_preconfigured(tls.0)
        .dns_resolver(Checked(addresses.to_vec()))
        .build()
        .map_err(|why| failed(why.to_string()))
}

/// Knows only the addresses that were checked, whatever name is asked for.
struct Checked(Vec<SocketAddr>);

impl reqwest::dns::Resolve for Checked {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let addresses: reqwest::dns::Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(
            kind,
            "application/json"
                | "application/xml"
                | "application/javascript"
                | "application/x-ndjson"
        )
}

fn forbidden(url: &Url, why: &'static str) -> FetchError {
    let what = match url.host_str() {
        Some(host) => format!("`{host}`"),
        None => format!("`{}:`", url.scheme()),
    };
    FetchError::Forbidden { what, why }
}

pub(super) fn network(url: &Url, error: &reqwest::Error) -> FetchError {
    use std::error::Error as _;
    let mut cause = error.source();
    let mut why = "the connection failed".to_owned();
    while let Some(one) = cause {
        why = one.to_string();
        cause = one.source();
    }
    FetchError::Network {
        host: url.host_str().unwrap_or_default().to_owned(),
        why,
    }
}

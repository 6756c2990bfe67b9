//! Telling a program on the web: one request, to an address that was checked.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::WebFetchRules;
use super::fetch::{FetchError, Fetcher, Lookup, SystemLookup, client, network};

/// Posts JSON to addresses that a configuration or a model named: with the same guard as pages are
/// fetched, so that nothing on this network is told to do something. No redirect is followed.
#[derive(Debug)]
pub struct WebPoster(Fetcher);

impl WebPoster {
    /// With the names of the system.
    pub fn new(rules: WebFetchRules) -> Self {
        Self::with_lookup(rules, Arc::new(SystemLookup))
    }

    /// With names from elsewhere.
    pub fn with_lookup(rules: WebFetchRules, lookup: Arc<dyn Lookup>) -> Self {
        Self(Fetcher { rules, lookup })
    }

    /// Posts, and answers the status. The answer's body is not read.
    ///
    /// # Errors
    ///
    /// [`FetchError`] for an address that may not be asked, and when no answer comes.
    pub async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<u16, FetchError> {
        let timeout: Duration = self.0.rules.timeout;
        let until = Instant::now() + timeout;
        let late = |_| FetchError::Timeout(timeout);
        let addresses = timeout_at(until, self.0.check(url)).await.map_err(late)??;
        let request = client(url, &addresses)?
            .post(url.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .headers(headers)
            .body(body);
        let answer = timeout_at(until, request.send()).await.map_err(late)?;
        Ok(answer.map_err(|why| network(url, &why))?.status().as_u16())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn local() -> WebFetchRules {
        WebFetchRules {
            allow_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            ..WebFetchRules::default()
        }
    }

    #[tokio::test]
    async fn what_is_posted_arrives_with_its_headers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}/hook", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(br#"{"a":1}"#) {
                let mut part = [0; 1024];
                let read = stream.read(&mut part).await.unwrap();
                assert!(read > 0, "the whole body arrives");
                seen.extend_from_slice(&part[..read]);
            }
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            String::from_utf8(seen).unwrap().to_ascii_lowercase()
        };
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer x".parse().unwrap());
        let poster = WebPoster::new(local());
        let (status, seen) =
            tokio::join!(poster.post(&url, headers, br#"{"a":1}"#.to_vec()), server);
        assert_eq!(status.unwrap(), 204);
        assert!(seen.starts_with("post /hook"), "{seen}");
        assert!(seen.contains("authorization: bearer x"), "{seen}");
        assert!(seen.contains("content-type: application/json"), "{seen}");
    }

    #[tokio::test]
    async fn nothing_on_this_network_is_told() {
        let poster = WebPoster::new(WebFetchRules::default());
        for url in [
            "http://127.0.0.1:1/",
            "http://169.254.169.254/latest",
            "http://[::1]/",
            "http://10.0.0.1/",
            "file:///etc/passwd",
            "https://user:pass@example.com/",
        ] {
            let url: Url = url.parse().unwrap();
            let refused = poster.post(&url, HeaderMap::new(), Vec::new()).await;
            assert!(
                matches!(refused, Err(FetchError::Forbidden { .. })),
                "{url}: {refused:?}"
            );
        }
    }
}

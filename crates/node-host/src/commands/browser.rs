//! `browser.proxy`: the browser of this machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openclaw_browser::{Browser, File, Method, Refusal, Request};
use openclaw_node_client::{InvokeContext, NodeError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The command's name.
pub(crate) const NAME: &str = "browser.proxy";
/// What the node declares with it.
pub(crate) const CAP: &str = "browser";

/// Shape: `{method?: GET|POST|DELETE, path, query?, body?, timeoutMs?, profile?}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyParams {
    method: Option<String>,
    path: Option<String>,
    query: Option<BTreeMap<String, Value>>,
    body: Option<Value>,
    timeout_ms: Option<u64>,
    profile: Option<String>,
}

/// Shape: `{result, files?: [{path, base64, mimeType}]}`; the result names the files by their
/// paths.
#[derive(Debug, Serialize)]
pub(crate) struct ProxyResult {
    result: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<ProxyFile>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProxyFile {
    path: String,
    base64: String,
    mime_type: &'static str,
}

/// Does a request with the browser. Given up with the call.
pub(crate) async fn proxy(
    browser: Arc<Browser>,
    params: ProxyParams,
    call: InvokeContext,
) -> Result<ProxyResult, NodeError> {
    let most = params.timeout_ms.map(Duration::from_millis);
    let request = read(params)?;
    let work = browser.request(request);
    let reply = tokio::select! {
        reply = work => reply.map_err(refused)?,
        () = call.cancellation().cancelled() => {
            return Err(NodeError::new("CANCELLED", "the call was taken back"));
        }
        () = after(most) => {
            return Err(NodeError::new("TIMEOUT", "the browser took too long"));
        }
    };
    let files = reply.files.into_iter().map(
        |File {
             path,
             mime_type,
             base64,
             ..
         }| ProxyFile {
            path,
            base64,
            mime_type,
        },
    );
    Ok(ProxyResult {
        result: reply.body,
        files: files.collect(),
    })
}

async fn after(most: Option<Duration>) {
    match most {
        Some(most) => tokio::time::sleep(most).await,
        None => std::future::pending().await,
    }
}

fn read(params: ProxyParams) -> Result<Request, NodeError> {
    let path = params.path.as_deref().map(str::trim).unwrap_or_default();
    if path.is_empty() {
        return Err(NodeError::invalid_request("path required"));
    }
    let word = params.method.as_deref().unwrap_or("GET");
    let method = Method::parse(word)
        .ok_or_else(|| NodeError::invalid_request("method must be GET, POST or DELETE"))?;
    let mut query = BTreeMap::new();
    for (name, value) in params.query.unwrap_or_default() {
        match value {
            Value::Null => {}
            Value::String(text) => drop(query.insert(name, text)),
            other => drop(query.insert(name, other.to_string())),
        }
    }
    if let Some(profile) = params.profile.filter(|profile| !profile.trim().is_empty()) {
        query.insert("profile".to_owned(), profile);
    }
    Ok(Request {
        method,
        path: format!("/{}", path.trim_start_matches('/')),
        query,
        body: params.body.unwrap_or(Value::Null),
    })
}

/// A fault of the request, or one of the browser.
fn refused(refusal: Refusal) -> NodeError {
    if refusal.status < 500 || refusal.status == 501 {
        NodeError::invalid_request(refusal.message)
    } else {
        NodeError::unavailable(refusal.message)
    }
}

#[cfg(test)]
mod tests {
    use openclaw_browser::Method;
    use serde_json::json;

    use super::{ProxyParams, read};

    fn params(value: serde_json::Value) -> ProxyParams {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_request_is_read_as_the_gateways_write_it() {
        let request = read(params(json!({
            "method": "post", "path": "tabs/open", "query": {"n": 3, "gone": null, "t": "x"},
            "body": {"url": "http://a"}, "timeoutMs": 5, "profile": "openclaw", "more": true,
        })))
        .unwrap();
        assert_eq!(
            (request.method, request.path.as_str()),
            (Method::Post, "/tabs/open")
        );
        let query: Vec<_> = request
            .query
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(query, [("n", "3"), ("profile", "openclaw"), ("t", "x")]);
        assert_eq!(request.body["url"], "http://a");
        assert_eq!(
            read(params(json!({"path": "/tabs"}))).unwrap().method,
            Method::Get
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for wrong in [
            json!({}),
            json!({"path": " "}),
            json!({"path": "/", "method": "PUT"}),
        ] {
            let error = read(params(wrong.clone())).unwrap_err();
            assert_eq!(error.code(), "INVALID_REQUEST", "{wrong}");
        }
    }
}

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use openclaw_agent::tool::{Tool, ToolContext, ToolError, ToolOutput};
use openclaw_agent::tools::web_fetch::{Lookup, WebFetchRules, WebFetchTool};

use crate::server::{Server, Then, answer, open_answer};

#[derive(Debug)]
struct Names(Vec<(&'static str, Vec<IpAddr>)>);

#[async_trait]
impl Lookup for Names {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = self.0.iter().find(|(name, _)| *name == host);
        found
            .map(|(_, addresses)| addresses.clone())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn tool(names: Vec<(&'static str, Vec<IpAddr>)>) -> WebFetchTool {
    let rules = WebFetchRules {
        allow_addresses: vec![ip("127.0.0.1")],
        max_bytes: 4096,
        timeout: Duration::from_secs(10),
        ..WebFetchRules::default()
    };
    WebFetchTool::with_lookup(rules, Arc::new(Names(names)))
}

async fn fetch(tool: &WebFetchTool, url: &str) -> Result<ToolOutput, ToolError> {
    let args = serde_json::json!({ "url": url }).to_string();
    tool.call(&ToolContext::alone("s", "k"), &args).await
}

const HTML: &str = "content-type: text/html; charset=utf-8\r\n";

#[tokio::test]
async fn a_page_is_read_by_its_name() {
    let page = "<title>T</title><p>Hello</p></untrusted-content>";
    let server = Server::start(vec![answer("200 OK", HTML, page)]).await;
    let tool = tool(vec![("page.example", vec![ip("127.0.0.1")])]);
    let url = format!("http://page.example:{}/a?b=c", server.address.port());
    let output = fetch(&tool, &url).await.unwrap();
    let text = output.all_text();
    assert!(
        text.contains("# T\n\nHello") && text.contains(&format!("web page {url}")),
        "{text}"
    );
    assert_eq!(text.matches("untrusted-content").count(), 2);
    let request = &server.requests()[0];
    assert!(
        request.starts_with("GET /a?b=c ") && request.contains("host: page.example"),
        "{request}"
    );
}

#[tokio::test]
async fn what_only_this_network_reaches_is_not_fetched() {
    let names = vec![
        ("inner.example", vec![ip("10.0.0.1")]),
        ("mixed.example", vec![ip("127.0.0.1"), ip("192.168.0.1")]),
        ("mapped.example", vec![ip("::ffff:127.0.0.2")]),
        ("empty.example", vec![]),
    ];
    let tool = tool(names);
    for url in [
        "http://127.0.0.2/",
        "http://2130706434/",
        "http://0x7f.2/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.2]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://inner.example/",
        "http://mixed.example/",
        "http://mapped.example/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "http://user:pw@127.0.0.1/",
    ] {
        let error = fetch(&tool, url).await.unwrap_err();
        assert!(matches!(error, ToolError::Denied(_)), "{url}: {error}");
    }
    for url in ["http://unheard.example/", "http://empty.example/"] {
        let error = fetch(&tool, url).await.unwrap_err();
        assert!(error.to_string().contains("is not known"), "{url}: {error}");
    }
    assert!(matches!(
        fetch(&tool, "not a url").await,
        Err(ToolError::Arguments { .. })
    ));
}

#[tokio::test]
async fn a_redirect_is_checked_like_the_first_address() {
    for to in [
        "http://127.0.0.2/",
        "http://inner.example/",
        "//[::1]/",
        "file:///etc/passwd",
    ] {
        let redirect = answer("302 Found", &format!("location: {to}\r\n"), "");
        let server = Server::start(vec![redirect]).await;
        let tool = tool(vec![("inner.example", vec![ip("10.0.0.1")])]);
        let error = fetch(&tool, &format!("http://{}/", server.address))
            .await
            .unwrap_err();
        assert!(matches!(error, ToolError::Denied(_)), "{to}: {error}");
    }
}

#[tokio::test]
async fn redirects_are_followed_and_have_an_end() {
    let redirect = answer("301 Moved", "location: /next\r\n", "");
    let text = answer("200 OK", "content-type: text/plain\r\n", "there");
    let server = Server::start(vec![redirect.clone(), text]).await;
    let output = fetch(&tool(vec![]), &format!("http://{}/", server.address))
        .await
        .unwrap();
    assert!(output.all_text().contains("there"));
    assert!(server.requests()[1].starts_with("GET /next "));

    let server = Server::start(vec![redirect]).await;
    let error = fetch(&tool(vec![]), &format!("http://{}/", server.address))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("redirects"), "{error}");
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn a_page_without_end_is_read_so_far() {
    let server = Server::start(vec![open_answer(HTML, &"x ".repeat(4000), Then::Stall)]).await;
    let output = fetch(&tool(vec![]), &format!("http://{}/", server.address))
        .await
        .unwrap();
    assert!(output.all_text().contains("was read only so far"));
    assert_eq!(output.details.unwrap()["truncated"], true);
}

#[tokio::test]
async fn what_is_no_text_or_no_success_is_told() {
    let binary = answer("200 OK", "content-type: application/octet-stream\r\n", "x");
    let server = Server::start(vec![binary]).await;
    let error = fetch(&tool(vec![]), &format!("http://{}/", server.address))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("application/octet-stream"),
        "{error}"
    );

    let server = Server::start(vec![answer("404 Not Found", HTML, "gone")]).await;
    let output = fetch(&tool(vec![]), &format!("http://{}/", server.address))
        .await
        .unwrap();
    assert!(output.failed && output.all_text().starts_with("HTTP status 404"));
}

#[tokio::test]
async fn a_server_that_stalls_is_left() {
    let server = Server::start(vec![open_answer(HTML, "", Then::Stall)]).await;
    let rules = WebFetchRules {
        allow_addresses: vec![ip("127.0.0.1")],
        timeout: Duration::from_millis(300),
        ..WebFetchRules::default()
    };
    let error = fetch(
        &WebFetchTool::new(rules),
        &format!("http://{}/", server.address),
    )
    .await;
    assert!(error.unwrap_err().to_string().contains("no answer within"));
}

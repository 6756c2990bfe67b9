use openclaw_browser::BrowserOptions;
use openclaw_node_host::approvals::{Ask, Security};
use serde_json::{Value, json};

use crate::scene::{Ground, PATH, Scene, payload, refusal, scene};

/// A host that offers the browser of this machine.
async fn with_browser() -> Scene {
    let ground = Ground::new();
    let mut options = BrowserOptions::new(ground.state("browser"));
    options.search_path = Some(PATH.into());
    // Tests run as root in containers, where there is no sandbox to be had.
    options.no_sandbox = true;
    let host = ground.host().browser(Some(options));
    ground.run(host, 4).await
}

async fn proxy(scene: &mut Scene, params: Value) -> Value {
    let answer = scene.ask("browser.proxy", &params).await;
    assert_eq!(answer["ok"], true, "{answer}");
    payload(&answer)
}

#[tokio::test]
async fn a_host_offers_no_browser_unasked() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let declared = &scene.peer.connect["params"];
    assert_eq!(declared["caps"], json!(["system"]));
    assert!(!declared["commands"].to_string().contains("browser"));
    let answer = scene.ask("browser.proxy", &json!({"path": "/"})).await;
    assert_eq!(refusal(&answer).1, "command not supported");
    scene.stop().await;
}

#[tokio::test]
async fn a_browser_is_started_on_demand_used_and_ended_with_the_host() {
    let mut scene = with_browser().await;
    let declared = &scene.peer.connect["params"];
    assert_eq!(declared["caps"], json!(["system", "browser"]));
    let status = proxy(&mut scene, json!({"path": "/"})).await;
    assert_eq!(status["result"]["running"], false);
    let tab = json!({"method": "POST", "path": "/tabs/open", "body": {"url": "about:blank"}});
    let tab = proxy(&mut scene, tab).await;
    assert_eq!(tab["result"]["url"], "about:blank");
    let picture = proxy(&mut scene, json!({"method": "POST", "path": "/screenshot"})).await;
    assert_eq!(picture["files"][0]["path"], picture["result"]["path"]);
    assert_eq!(picture["files"][0]["mimeType"], "image/png");
    let status = proxy(&mut scene, json!({"path": "/"})).await;
    let process = status["result"]["pid"].as_u64().unwrap();
    assert!(std::path::Path::new(&format!("/proc/{process}")).exists());
    scene.stop().await;
    assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
}

#[tokio::test]
async fn what_the_browser_refuses_reaches_the_caller() {
    let mut scene = with_browser().await;
    for (params, code, words) in [
        (json!({}), "INVALID_REQUEST", "path required"),
        (json!({"path": "/nowhere"}), "INVALID_REQUEST", "Not Found"),
        (
            json!({"path": "/snapshot", "profile": "chrome"}),
            "INVALID_REQUEST",
            "`chrome`",
        ),
        (
            json!({"method": "POST", "path": "/tabs/open", "body": {"url": "file:///etc/passwd"}}),
            "INVALID_REQUEST",
            "http",
        ),
        (
            json!({"method": "POST", "path": "/start", "timeoutMs": 0}),
            "TIMEOUT",
            "too long",
        ),
    ] {
        let answer = scene.ask("browser.proxy", &params).await;
        let (found, message) = refusal(&answer);
        assert_eq!(found, code, "{params}: {message}");
        assert!(message.contains(words), "{params}: {message}");
    }
    scene.stop().await;
}

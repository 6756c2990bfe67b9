use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_browser::{Method, Request};
use serde_json::json;

use crate::support::Fixture;

#[tokio::test]
async fn tabs_are_opened_listed_focused_and_closed() {
    let fixture = Fixture::new().await;
    let home = fixture.open("/").await;
    let form = fixture.open("/form").await;
    let tabs = fixture.get("/tabs").await;
    let titles: Vec<&str> = tabs["tabs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tab| tab["title"].as_str())
        .collect();
    assert!(
        titles.contains(&"Home") && titles.contains(&"Form"),
        "{titles:?}"
    );
    // Without a name, a request is about the tab that was used last.
    assert_eq!(fixture.get("/snapshot").await["targetId"], form.as_str());
    fixture
        .post("/tabs/focus", json!({"targetId": home}))
        .await
        .unwrap();
    assert_eq!(fixture.get("/snapshot").await["targetId"], home.as_str());

    let mut close = Request::get(&format!("/tabs/{form}"));
    close.method = Method::Delete;
    fixture.browser.request(close.clone()).await.unwrap();
    let gone = fixture
        .browser
        .request(Request::get("/snapshot").with("targetId", &form))
        .await;
    assert_eq!(gone.unwrap_err().message, "tab not found");
    fixture.browser.stop().await;
}

#[tokio::test]
async fn a_page_is_read_and_left_for_another() {
    let fixture = Fixture::new().await;
    fixture.open("/").await;
    let page = fixture.get("/snapshot").await;
    let text = page["snapshot"].as_str().unwrap();
    assert!(
        text.contains("heading \"Welcome\"") && text.contains("link \"Order form\""),
        "{text}"
    );
    let went = fixture
        .post("/navigate", json!({"url": fixture.url("/form")}))
        .await
        .unwrap();
    assert_eq!(went.body["url"], fixture.url("/form"));
    let listed = Request::get("/snapshot")
        .with("format", "aria")
        .with("limit", "3");
    let listed = fixture.browser.request(listed).await.unwrap().body;
    assert_eq!(listed["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(listed["truncated"], true);
    let wrong = fixture
        .browser
        .request(Request::get("/snapshot").with("format", "html"))
        .await;
    assert_eq!(wrong.unwrap_err().status, 400);
    fixture.browser.stop().await;
}

#[tokio::test]
async fn files_of_the_machine_are_no_pages() {
    let fixture = Fixture::new().await;
    for url in [
        "file:///etc/passwd",
        "chrome://version",
        "javascript:1",
        "view-source:http://a",
    ] {
        for path in ["/tabs/open", "/navigate"] {
            let refusal = fixture.post(path, json!({"url": url})).await.unwrap_err();
            assert_eq!(refusal.status, 403, "{path} {url}");
        }
    }
    assert_eq!(
        fixture.get("/").await["running"],
        false,
        "nothing was started for that"
    );
    let nobody = fixture
        .post("/tabs/open", json!({"url": "http://127.0.0.1:1/"}))
        .await;
    assert!(nobody.unwrap_err().message.contains("cannot open the page"));
    fixture.browser.stop().await;
}

#[tokio::test]
async fn pictures_are_what_they_say() {
    let fixture = Fixture::new().await;
    fixture.open("/form").await;
    let button = fixture.reference("button \"Send\"").await;
    let start = |base64: &str| STANDARD.decode(base64).unwrap()[..4].to_vec();
    for (body, begin) in [
        (json!({}), &b"\x89PNG"[..]),
        (
            json!({"fullPage": true, "type": "jpeg"}),
            &b"\xff\xd8\xff"[..],
        ),
        (json!({"ref": button}), &b"\x89PNG"[..]),
    ] {
        let taken = fixture.post("/screenshot", body).await.unwrap();
        assert_eq!(taken.body["path"], taken.files[0].path.as_str());
        assert!(start(&taken.files[0].base64).starts_with(begin));
        assert!(!taken.files[0].path.contains('/'));
    }
    let printed = fixture.post("/pdf", json!({})).await.unwrap();
    assert_eq!(start(&printed.files[0].base64), b"%PDF");
    for wrong in [
        json!({"type": "gif"}),
        json!({"fullPage": true, "ref": "e1"}),
    ] {
        assert_eq!(
            fixture.post("/screenshot", wrong).await.unwrap_err().status,
            400
        );
    }
    let wrong = fixture
        .post("/screenshot", json!({"ref": "e999"}))
        .await
        .unwrap_err();
    assert!(wrong.message.contains("take a new snapshot"), "{wrong}");
    fixture.browser.stop().await;
}

#[tokio::test]
async fn what_a_page_says_is_kept_and_a_dialog_does_not_stop_it() {
    let fixture = Fixture::new().await;
    // The tab is listened to before the page loads, and loads although it opens a dialog.
    fixture.open("/loud").await;
    fixture
        .act(json!({"kind": "wait", "text": "after the dialog"}))
        .await
        .unwrap();
    let mut errors = json!([]);
    while errors == json!([]) {
        errors = fixture.get("/errors").await["errors"].clone();
    }
    assert!(
        errors[0]["message"]
            .as_str()
            .unwrap()
            .contains("broken page")
    );
    let said = fixture.get("/console").await["messages"].clone();
    assert_eq!(said[0], json!({"type": "log", "text": "hello 7"}));
    assert_eq!(said[2], json!({"type": "dialog", "text": "stop"}));
    let warnings = Request::get("/console").with("level", "warning");
    let warnings = fixture.browser.request(warnings).await.unwrap().body;
    assert_eq!(
        warnings["messages"],
        json!([{"type": "warning", "text": "careful"}])
    );
    fixture.browser.stop().await;
}

#[tokio::test]
async fn cookies_are_set_listed_and_cleared() {
    let fixture = Fixture::new().await;
    fixture.open("/").await;
    let cookie = json!({"cookie": {"name": "a", "value": "b", "url": fixture.url("/")}});
    fixture.post("/cookies/set", cookie).await.unwrap();
    let cookies = fixture.get("/cookies").await["cookies"].clone();
    assert_eq!(
        (&cookies[0]["name"], &cookies[0]["value"]),
        (&json!("a"), &json!("b"))
    );
    fixture.post("/cookies/clear", json!({})).await.unwrap();
    assert_eq!(fixture.get("/cookies").await["cookies"], json!([]));
    let wrong = fixture
        .post("/cookies/set", json!({"cookie": {"name": "a"}}))
        .await;
    assert_eq!(wrong.unwrap_err().status, 400);
    fixture.browser.stop().await;
}

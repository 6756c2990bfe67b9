use openclaw_browser::Browser;
use serde_json::json;

use crate::support::Fixture;

#[tokio::test]
async fn a_form_is_filled_in_and_sent() {
    let fixture = Fixture::new().await;
    fixture.open("/form").await;
    let name = fixture.reference("textbox \"Name\"").await;
    let agree = fixture.reference("checkbox \"Agree\"").await;
    let size = fixture.reference("combobox \"Size\"").await;
    let send = fixture.reference("button \"Send\"").await;
    let typed = json!({"kind": "type", "ref": name, "text": "Ada \"L\" é"});
    fixture.act(typed).await.unwrap();
    fixture
        .act(json!({"kind": "click", "ref": agree}))
        .await
        .unwrap();
    let chosen = json!({"kind": "select", "ref": size, "values": ["Large"]});
    fixture.act(chosen).await.unwrap();
    fixture
        .act(json!({"kind": "click", "ref": send}))
        .await
        .unwrap();
    let wait = json!({"kind": "wait", "text": "Thanks, Ada \"L\" é"});
    fixture.act(wait).await.unwrap();
    let title = json!({"kind": "evaluate", "fn": "() => document.title"});
    let title = fixture.act(title).await.unwrap();
    assert_eq!(title["result"], "Ada \"L\" é/true/l");

    let fill = json!({"kind": "fill", "fields": [
        {"ref": name, "value": "Bob"}, {"ref": agree, "value": false},
    ]});
    fixture.act(fill).await.unwrap();
    fixture
        .act(json!({"kind": "hover", "ref": send}))
        .await
        .unwrap();
    fixture
        .act(json!({"kind": "scrollIntoView", "ref": send}))
        .await
        .unwrap();
    let state = json!({"kind": "evaluate", "ref": agree, "fn": "it => [it.checked, name_()]"});
    assert_eq!(
        fixture.act(state).await.unwrap()["result"],
        json!([false, "Bob"])
    );
    fixture.browser.stop().await;
}

#[tokio::test]
async fn keys_go_where_the_keyboard_is() {
    let fixture = Fixture::new().await;
    fixture.open("/form").await;
    let name = fixture.reference("textbox \"Name\"").await;
    fixture
        .act(json!({"kind": "type", "ref": name, "text": "ab"}))
        .await
        .unwrap();
    for key in ["c", "Backspace", "ArrowLeft", "X"] {
        fixture
            .act(json!({"kind": "press", "key": key}))
            .await
            .unwrap();
    }
    let value = json!({"kind": "evaluate", "fn": "name_()"});
    assert_eq!(fixture.act(value).await.unwrap()["result"], "aXb");
    fixture
        .act(json!({"kind": "type", "ref": name, "text": ""}))
        .await
        .unwrap();
    let value = json!({"kind": "evaluate", "fn": "name_()"});
    assert_eq!(fixture.act(value).await.unwrap()["result"], "");
    fixture.browser.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_the_reason() {
    let fixture = Fixture::new().await;
    fixture.open("/form").await;
    let send = fixture.reference("button \"Send\"").await;
    for (body, status, word) in [
        (json!({}), 400, "kind"),
        (json!({"kind": "dance"}), 400, "dance"),
        (json!({"kind": "click"}), 400, "ref"),
        (json!({"kind": "click", "ref": "e999"}), 404, "snapshot"),
        (
            json!({"kind": "click", "ref": send, "button": "fourth"}),
            400,
            "button",
        ),
        (json!({"kind": "type", "ref": send}), 400, "text"),
        (json!({"kind": "press", "key": "Entr"}), 400, "Entr"),
        (
            json!({"kind": "select", "ref": send, "values": ["x"]}),
            400,
            "options",
        ),
        (json!({"kind": "wait"}), 400, "timeMs"),
        (
            json!({"kind": "wait", "loadState": "soon"}),
            400,
            "loadState",
        ),
        (
            json!({"kind": "wait", "text": "never", "timeoutMs": 50}),
            504,
            "50 ms",
        ),
        (
            json!({"kind": "evaluate", "fn": "() => { throw new Error('no') }"}),
            400,
            "Error: no",
        ),
        (
            json!({"kind": "resize", "width": 0, "height": 9}),
            400,
            "width",
        ),
    ] {
        let refusal = fixture.act(body.clone()).await.unwrap_err();
        assert_eq!(refusal.status, status, "{body}: {refusal}");
        assert!(refusal.message.contains(word), "{body}: {refusal}");
    }
    fixture.browser.stop().await;
}

#[tokio::test]
async fn scripts_run_only_where_they_are_allowed() {
    let mut fixture = Fixture::new().await;
    fixture.options.evaluate = false;
    fixture.browser = Browser::new(fixture.options.clone());
    fixture.open("/").await;
    let refusal = fixture
        .act(json!({"kind": "evaluate", "fn": "1"}))
        .await
        .unwrap_err();
    assert_eq!(refusal.status, 403);
    assert!(refusal.message.contains("browser.evaluateEnabled"));
    fixture.browser.stop().await;
}

//! The approvals file over the wire: read, replaced, and never by mistake.

use openclaw_node_host::approvals::{Ask, Security};
use serde_json::{Value, json};

use crate::scene::{Ground, Scene, payload, refusal, scene};

const GET: &str = "system.execApprovals.get";
const SET: &str = "system.execApprovals.set";

async fn get(scene: &mut Scene) -> Value {
    payload(&scene.ask(GET, &Value::Null).await)
}

#[tokio::test]
async fn a_file_is_replaced_only_as_it_was_read() {
    let ground = Ground::new();
    ground.approve(&json!({
        "version": 1, "socket": {"path": "/run/x.sock", "token": "sesame-9"}, "kept": 1,
        "defaults": {"security": "full", "ask": "off"}, "agents": {},
    }));
    let host = ground.host();
    let mut scene = ground.run(host, 4).await;
    let first = get(&mut scene).await;
    assert_eq!(
        first["path"],
        scene.ground.state("exec-approvals.json").to_str().unwrap()
    );
    assert_eq!(
        (&first["exists"], first["hash"].as_str().unwrap().len()),
        (&json!(true), 64)
    );
    assert_eq!(first["file"]["socket"], json!({"path": "/run/x.sock"}));
    assert_eq!(
        scene.run(&json!({"command": ["true"]})).await["success"],
        true
    );

    let mut file = first["file"].clone();
    file["defaults"]["security"] = json!("deny");
    let without = refusal(&scene.ask(SET, &json!({"file": file})).await);
    assert_eq!(without.0, "INVALID_REQUEST");
    assert!(without.1.contains("base hash required"), "{}", without.1);
    let wrong = json!({"file": file, "baseHash": "00"});
    let wrong = refusal(&scene.ask(SET, &wrong).await);
    assert!(wrong.1.contains("changed since last load"), "{}", wrong.1);

    let right = json!({"file": file, "baseHash": first["hash"]});
    let second = payload(&scene.ask(SET, &right).await);
    assert_ne!(second["hash"], first["hash"]);
    assert_eq!(get(&mut scene).await, second);
    let stale = refusal(&scene.ask(SET, &right).await);
    assert!(stale.1.contains("changed since last load"), "{}", stale.1);

    assert_eq!(
        scene.refused(&json!({"command": ["true"]})).await.1,
        "SYSTEM_RUN_DISABLED: security=deny"
    );
    let on_disk = scene.ground.approvals();
    assert_eq!(on_disk["socket"]["token"], "sesame-9");
    assert_eq!(on_disk["kept"], 1);
    scene.stop().await;
}

#[tokio::test]
async fn without_a_file_there_is_an_empty_one_to_start_from() {
    let mut scene = scene(Security::Full, Ask::Off, 3).await;
    let first = get(&mut scene).await;
    assert_eq!(first["exists"], false);
    assert_eq!(
        first["file"],
        json!({"version": 1, "defaults": {}, "agents": {}})
    );
    let set = payload(
        &scene
            .ask(SET, &json!({"file": first["file"], "baseHash": null}))
            .await,
    );
    assert_eq!(set["exists"], true);
    let mode = scene
        .ground
        .state("exec-approvals.json")
        .metadata()
        .unwrap()
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
        0o600
    );
    scene.stop().await;
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_with_its_place() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    for (params, words) in [
        (json!({}), "file required"),
        (json!({"file": null}), "file required"),
        (
            json!({"file": {"version": 1, "defaults": {"ask": "maybe"}}}),
            "`/defaults/ask`",
        ),
        (json!({"file": []}), "must be an object"),
    ] {
        let (code, message) = refusal(&scene.ask(SET, &params).await);
        assert_eq!(code, "INVALID_REQUEST");
        assert!(message.contains(words), "{params}: {message}");
    }
    assert!(!scene.ground.state("exec-approvals.json").exists());
    scene.stop().await;
}

#[tokio::test]
async fn a_broken_file_is_named_and_left_alone() {
    let ground = Ground::new();
    std::fs::write(ground.state("exec-approvals.json"), "{").unwrap();
    let host = ground.host();
    let mut scene = ground.run(host, 4).await;
    for (command, params) in [
        (GET, Value::Null),
        (SET, json!({"file": {"version": 1}, "baseHash": "x"})),
    ] {
        let (code, message) = refusal(&scene.ask(command, &params).await);
        assert_eq!(code, "UNAVAILABLE");
        assert!(message.contains("exec-approvals.json"), "{message}");
    }
    let text = std::fs::read_to_string(scene.ground.state("exec-approvals.json")).unwrap();
    assert_eq!(text, "{");
    scene.stop().await;
}

//! Notifications, through a desktop that the tests play.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::scene::{Ground, PATH, Scene, refusal};

const NOTIFY: &str = "system.notify";

/// A host whose desktop takes notifications with this script.
async fn with_desktop(script: &str) -> Scene {
    let ground = Ground::new();
    let bin = ground.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let program = bin.join("notify-send");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{PATH}", bin.display());
    let environment = ground.environment().with("PATH", path);
    let host = ground.host().environment(environment);
    ground.run(host, 4).await
}

#[tokio::test]
async fn a_notification_reaches_the_desktop() {
    let mut scene = with_desktop("for word; do echo \"$word\"; done > \"$HOME/said\"").await;
    let params = json!({"title": "-Door", "body": "open", "priority": "timeSensitive"});
    let answer = scene.ask(NOTIFY, &params).await;
    assert_eq!(answer["ok"], true, "{answer}");
    let ground = scene.stop().await;
    let said = std::fs::read_to_string(ground.root().join("home/said")).unwrap();
    assert_eq!(
        said,
        "--app-name=OpenClaw\n--urgency=critical\n--\n-Door\nopen\n"
    );
}

#[tokio::test]
async fn a_desktop_that_refuses_and_an_empty_notification_are_errors() {
    let mut scene = with_desktop("echo 'no bus' >&2; exit 1").await;
    let (code, message) = refusal(&scene.ask(NOTIFY, &json!({"title": "x"})).await);
    assert_eq!(code, "UNAVAILABLE");
    assert!(message.contains("no bus"), "{message}");
    let (code, _) = refusal(&scene.ask(NOTIFY, &json!({"title": " "})).await);
    assert_eq!(code, "INVALID_REQUEST");
    scene.stop().await;
}

#[tokio::test]
async fn a_machine_without_a_desktop_offers_no_notifications() {
    let ground = Ground::new();
    let empty = ground.root().join("home");
    let environment = ground.environment().with("PATH", empty);
    let host = ground.host().environment(environment);
    let mut scene = ground.run(host, 4).await;
    let declared = scene.peer.connect["params"]["commands"].to_string();
    assert!(!declared.contains(NOTIFY), "{declared}");
    let answer = scene.ask(NOTIFY, &json!({"title": "x"})).await;
    assert_eq!(refusal(&answer).1, "command not supported");
    scene.stop().await;
}

//! The host as a Gateway meets it: what it declares, looks up and reports.

use openclaw_node_host::approvals::{Ask, Security};
use openclaw_node_host::{NodeFile, SavedGateway};
use serde_json::{Value, json};

use crate::scene::{Ground, PATH, payload, program, refusal, scene};

#[tokio::test]
async fn a_connect_declares_the_host() {
    let ground = Ground::new();
    let host = ground
        .host()
        .display_name("Shed")
        .version("1.2.3")
        .node_id("node-7");
    let scene = ground.run(host, 4).await;
    let params = scene.peer.connect["params"].clone();
    let client = &params["client"];
    assert_eq!(
        (&client["id"], &client["mode"]),
        (&json!("node-host"), &json!("node"))
    );
    assert_eq!(
        (&client["platform"], &client["deviceFamily"]),
        (&json!("linux"), &json!("Linux"))
    );
    assert_eq!(
        (&client["instanceId"], &client["displayName"]),
        (&json!("node-7"), &json!("Shed"))
    );
    assert_eq!(
        (&params["role"], &params["scopes"]),
        (&json!("node"), &json!([]))
    );
    assert_eq!(
        (&params["caps"], &params["pathEnv"]),
        (&json!(["system"]), &json!(PATH))
    );
    let commands = params["commands"].as_array().unwrap();
    assert_eq!(
        commands[..5],
        [
            "system.run",
            "system.run.prepare",
            "system.which",
            "system.execApprovals.get",
            "system.execApprovals.set"
        ]
    );
    assert_ne!(params["device"]["id"], "node-7");
    let ground = scene.stop().await;
    assert!(ground.state("identity/device.json").exists());
}

#[tokio::test]
async fn node_json_keeps_who_the_host_is() {
    let ground = Ground::new();
    let saved = SavedGateway {
        host: "gw.local".into(),
        port: 18790,
        tls: true,
        tls_fingerprint: Some("ab".into()),
    };
    let first = ground
        .host()
        .display_name("Shed")
        .save_gateway(saved.clone())
        .build()
        .unwrap();
    let again = ground.host().build().unwrap();
    assert_eq!(first.node_file().node_id(), again.node_file().node_id());
    assert_eq!(first.node().node_id(), again.node().node_id());
    let file = NodeFile::load(&ground.state("node.json")).unwrap().unwrap();
    assert_eq!(
        (file.display_name(), file.gateway()),
        (Some("Shed"), Some(saved))
    );
    std::fs::write(ground.state("node.json"), "{").unwrap();
    assert!(
        ground
            .host()
            .build()
            .unwrap_err()
            .to_string()
            .contains("node.json")
    );
}

#[tokio::test]
async fn programs_are_found_in_the_nodes_path() {
    let mut scene = scene(Security::Deny, Ask::Off, 3).await;
    let found = scene
        .ask(
            "system.which",
            &json!({"bins": ["sh", " env ", "no-such-thing", "/bin/sh"]}),
        )
        .await;
    assert_eq!(
        payload(&found),
        json!({"bins": {"sh": program("sh"), "env": program("env")}})
    );
    for params in [json!({}), json!({"bins": null})] {
        let refused = refusal(&scene.ask("system.which", &params).await);
        assert_eq!(
            refused,
            ("INVALID_REQUEST".to_owned(), "bins required".to_owned())
        );
    }
    let many: Vec<String> = (0..300).map(|i| i.to_string()).collect();
    assert_eq!(
        refusal(&scene.ask("system.which", &json!({"bins": many})).await).0,
        "INVALID_REQUEST"
    );
    scene.stop().await;
}

#[tokio::test]
async fn a_plan_says_exactly_what_would_run() {
    let mut scene = scene(Security::Full, Ask::OnMiss, 4).await;
    let work = scene.work();
    let params = json!({
        "command": ["sh", "-c", "ls | wc"], "rawCommand": "ls | wc", "cwd": work,
        "agentId": "main", "sessionKey": "agent:main:main",
    });
    let sh = program("sh");
    assert_eq!(
        payload(&scene.ask("system.run.prepare", &params).await),
        json!({
            "plan": {
                "argv": [sh, "-c", "ls | wc"], "cwd": work,
                "commandText": format!("{sh} -c \"ls | wc\""), "commandPreview": "ls | wc",
                "agentId": "main", "sessionKey": "agent:main:main",
            },
            "execPolicy": {"security": "full", "ask": "on-miss"},
        })
    );
    let bare = payload(
        &scene
            .ask("system.run.prepare", &json!({"command": ["true"]}))
            .await,
    );
    assert_eq!(bare["plan"]["cwd"], Value::Null);
    assert!(bare["plan"].get("mutableFileOperand").is_none());
    // A plan can be run as it stands.
    let run = json!({
        "command": bare["plan"]["argv"], "rawCommand": bare["plan"]["commandText"],
        "systemRunPlan": bare["plan"],
    });
    assert_eq!(scene.run(&run).await["success"], true);
    for (params, words) in [
        (
            json!({"command": ["no-such-program"]}),
            "is no program on this node",
        ),
        (json!({"command": []}), "command required"),
        (
            json!({"command": ["ls"], "rawCommand": "rm"}),
            "rawCommand does not match",
        ),
        (
            json!({"command": ["ls"], "cwd": "/no/such"}),
            "is no folder",
        ),
    ] {
        let (code, message) = refusal(&scene.ask("system.run.prepare", &params).await);
        assert_eq!(code, "INVALID_REQUEST");
        assert!(message.contains(words), "{message}");
    }
    scene.stop().await;
}

#[tokio::test]
async fn a_newer_gateway_hears_that_the_host_is_alive_and_how_it_is() {
    let mut scene = scene(Security::Deny, Ask::Off, 4).await;
    assert_eq!(
        scene.event("node.presence.alive").await,
        json!({"trigger": "connect"})
    );
    let stats = scene.event("node.host.stats").await;
    assert!(stats["cpuCount"].as_u64().unwrap() >= 1);
    assert!(stats["memoryTotalBytes"].as_u64() >= stats["memoryFreeBytes"].as_u64());
    assert!(stats["diskTotalBytes"].as_u64() >= stats["diskAvailableBytes"].as_u64());
    assert_eq!(stats["loadAverage"].as_array().unwrap().len(), 3);
    scene.stop().await;
}

#[tokio::test(start_paused = true)]
async fn how_the_machine_is_comes_again_after_a_minute() {
    let mut scene = scene(Security::Deny, Ask::Off, 4).await;
    scene.event("node.host.stats").await;
    let first = tokio::time::Instant::now();
    // The Gateway's own sign of life, without which a node gives it up.
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        scene.peer.event("tick", &json!({"ts": 1})).await;
    }
    scene.event("node.host.stats").await;
    let minute = first.elapsed().as_secs_f64();
    assert!((58.0..=62.0).contains(&minute), "{minute}");
    scene.stop().await;
}

#[tokio::test]
async fn a_february_gateway_hears_nothing_it_does_not_know() {
    let mut scene = scene(Security::Deny, Ask::Off, 3).await;
    scene.ask("system.which", &json!({"bins": []})).await;
    scene.ask("system.which", &json!({"bins": []})).await;
    assert_eq!(scene.events, []);
    scene.stop().await;
}

#[tokio::test]
async fn a_host_without_run_offers_none() {
    let ground = Ground::new();
    let host = ground.host().offer_run(false);
    let mut scene = ground.run(host, 4).await;
    let commands = scene.peer.connect["params"]["commands"].clone();
    assert!(!commands.to_string().contains("system.run"));
    let refused = scene.refused(&json!({"command": ["true"]})).await;
    assert_eq!(refused.1, "command not supported");
    scene.stop().await;
}

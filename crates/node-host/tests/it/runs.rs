//! Commands that run: what they see, what comes back, and how they end.

use openclaw_node_host::approvals::{Ask, Security};
use serde_json::{Value, json};

use crate::scene::{Ground, PATH, program, scene};

fn shell(text: &str) -> Value {
    json!({"command": ["/bin/sh", "-c", text]})
}

#[tokio::test]
async fn a_result_has_the_shape_of_the_original_and_events_go_with_it() {
    for protocol in [3, 4] {
        let mut scene = scene(Security::Full, Ask::Off, protocol).await;
        let params = json!({
            "command": ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"],
            "rawCommand": "echo out; echo err >&2; exit 3",
            "runId": "r-1", "sessionKey": "agent:main:main", "suppressNotifyOnExit": true,
        });
        assert_eq!(
            scene.run(&params).await,
            json!({
                "exitCode": 3, "timedOut": false, "success": false, "stdout": "out\n",
                "stderr": "err\n", "error": null,
            })
        );
        scene.events.retain(|(name, _)| name.starts_with("exec."));
        let head = json!({
            "sessionKey": "agent:main:main", "runId": "r-1", "host": "node",
            "command": "/bin/sh -c \"echo out; echo err >&2; exit 3\"",
            "suppressNotifyOnExit": true,
        });
        let mut finished = head.clone();
        finished["exitCode"] = json!(3);
        finished["timedOut"] = json!(false);
        finished["success"] = json!(false);
        finished["output"] = json!("out\n\nerr\n");
        assert_eq!(
            scene.events,
            [
                ("exec.started".to_owned(), head),
                ("exec.finished".to_owned(), finished)
            ]
        );
        scene.stop().await;
    }
}

#[tokio::test]
async fn commands_see_the_nodes_environment_without_its_secrets() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let plain = scene.run(&shell("env")).await["stdout"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(plain.contains("COLOUR=blue"));
    assert!(plain.contains(&format!("PATH={PATH}\n")));
    assert!(!plain.contains("sesame"));
    let mut params = shell("env; pwd");
    params["env"] = json!({
        "COLOUR": "red", "NEW": "x", "LD_PRELOAD": "/evil.so", "NODE_OPTIONS": "x",
        "BASH_ENV": "/evil", "PATH": format!("/opt/tools:{PATH}"),
    });
    params["cwd"] = json!("~");
    let text = scene.run(&params).await["stdout"]
        .as_str()
        .unwrap()
        .to_owned();
    for wanted in [
        "COLOUR=red\n",
        "NEW=x\n",
        &format!("PATH=/opt/tools:{PATH}\n"),
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    for unwanted in ["evil", "NODE_OPTIONS"] {
        assert!(!text.contains(unwanted), "{unwanted}: {text}");
    }
    assert_eq!(
        text.lines().last(),
        scene.ground.root().join("home").to_str()
    );
    params["env"] = json!({"PATH": "/opt/tools"});
    let text = scene.run(&params).await["stdout"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains(&format!("PATH={PATH}\n")));
    scene.stop().await;
}

#[tokio::test]
async fn a_listed_shell_gets_variables_for_display_only() {
    let ground = Ground::new();
    let entry = json!({"pattern": program("env")});
    ground.approve(&json!({"version": 1, "agents": {"*": {"allowlist": [entry]}}}));
    let host = ground.host();
    let mut scene = ground.run(host, 4).await;
    let mut params = json!({"command": ["sh", "-c", "env"]});
    // What is listed finds others by the node's own `PATH`.
    let path = format!("/evil:{PATH}");
    params["env"] = json!({"HOME": "/evil", "API_KEY": "k", "LC_ALL": "C", "PATH": path});
    let text = scene.run(&params).await["stdout"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains("LC_ALL=C\n"));
    assert!(!text.contains("evil") && !text.contains("API_KEY"));
    params["command"] = json!(["env"]);
    let text = scene.run(&params).await["stdout"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains("API_KEY=k\n") && !text.contains("evil"));
    scene.stop().await;
}

#[tokio::test]
async fn long_and_odd_output_comes_back_cut_and_readable() {
    let mut scene = scene(Security::Full, Ask::Off, 3).await;
    let long = scene
        .run(&shell("head -c 300000 /dev/zero | tr '\\0' x"))
        .await;
    let stdout = long["stdout"].as_str().unwrap();
    assert!(stdout.ends_with("x\n... (truncated)"));
    assert_eq!(stdout.len(), 200_000 + "\n... (truncated)".len());
    assert_eq!(long["success"], true);
    let odd = scene.run(&shell("printf 'a\\377\\376b'")).await;
    assert_eq!(odd["stdout"], "a\u{fffd}\u{fffd}b");
    // Every byte of this grows sevenfold on the wire, beyond what this Gateway takes.
    let binary = scene.run(&shell("head -c 300000 /dev/zero")).await;
    assert!(
        binary["stdout"]
            .as_str()
            .unwrap()
            .ends_with("\u{0}\n... (truncated)")
    );
    scene.stop().await;
}

#[tokio::test]
async fn time_that_is_up_kills_the_whole_family_and_keeps_its_output() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let mut params = shell("echo before; sleep 600 & echo $!; wait");
    // Long enough for a shell to begin on a busy machine.
    params["timeoutMs"] = json!(4000);
    let result = scene.run(&params).await;
    assert_eq!(
        (&result["timedOut"], &result["success"]),
        (&json!(true), &json!(false))
    );
    assert!(result.get("exitCode").is_none());
    let mut lines = result["stdout"].as_str().unwrap().lines();
    assert_eq!(lines.next(), Some("before"));
    let child = lines.next().unwrap().to_owned();
    wait_until_dead(&child).await;
    scene.stop().await;
}

async fn wait_until_dead(pid: &str) {
    let stat = format!("/proc/{pid}/stat");
    let gone = async {
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, gone)
        .await
        .expect("it lives on");
}

/// Starts a command that tells its child's number in a file, and waits for it.
async fn endless(scene: &mut crate::scene::Scene) -> (String, String) {
    let pipe = scene.work().join("told");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    let id = scene
        .call("system.run", &shell("sleep 600 & echo $! > told; wait"))
        .await;
    scene.event("exec.started").await;
    let told = tokio::fs::read_to_string(&pipe).await.unwrap();
    (id, told.trim().to_owned())
}

#[tokio::test]
async fn a_call_taken_back_kills_the_family() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let (id, child) = endless(&mut scene).await;
    scene
        .peer
        .event(
            "node.invoke.cancel",
            &json!({"invokeId": id, "nodeId": "n"}),
        )
        .await;
    wait_until_dead(&child).await;
    assert_eq!(scene.event("exec.finished").await["success"], false);
    scene.stop().await;
}

#[tokio::test]
async fn a_host_that_stops_kills_the_family() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let (_, child) = endless(&mut scene).await;
    scene.stop().await;
    wait_until_dead(&child).await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_a_result() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let result = scene.run(&json!({"command": ["no-such-program"]})).await;
    assert_eq!(result["success"], false);
    let error = result["error"].as_str().unwrap();
    assert!(
        error.starts_with("cannot start `no-such-program`"),
        "{error}"
    );
    scene.stop().await;
}

#[tokio::test]
async fn allowing_for_good_holds_from_then_on() {
    let mut scene = scene(Security::Allowlist, Ask::OnMiss, 4).await;
    let plain = json!({"command": ["uname", "-s"]});
    assert_eq!(scene.refused(&plain).await.0, "UNAVAILABLE");
    let mut approved = plain.clone();
    approved["runId"] = json!("r-1");
    approved["approvalDecision"] = json!("allow-always");
    scene.run(&approved).await;
    assert_eq!(scene.run(&plain).await["success"], true);
    let entry = scene.ground.approvals()["agents"]["main"]["allowlist"][0].clone();
    assert_eq!(entry["pattern"], program("uname").as_str());
    assert_eq!(entry["source"], "allow-always");
    assert!(entry["lastUsedAt"].as_u64().unwrap() > 0);

    // A program that runs others is approved once, not for good.
    let env = json!({"command": ["env", "true"]});
    let mut approved = env.clone();
    approved["runId"] = json!("r-2");
    approved["approvalDecision"] = json!("allow-always");
    scene.run(&approved).await;
    assert_eq!(scene.refused(&env).await.0, "UNAVAILABLE");
    scene.stop().await;
}

#[tokio::test]
async fn more_calls_than_run_and_wait_are_refused_at_once() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    for _ in 0..40 {
        scene
            .call("system.run", &shell("echo x >> ran; sleep 600"))
            .await;
    }
    let answer = scene.ask("system.run", &shell("echo y >> ran")).await;
    assert_eq!(crate::scene::refusal(&answer).0, "BUSY");
    let started = |scene: &crate::scene::Scene| {
        let events = scene.events.iter();
        events.filter(|(name, _)| name == "exec.started").count()
    };
    while started(&scene) < 8 {
        scene.event("exec.started").await;
    }
    let ground = scene.stop().await;
    // Those that waited never ran, nor did the one that was refused.
    let ran = std::fs::read_to_string(ground.work().join("ran")).unwrap_or_default();
    assert!(ran.lines().count() <= 8 && !ran.contains('y'), "{ran}");
}

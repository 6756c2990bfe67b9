//! Every way in which a command is refused.

use openclaw_node_host::ApprovalTrust;
use openclaw_node_host::approvals::{Ask, ConfiguredPolicy, Security};
use serde_json::{Value, json};

use crate::scene::{Ground, Scene, program, refusal, scene};

fn unavailable(message: &str) -> (String, String) {
    ("UNAVAILABLE".to_owned(), message.to_owned())
}

fn invalid(message: &str) -> (String, String) {
    ("INVALID_REQUEST".to_owned(), message.to_owned())
}

const APPROVAL_REQUIRED: &str = "SYSTEM_RUN_DENIED: approval required";

#[tokio::test]
async fn nothing_runs_under_deny() {
    let mut scene = scene(Security::Deny, Ask::Off, 4).await;
    let touch = json!({
        "command": ["touch", "made"], "approved": true, "approvalDecision": "allow-always",
        "runId": "r-1", "sessionKey": "agent:main:main",
    });
    assert_eq!(
        scene.refused(&touch).await,
        unavailable("SYSTEM_RUN_DISABLED: security=deny")
    );
    assert_eq!(scene.denied(), Some("security=deny"));
    let (_, event) = scene
        .events
        .iter()
        .find(|(name, _)| name == "exec.denied")
        .unwrap();
    assert_eq!(
        *event,
        json!({
            "sessionKey": "agent:main:main", "runId": "r-1", "host": "node",
            "command": "touch made", "reason": "security=deny",
        })
    );
    assert!(!scene.work().join("made").exists());
    scene.stop().await;
}

#[tokio::test]
async fn off_the_allowlist_a_person_is_needed_or_it_is_a_miss() {
    for (ask, message, reason) in [
        (Ask::OnMiss, APPROVAL_REQUIRED, "approval-required"),
        (
            Ask::Off,
            "SYSTEM_RUN_DENIED: allowlist miss",
            "allowlist-miss",
        ),
        (Ask::Always, APPROVAL_REQUIRED, "approval-required"),
    ] {
        let mut scene = scene(Security::Allowlist, ask, 4).await;
        let answer = scene.refused(&json!({"command": ["touch", "made"]})).await;
        assert_eq!(answer, unavailable(message));
        assert_eq!(scene.denied(), Some(reason));
        assert!(!scene.work().join("made").exists());
        scene.stop().await;
    }
}

#[tokio::test]
async fn with_nothing_configured_a_person_is_needed() {
    let ground = Ground::new();
    let host = ground.host();
    let mut scene = ground.run(host, 4).await;
    assert_eq!(
        scene.refused(&json!({"command": ["true"]})).await,
        unavailable(APPROVAL_REQUIRED)
    );
    scene.stop().await;
}

#[tokio::test]
async fn the_stricter_of_file_and_configuration_holds() {
    let ground = Ground::new();
    ground.approve(&json!({"version": 1, "agents": {"main": {"security": "deny"}}}));
    let host = ground.host().exec_policy(|_| ConfiguredPolicy {
        security: Some(Security::Full),
        ask: Some(Ask::Off),
    });
    let mut scene = ground.run(host, 4).await;
    let main = scene.refused(&json!({"command": ["true"]})).await;
    assert_eq!(main, unavailable("SYSTEM_RUN_DISABLED: security=deny"));
    let other = scene
        .run(&json!({"command": ["true"], "agentId": "other"}))
        .await;
    assert_eq!(other["success"], true);
    scene.stop().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_allows_nothing() {
    let ground = Ground::new();
    std::fs::write(ground.state("exec-approvals.json"), "{ not json").unwrap();
    let host = ground.host().exec_policy(|_| ConfiguredPolicy {
        security: Some(Security::Full),
        ask: Some(Ask::Off),
    });
    let mut scene = ground.run(host, 4).await;
    let answer = scene.refused(&json!({"command": ["true"]})).await;
    assert_eq!(answer, unavailable("SYSTEM_RUN_DISABLED: security=deny"));
    scene.stop().await;
}

fn approved(run_id: &str, decision: &str) -> Value {
    json!({
        "command": ["touch", "made"], "runId": run_id, "approved": true,
        "approvalDecision": decision,
    })
}

async fn may_run(scene: &mut Scene, params: &Value) -> bool {
    let answer = scene.ask("system.run", params).await;
    if answer["ok"] == true {
        return true;
    }
    assert_eq!(refusal(&answer), unavailable(APPROVAL_REQUIRED));
    false
}

#[tokio::test]
async fn a_forged_approval_through_a_february_gateway_counts_for_nothing() {
    let mut february = scene(Security::Allowlist, Ask::OnMiss, 3).await;
    assert!(!may_run(&mut february, &approved("r-1", "allow-once")).await);
    assert!(!may_run(&mut february, &approved("r-1", "allow-always")).await);
    assert!(
        !may_run(
            &mut february,
            &json!({"command": ["touch", "made"], "approved": true})
        )
        .await
    );
    assert!(!february.work().join("made").exists());
    february.stop().await;

    let ground = Ground::new();
    let host = ground.host().approval_trust(ApprovalTrust::AnyGateway);
    let mut trusting = ground.run(host, 3).await;
    assert!(may_run(&mut trusting, &approved("r-1", "allow-once")).await);
    trusting.stop().await;
}

#[tokio::test]
async fn an_approval_needs_its_id_and_is_good_for_one_run() {
    let mut scene = scene(Security::Allowlist, Ask::Always, 4).await;
    let nameless =
        json!({"command": ["touch", "made"], "approved": true, "approvalDecision": "allow-once"});
    assert!(!may_run(&mut scene, &nameless).await);
    assert!(may_run(&mut scene, &approved("r-1", "allow-once")).await);
    assert!(!may_run(&mut scene, &approved("r-1", "allow-once")).await);
    assert!(may_run(&mut scene, &approved("r-2", "allow-once")).await);
    assert!(!may_run(&mut scene, &approved("r-3", "deny")).await);
    scene.stop().await;
}

#[tokio::test]
async fn an_approval_is_for_the_very_run_of_its_plan() {
    let mut scene = scene(Security::Allowlist, Ask::Always, 4).await;
    let prepared = scene
        .ask("system.run.prepare", &json!({"command": ["touch", "made"]}))
        .await;
    let plan = crate::scene::payload(&prepared)["plan"].clone();
    let run = |id: &str, argv: &Value, cwd: Value| {
        json!({
            "command": argv, "cwd": cwd, "runId": id, "approved": true,
            "approvalDecision": "allow-once", "systemRunPlan": plan,
        })
    };
    let mismatch = |member: &str| invalid(&format!("{member} is not the one of systemRunPlan"));
    let other = json!([plan["argv"][0], "other"]);
    assert_eq!(
        scene.refused(&run("r-1", &other, Value::Null)).await,
        mismatch("command")
    );
    assert_eq!(
        scene.refused(&run("r-2", &plan["argv"], json!("/"))).await,
        mismatch("cwd")
    );
    for (member, value) in [("agentId", "main"), ("sessionKey", "agent:main:main")] {
        let mut params = run("r-2", &plan["argv"], Value::Null);
        params[member] = json!(value);
        assert_eq!(scene.refused(&params).await, mismatch(member));
    }
    assert!(may_run(&mut scene, &run("r-3", &plan["argv"], Value::Null)).await);
    assert!(scene.work().join("made").exists());
    scene.stop().await;
}

#[tokio::test]
async fn a_script_that_changed_after_its_approval_does_not_run() {
    let mut scene = scene(Security::Allowlist, Ask::Always, 4).await;
    let script = scene.work().join("job.sh");
    std::fs::write(&script, "echo good").unwrap();
    let prepared = scene
        .ask("system.run.prepare", &json!({"command": ["sh", "job.sh"]}))
        .await;
    let plan = crate::scene::payload(&prepared)["plan"].clone();
    assert_eq!(plan["mutableFileOperand"]["argvIndex"], 1);
    let run = |id: &str| {
        json!({
            "command": plan["argv"], "runId": id, "approved": true,
            "approvalDecision": "allow-once", "systemRunPlan": plan,
        })
    };
    assert_eq!(scene.run(&run("r-1")).await["stdout"], "good\n");
    std::fs::write(&script, "echo evil").unwrap();
    let refused = scene.refused(&run("r-2")).await;
    assert_eq!(
        refused,
        unavailable("SYSTEM_RUN_DENIED: the approved script has changed since")
    );
    assert_eq!(scene.denied(), Some("execution-plan-miss"));
    scene.stop().await;
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    for (params, message) in [
        (json!({}), "command required"),
        (json!({"command": null}), "command required"),
        (json!({"command": []}), "command required"),
        (json!({"command": [" "]}), "command required"),
        (
            json!({"command": ["a\u{0}b"]}),
            "command contains a NUL byte",
        ),
        (
            json!({"command": ["rm", "x"], "rawCommand": "ls"}),
            "rawCommand does not match command",
        ),
        (
            json!({"command": ["ls"], "cwd": "/no/such"}),
            "cwd `/no/such` is no folder on this node",
        ),
    ] {
        assert_eq!(scene.refused(&params).await, invalid(message), "{params}");
    }
    let (code, message) = scene.refused(&json!({"command": "ls"})).await;
    assert_eq!(code, "INVALID_REQUEST");
    assert!(message.starts_with("invalid params: "), "{message}");
    assert!(
        scene
            .events
            .iter()
            .all(|(name, _)| !name.starts_with("exec."))
    );
    scene.stop().await;
}

#[tokio::test]
async fn there_is_no_screen_to_record() {
    let mut scene = scene(Security::Full, Ask::Off, 4).await;
    let refused = scene
        .refused(&json!({"command": ["true"], "needsScreenRecording": true}))
        .await;
    assert_eq!(refused, unavailable("PERMISSION_MISSING: screenRecording"));
    assert_eq!(scene.denied(), Some("permission:screenRecording"));
    scene.stop().await;
}

#[tokio::test]
async fn the_allowlist_is_about_files_and_all_of_a_shells_programs() {
    let ground = Ground::new();
    let fake = ground.root().join("fake");
    std::fs::create_dir(&fake).unwrap();
    std::os::unix::fs::symlink(program("touch"), fake.join("ls")).unwrap();
    ground.approve(&json!({"version": 1, "agents": {"main": {"allowlist": [
        {"pattern": program("ls")}, {"pattern": program("wc")}, {"pattern": program("sh")},
    ]}}}));
    let host = ground.host();
    let mut scene = ground.run(host, 4).await;
    let mut path = fake.into_os_string();
    path.push(":");
    path.push(crate::scene::PATH);
    let path = path.into_string().unwrap();
    for (covered, params) in [
        (true, json!({"command": ["ls"]})),
        (true, json!({"command": ["sh", "-c", "ls | wc -l"]})),
        (false, json!({"command": ["touch", "x"]})),
        (false, json!({"command": ["sh", "-c", "ls; touch x"]})),
        (false, json!({"command": ["sh", "-c", "ls $(touch x)"]})),
        (false, json!({"command": ["sh", "-c", "ls > x"]})),
        (
            false,
            json!({"command": ["ls", "x"], "env": {"PATH": path}}),
        ),
        (
            false,
            json!({"command": ["sh", "-c", "ls x"], "env": {"PATH": path}}),
        ),
        (false, json!({"command": ["env", "ls"]})),
    ] {
        assert_eq!(may_run(&mut scene, &params).await, covered, "{params}");
    }
    assert!(!scene.work().join("x").exists());
    scene.stop().await;
}

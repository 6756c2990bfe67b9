//! Commands that wait for a person's word, and the one run that the word is for.

use std::time::Duration;

use openclaw_gateway_server::{Gateway, GatewayOptions};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{admin, gateway, node, operator, options};
use crate::nodes::{approve_all, invoke};
use crate::peer::Peer;

const RUN: &str = "system.run";
const APPROVALS: &[&str] = &["operator.read", "operator.write", "operator.approvals"];

/// A Gateway with a node that runs commands, one who asks, and one who answers.
struct Scene {
    gateway: Gateway,
    device: Device,
    asker: Peer<DuplexStream>,
    approver: Peer<DuplexStream>,
    node: Peer<DuplexStream>,
}

async fn scene() -> Scene {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut approver = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &[RUN]).await;
    approve_all(&mut approver).await;
    node.event("node.pair.resolved").await;
    let asker = approved(&gateway, &mut approver, 2).await;
    Scene {
        gateway,
        device,
        asker,
        approver,
        node,
    }
}

/// A paired operator with a device of its own.
async fn approved(
    gateway: &Gateway,
    admin: &mut Peer<DuplexStream>,
    seed: u8,
) -> Peer<DuplexStream> {
    let device = Device::new(seed);
    let (peer, response) = operator(gateway, &device, APPROVALS).await;
    if response["ok"] == true {
        return peer;
    }
    approve_all(admin).await;
    let (peer, response) = operator(gateway, &device, APPROVALS).await;
    assert_eq!(response["ok"], true, "{response}");
    peer
}

impl Scene {
    /// What is asked for: every member that an approval is bound to.
    fn question(&self, id: &str) -> Value {
        json!({
            "id": id, "commandArgv": ["rm", "a b"], "cwd": "/x", "env": { "A": "1" },
            "host": "node", "nodeId": self.device.id(), "agentId": "main",
            "sessionKey": "agent:main:main", "timeoutMs": 60_000,
        })
    }

    /// The run that was asked for.
    fn run() -> Value {
        json!({
            "command": ["rm", "a b"], "cwd": "/x", "env": { "A": "1" },
            "agentId": "main", "sessionKey": "agent:main:main",
        })
    }

    fn call(&self, id: &str, run: Value) -> Value {
        let mut run = run;
        run["runId"] = json!(id);
        invoke(&self.device, RUN, &json!({ "params": run }))
    }

    /// Asks, and has the approver say this.
    async fn decide(&mut self, id: &str, decision: &str) -> Value {
        let question = self.question(id);
        let asked = self.asker.request("exec.approval.request", question).await;
        let event = self.approver.event("exec.approval.requested").await;
        assert_eq!(event["payload"]["id"], id);
        let answer = json!({ "id": id, "decision": decision });
        let said = self.approver.call("exec.approval.resolve", answer).await;
        assert_eq!(said["payload"], json!({ "ok": true }), "{said}");
        self.asker.response(&asked).await["payload"].clone()
    }

    /// Params of the next run at the node; it is answered.
    async fn ran(&mut self) -> Value {
        let asked = self.node.event("node.invoke.request").await["payload"].clone();
        let answer = json!({
            "id": asked["id"], "nodeId": self.device.id(), "ok": true, "payload": {},
        });
        self.node.call("node.invoke.result", answer).await;
        serde_json::from_str(asked["paramsJSON"].as_str().unwrap()).unwrap()
    }
}

fn code(refused: &Value) -> &Value {
    assert_eq!(refused["ok"], false, "{refused}");
    &refused["error"]["details"]["code"]
}

#[tokio::test]
async fn a_person_is_asked_and_what_runs_is_what_was_shown() {
    let mut scene = scene().await;
    let question = scene.question("q-00000001");
    let asked = scene.asker.request("exec.approval.request", question).await;
    let event = scene.approver.event("exec.approval.requested").await;
    let shown = &event["payload"];
    assert_eq!(shown["approvalKind"], "exec");
    assert_eq!(shown["request"]["command"], "rm \"a b\"");
    assert_eq!(shown["request"]["nodeId"], scene.device.id());
    assert_eq!(shown["request"]["cwd"], "/x");
    assert_eq!(shown["request"]["resolvedPath"], Value::Null);
    assert!(
        !event.to_string().contains("\"A\""),
        "the environment is private"
    );
    let list = scene.approver.call("exec.approval.list", json!({})).await;
    assert_eq!(list["payload"][0], *shown);
    let got = scene
        .approver
        .call("exec.approval.get", json!({ "id": "q-000000" }))
        .await;
    assert_eq!(got["payload"]["commandText"], "rm \"a b\"");

    let answer = json!({ "id": "q-00000001", "decision": "allow-once" });
    scene.approver.call("exec.approval.resolve", answer).await;
    let outcome = scene.asker.response(&asked).await["payload"].clone();
    assert_eq!(outcome["decision"], "allow-once");
    let call = scene.call("q-00000001", Scene::run());
    let id = scene.asker.request("node.invoke", call.clone()).await;
    let params = scene.ran().await;
    assert_eq!(
        (&params["approved"], &params["approvalDecision"]),
        (&json!(true), &json!("allow-once"))
    );
    assert_eq!(scene.asker.response(&id).await["ok"], true);
    // The same call again is the same run; another call is another run.
    assert_eq!(scene.asker.call("node.invoke", call).await["ok"], true);
    let again = scene.call("q-00000001", Scene::run());
    let refused = scene.asker.call("node.invoke", again).await;
    assert_eq!(code(&refused), "APPROVAL_ALREADY_USED");
}

/// GHSA-hjvp-qhm6-wrh2: an approval used with another environment.
#[tokio::test]
async fn a_run_that_differs_in_one_member_is_refused() {
    let mut scene = scene().await;
    scene.decide("q-00000002", "allow-always").await;
    for (member, value) in [
        ("command", json!(["rm", "a", "b"])),
        ("command", json!(["rm", "a b", "c"])),
        ("cwd", json!("/y")),
        ("env", json!({ "A": "2" })),
        ("env", json!({ "A": "1", "LD_PRELOAD": "/x.so" })),
        ("env", Value::Null),
        ("agentId", json!("other")),
        ("sessionKey", json!("agent:main:else")),
    ] {
        let mut run = Scene::run();
        run[member] = value;
        let call = scene.call("q-00000002", run);
        let refused = scene.asker.call("node.invoke", call).await;
        assert_eq!(code(&refused), "APPROVAL_REQUEST_MISMATCH", "{member}");
        assert!(
            refused["error"]["message"]
                .as_str()
                .unwrap()
                .contains(member)
        );
    }
    let call = scene.call("q-00000002", Scene::run());
    scene.asker.request("node.invoke", call).await;
    assert_eq!(scene.ran().await["approvalDecision"], "allow-always");
}

/// GHSA-gv46-4xfq-jv58: an approval that the caller forged.
#[tokio::test]
async fn nobody_but_the_one_who_asked_may_use_a_yes_and_nobody_may_forge_one() {
    let mut scene = scene().await;
    scene.decide("q-00000003", "allow-once").await;
    let call = scene.call("q-00000003", Scene::run());
    let refused = scene.approver.call("node.invoke", call).await;
    assert_eq!(code(&refused), "APPROVAL_CLIENT_MISMATCH");

    scene.decide("q-00000004", "deny").await;
    let mut run = Scene::run();
    run["approved"] = json!(true);
    run["approvalDecision"] = json!("allow-once");
    let call = scene.call("q-00000004", run.clone());
    let refused = scene.asker.call("node.invoke", call).await;
    assert_eq!(code(&refused), "APPROVAL_REQUIRED");

    let call = scene.call("of-nobody", run);
    scene.asker.request("node.invoke", call).await;
    let params = scene.ran().await;
    assert_eq!(params.get("approved"), None);
    assert_eq!(params.get("approvalDecision"), None);
}

#[tokio::test]
async fn an_approval_for_one_node_is_none_for_another() {
    let mut scene = scene().await;
    let other = Device::new(7);
    let mut second = node(&scene.gateway, 4, &other, &[RUN]).await;
    approve_all(&mut scene.approver).await;
    second.event("node.pair.resolved").await;
    scene.decide("q-00000005", "allow-once").await;
    let mut call = scene.call("q-00000005", Scene::run());
    call["nodeId"] = json!(other.id());
    let refused = scene.asker.call("node.invoke", call).await;
    assert_eq!(code(&refused), "APPROVAL_REQUEST_MISMATCH");
}

#[tokio::test]
async fn the_first_of_several_answers_counts_and_all_are_told() {
    let mut scene = scene().await;
    let mut second = admin(&scene.gateway, 3).await;
    let question = scene.question("q-00000006");
    let asked = scene.asker.request("exec.approval.request", question).await;
    scene.approver.event("exec.approval.requested").await;
    let old = second.event("exec.approval.requested").await;
    assert_eq!(old["payload"].get("approvalKind"), None);
    let deny = json!({ "id": "q-00000006", "decision": "deny" });
    second.call("exec.approval.resolve", deny.clone()).await;
    let told = scene.approver.event("exec.approval.resolved").await;
    assert_eq!(told["payload"]["decision"], "deny");
    assert_eq!(told["payload"]["request"]["command"], "rm \"a b\"");
    assert_eq!(
        scene.asker.response(&asked).await["payload"]["decision"],
        "deny"
    );
    let late = json!({ "id": "q-00000006", "decision": "allow-once" });
    let refused = scene.approver.call("exec.approval.resolve", late).await;
    let details = &refused["error"]["details"];
    assert_eq!(details["reason"], "APPROVAL_NOT_FOUND");
    assert_eq!(details["decision"], "deny");
    let refused = second.call("exec.approval.resolve", deny).await;
    assert_eq!(refused["error"]["message"], "unknown approval id");
}

#[tokio::test]
async fn a_question_that_nobody_answers_lapses() {
    let mut scene = scene().await;
    let mut question = scene.question("q-00000007");
    question["timeoutMs"] = json!(1);
    question["twoPhase"] = json!(true);
    let asked = scene.asker.request("exec.approval.request", question).await;
    let accepted = scene.asker.response(&asked).await["payload"].clone();
    assert_eq!(accepted["status"], "accepted");
    assert_eq!(accepted.get("decision"), None);
    let outcome = scene.asker.response(&asked).await["payload"].clone();
    assert_eq!(outcome["decision"], Value::Null);
    assert_eq!(
        outcome["expiresAtMs"].as_u64().unwrap() - outcome["createdAtMs"].as_u64().unwrap(),
        1
    );
    let late = json!({ "id": "q-00000007", "decision": "allow-once" });
    let refused = scene.approver.call("exec.approval.resolve", late).await;
    assert_eq!(refused["error"]["details"]["reason"], "APPROVAL_NOT_FOUND");
    let known = json!({ "id": "q-00000007" });
    let waited = scene.asker.call("exec.approval.waitDecision", known).await;
    assert_eq!(waited["payload"]["decision"], Value::Null);
    let unknown = json!({ "id": "nope" });
    let waited = scene
        .asker
        .call("exec.approval.waitDecision", unknown)
        .await;
    assert_eq!(waited["error"]["message"], "approval expired or not found");
}

#[tokio::test]
async fn with_nobody_to_ask_the_asker_may_choose_not_to_wait() {
    let scene = scene().await;
    let mut question = scene.question("q-00000008");
    question["requireDeliveryRoute"] = json!(true);
    question["timeoutMs"] = json!(3_600_000);
    let Scene {
        gateway: _gateway,
        mut asker,
        approver,
        ..
    } = scene;
    drop(approver);
    loop {
        let outcome = asker.call("exec.approval.request", question.clone()).await;
        // Until the Gateway noticed that the approver is gone.
        if outcome["payload"]["decision"] == Value::Null {
            break;
        }
    }
}

#[tokio::test]
async fn a_question_does_not_keep_the_gateway_from_stopping() {
    let mut scene = scene().await;
    let mut question = scene.question("q-00000009");
    question["timeoutMs"] = json!(86_400_000);
    scene.asker.request("exec.approval.request", question).await;
    scene.approver.event("exec.approval.requested").await;
    let (_, end) = tokio::join!(scene.gateway.shutdown("test"), scene.asker.closed());
    assert_eq!(end.map(|(code, _)| code), Some(1012));
}

/// GHSA-mqpw-46fh-299h: a wrong scope that approves.
#[tokio::test]
async fn only_the_scope_for_it_asks_answers_or_sees() {
    let mut scene = scene().await;
    let device = Device::new(9);
    let scopes = &["operator.read", "operator.write"];
    let (_, response) = operator(&scene.gateway, &device, scopes).await;
    if response["ok"] != true {
        approve_all(&mut scene.approver).await;
    }
    let (mut writer, response) = operator(&scene.gateway, &device, scopes).await;
    assert_eq!(response["ok"], true, "{response}");
    let question = scene.question("q-00000010");
    scene
        .asker
        .request("exec.approval.request", question.clone())
        .await;
    scene.approver.event("exec.approval.requested").await;
    for (method, params) in [
        ("exec.approval.request", question),
        (
            "exec.approval.resolve",
            json!({ "id": "q-00000010", "decision": "allow-once" }),
        ),
        ("exec.approval.list", json!({})),
        ("exec.approval.get", json!({ "id": "q-00000010" })),
        ("exec.approval.waitDecision", json!({ "id": "q-00000010" })),
        ("exec.approvals.get", json!({})),
    ] {
        let refused = writer.call(method, params).await;
        assert_eq!(refused["ok"], false, "{method}: {refused}");
        assert!(
            refused["error"]["message"]
                .as_str()
                .unwrap()
                .contains("missing scope"),
            "{method}: {refused}"
        );
    }
}

#[tokio::test]
async fn named_reviewers_alone_see_and_answer() {
    let mut scene = scene().await;
    let mut question = scene.question("q-00000011");
    question["approvalReviewerDeviceIds"] = json!([Device::new(2).id()]);
    let asked = scene.asker.request("exec.approval.request", question).await;
    let mut reviewer = approved(&scene.gateway, &mut scene.approver, 2).await;
    let list = scene.approver.call("exec.approval.list", json!({})).await;
    assert_eq!(list["payload"], json!([]));
    let allow = json!({ "id": "q-00000011", "decision": "allow-once" });
    let refused = scene
        .approver
        .call("exec.approval.resolve", allow.clone())
        .await;
    assert_eq!(refused["ok"], false, "{refused}");
    let said = reviewer.call("exec.approval.resolve", allow).await;
    assert_eq!(said["ok"], true, "{said}");
    let outcome = scene.asker.response(&asked).await;
    assert_eq!(outcome["payload"]["decision"], "allow-once");
}

/// GHSA-xww8-gqvh-92x9: a long command that was cut where people see it.
#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let mut scene = scene().await;
    let mut long = scene.question("q-00000012");
    long["commandArgv"] = json!(["echo", "x".repeat(70_000)]);
    let mut blank = scene.question("q-00000012");
    blank["commandArgv"] = Value::Null;
    for (question, why) in [(long, "too many to be read"), (blank, "command")] {
        let refused = scene.asker.call("exec.approval.request", question).await;
        let said = refused["error"]["message"].as_str().unwrap();
        assert!(said.contains(why), "{said}");
    }
    let question = scene.question("q-00000012");
    scene
        .asker
        .request("exec.approval.request", question.clone())
        .await;
    scene.approver.event("exec.approval.requested").await;
    let refused = scene.asker.call("exec.approval.request", question).await;
    assert_eq!(refused["error"]["message"], "approval id already pending");
    for (decision, why) in [("maybe", "invalid decision"), ("", "invalid decision")] {
        let answer = json!({ "id": "q-00000012", "decision": decision });
        let refused = scene.approver.call("exec.approval.resolve", answer).await;
        let said = refused["error"]["message"].as_str().unwrap();
        assert!(said.contains(why), "{said}");
    }
}

#[tokio::test]
async fn what_is_always_asked_about_cannot_be_allowed_for_good() {
    let mut scene = scene().await;
    let mut question = scene.question("q-00000013");
    question["ask"] = json!("always");
    scene.asker.request("exec.approval.request", question).await;
    let event = scene.approver.event("exec.approval.requested").await;
    assert_eq!(
        event["payload"]["request"]["allowedDecisions"],
        json!(["allow-once", "deny"])
    );
    let always = json!({ "id": "q-00000013", "decision": "allow-always" });
    let refused = scene.approver.call("exec.approval.resolve", always).await;
    assert!(refused.to_string().contains("allow-always is unavailable"));
}

/// #78226: a stale copy of the file that brings revoked approvals back.
#[tokio::test]
async fn the_file_of_the_gateways_machine_is_replaced_only_by_who_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let options = GatewayOptions {
        state_dir: Some(dir.path().to_owned()),
        ..options()
    };
    let gateway = Gateway::builder(options).start().await.unwrap();
    for generation in [3, 4] {
        let mut admin = admin(&gateway, generation).await;
        let read = admin.call("exec.approvals.get", json!({})).await["payload"].clone();
        let file = json!({
            "version": 1,
            "agents": { "main": { "allowlist": [{ "pattern": format!("/bin/{generation}") }] } },
        });
        let set = json!({ "file": file, "baseHash": read["hash"] });
        let written = admin.call("exec.approvals.set", set.clone()).await;
        assert_eq!(written["ok"], true, "{written}");
        assert_eq!(written["payload"]["exists"], true);
        let stale = admin.call("exec.approvals.set", set).await;
        let said = stale["error"]["message"].as_str().unwrap();
        assert!(said.contains("changed since last load"), "{said}");
        let unread = admin
            .call("exec.approvals.set", json!({ "file": file }))
            .await;
        let said = unread["error"]["message"].as_str().unwrap();
        assert!(said.contains("base hash required"), "{said}");
    }
    let mode = {
        use std::os::unix::fs::PermissionsExt as _;
        let file = dir.path().join("exec-approvals.json");
        file.metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode, 0o600);
    tokio::time::timeout(Duration::from_secs(60), gateway.shutdown("test"))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_file_of_a_node_is_asked_for_at_the_node() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut admin = admin(&gateway, 4).await;
    let commands = ["system.execApprovals.get", "system.execApprovals.set"];
    let mut node = node(&gateway, 4, &device, &commands).await;
    approve_all(&mut admin).await;
    node.event("node.pair.resolved").await;
    let file = json!({ "version": 1 });
    for (method, params, command, given) in [
        (
            "exec.approvals.node.get",
            json!({ "nodeId": device.id() }),
            "system.execApprovals.get",
            json!({}),
        ),
        (
            "exec.approvals.node.set",
            json!({ "nodeId": device.id(), "file": file, "baseHash": "h" }),
            "system.execApprovals.set",
            json!({ "file": file, "baseHash": "h" }),
        ),
    ] {
        let id = admin.request(method, params).await;
        let asked = node.event("node.invoke.request").await["payload"].clone();
        assert_eq!(asked["command"], command);
        let params: Value = serde_json::from_str(asked["paramsJSON"].as_str().unwrap()).unwrap();
        assert_eq!(params, given);
        let answer = json!({
            "id": asked["id"], "nodeId": device.id(), "ok": true,
            "payload": { "path": "/n", "exists": true, "hash": "h2", "file": file },
        });
        node.call("node.invoke.result", answer).await;
        let said = admin.response(&id).await;
        assert_eq!(said["payload"]["hash"], "h2", "{said}");
    }
    // Whoever may run commands on nodes may not, in any generation, say what is allowed there.
    for generation in [3, 4] {
        let mut caller = crate::join::admin(&gateway, generation).await;
        for command in commands {
            let params = json!({
                "nodeId": device.id(), "command": command, "params": { "file": file },
                "idempotencyKey": format!("{generation}-{command}"),
            });
            let refused = caller.call("node.invoke", params).await;
            assert!(
                refused.to_string().contains("exec.approvals.node"),
                "{refused}"
            );
        }
    }
    let neither = json!({ "nodeId": device.id() });
    let refused = admin.call("exec.approvals.node.set", neither).await;
    assert!(refused.to_string().contains("either file or native"));
}

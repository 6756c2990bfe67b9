//! What a node declares, publishes and reports, and how that changes while it runs.

use std::sync::{Arc, Mutex};

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::protocol::methods::node::host_stats::HostStats;
use openclaw_node_client::protocol::methods::node::plugin_tools::update::NodePluginTool;
use openclaw_node_client::protocol::methods::node::skills::update::NodeSkill;
use openclaw_node_client::testing::{TestError, TestGateway};
use openclaw_node_client::{AliveTrigger, InvokeContext, Node, NodeBuilder, NodeError, NodeState};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::fake_gateway::FakeGateway;
use crate::node_of;

fn node() -> NodeBuilder {
    Node::builder("ws://127.0.0.1:1")
        .cap("camera")
        .permission("camera", true)
        .command("camera.snap", |(): (), _| async move {
            Ok::<_, NodeError>("picture")
        })
        .command("lamp.on", |(): (), _| async move { Ok::<_, NodeError>(()) })
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_changes_is_declared_anew_at_once() {
    let gateway = TestGateway::start(node()).await.unwrap();
    let before = tokio::time::Instant::now();
    gateway.node().declare(|surface| {
        surface.set_permission("camera", false);
        surface.set_cap("camera", false);
        surface.set_command("camera.snap", false);
    });
    gateway
        .declares(|connect| {
            connect
                .permissions
                .as_ref()
                .is_some_and(|all| all.get("camera") == Some(&false))
        })
        .await
        .unwrap();
    assert!(
        before.elapsed().as_millis() < 100,
        "it must not wait like after a failure"
    );
    let declared = gateway.declared().unwrap();
    assert_eq!(
        declared.commands.as_deref(),
        Some(&["lamp.on".to_owned()][..])
    );
    assert_eq!(declared.caps.as_deref(), Some(&[][..]));
    let refused = gateway
        .invoke("camera.snap", Value::Null)
        .await
        .unwrap_err();
    assert!(matches!(refused, TestError::NotOffered { .. }), "{refused}");
    gateway
        .node()
        .declare(|surface| surface.set_command("camera.snap", true));
    gateway
        .declares(|connect| connect.commands.as_ref().is_some_and(|all| all.len() == 2))
        .await
        .unwrap();
    gateway.invoke("camera.snap", Value::Null).await.unwrap();
}

#[tokio::test]
async fn what_changes_nothing_reconnects_nobody() {
    let gateway = TestGateway::start(node()).await.unwrap();
    gateway.node().set_permission("camera", true);
    gateway
        .node()
        .declare(|surface| surface.set_cap("camera", true));
    for _ in 0..20 {
        gateway.invoke("lamp.on", Value::Null).await.unwrap();
    }
    let NodeState::Online(online) = gateway.node().state() else {
        panic!("it is online")
    };
    assert_eq!(online.connection, 1);
}

#[tokio::test]
async fn calls_under_way_are_answered_before_the_node_reconnects() {
    let gate = Arc::new(Semaphore::new(0));
    let door = Arc::clone(&gate);
    let node = node().command("slow", move |(): (), _| {
        let door = Arc::clone(&door);
        async move {
            door.acquire().await?.forget();
            Ok("in time")
        }
    });
    let gateway = TestGateway::start(node).await.unwrap();
    let call = gateway.call("slow").start().await.unwrap();
    gateway.invoke("lamp.on", Value::Null).await.unwrap();
    gateway.node().declare(|surface| {
        surface.set_permission("camera", false);
        surface.set_command("camera.snap", false);
    });
    // Still on the old connection, where the Gateway may call what is withheld by now.
    let refused = gateway
        .invoke("camera.snap", Value::Null)
        .await
        .unwrap_err();
    assert_eq!(refused.to_string(), "UNAVAILABLE: command not supported");
    gate.add_permits(1);
    assert_eq!(call.answer().await.unwrap().text(), "\"in time\"");
    gateway
        .declares(|connect| connect.commands.as_ref().is_some_and(|all| all.len() == 2))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_command_can_end_with_its_connection() {
    let ended = Arc::new(tokio::sync::Notify::new());
    let seen = Arc::clone(&ended);
    let node = node()
        .command("hold", move |(): (), call: InvokeContext| {
            let seen = Arc::clone(&seen);
            async move {
                call.progress("holds").await;
                call.cancellation().cancelled().await;
                seen.notify_one();
                Ok(())
            }
        })
        .ends_with_connection();
    let mut gateway = TestGateway::start(node).await.unwrap();
    let mut call = gateway.call("hold").key("k").start().await.unwrap();
    assert_eq!(call.progress().await.as_deref(), Some("holds"));
    gateway.restart().await.unwrap();
    ended.notified().await;
    let again = gateway.call("hold").key("k").start().await.unwrap();
    assert_eq!(
        again.answer().await.unwrap_err().code(),
        Some(NodeError::CANCELLED)
    );
}

#[tokio::test]
async fn reports_have_the_names_and_shapes_that_gateways_know() {
    let mut gateway = TestGateway::start(node()).await.unwrap();
    let ack = gateway.node().presence_alive(AliveTrigger::Manual).await;
    assert_eq!(ack.unwrap().handled, Some(true));
    let event = gateway.next_event().await.unwrap();
    assert_eq!(event.event, "node.presence.alive");
    assert_eq!(event.json::<Value>().unwrap(), json!({"trigger": "manual"}));
    let mut stats = HostStats::new(4, 1000, 500);
    stats.load_average = Some(vec![0.5, 0.25, 0.0]);
    gateway.node().host_stats(&stats).await.unwrap();
    let event = gateway.next_event().await.unwrap();
    assert_eq!(event.event, "node.host.stats");
    assert_eq!(
        event.json::<Value>().unwrap(),
        json!({
            "cpuCount": 4, "loadAverage": [0.5, 0.25, 0.0],
            "memoryTotalBytes": 1000, "memoryFreeBytes": 500,
        })
    );
}

#[tokio::test]
async fn wake_words_and_states_are_heard() {
    let (words, states) = (
        Arc::<Mutex<Vec<_>>>::default(),
        Arc::<Mutex<Vec<_>>>::default(),
    );
    let (heard, seen) = (Arc::clone(&words), Arc::clone(&states));
    let node = node()
        .on_voice_wake(move |words| heard.lock().unwrap().push(words))
        .on_state(|_| panic!("on purpose"))
        .on_state(move |state| seen.lock().unwrap().push(state.clone()));
    let gateway = TestGateway::start(node).await.unwrap();
    for payload in [
        json!({"triggers": ["computer"]}),
        json!("odd"),
        json!({"triggers": []}),
    ] {
        gateway.event("voicewake.changed", payload).await.unwrap();
    }
    gateway.invoke("lamp.on", Value::Null).await.unwrap();
    assert_eq!(
        *words.lock().unwrap(),
        [vec!["computer".to_owned()], vec![]]
    );
    gateway.stop().await.unwrap();
    let states = states.lock().unwrap();
    assert_eq!(states.iter().filter(|state| state.is_online()).count(), 1);
    assert_eq!(states.last(), Some(&NodeState::Stopped));
}

#[tokio::test]
async fn tools_and_skills_are_said_on_every_connection_and_on_a_change() {
    let mut gateway = FakeGateway::new();
    let tool = |name: &str| NodePluginTool::new("lamp".into(), name.into(), "a lamp".into());
    let skill = NodeSkill {
        name: "lamp".into(),
        description: "how to use it".into(),
        content: "Turn it off at night.".into(),
    };
    let node = node_of(&gateway)
        .tool(tool("lamp_on"))
        .skill(skill)
        .build()
        .unwrap();
    let handle = node.handle();
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    let mut peer = gateway.admit(4).await;
    let said = peer.take("node.pluginTools.update").await;
    assert_eq!(said["tools"][0]["name"], "lamp_on");
    let said = peer.take("node.skills.update").await;
    assert_eq!(said["skills"][0]["content"], "Turn it off at night.");
    handle.publish_tools([tool("lamp_on"), tool("lamp_off")]);
    let said = peer.take("node.pluginTools.update").await;
    assert_eq!(said["tools"][1]["name"], "lamp_off");
    drop(peer);
    handle.retry_now();
    let mut peer = gateway.admit(4).await;
    let said = peer.take("node.pluginTools.update").await;
    assert_eq!(said["tools"].as_array().unwrap().len(), 2);
    peer.take("node.skills.update").await;
    drop(peer);
    handle.retry_now();

    // A Gateway of February is not asked what it does not know.
    let mut peer = gateway.admit(3).await;
    handle.wait_online().await.unwrap();
    let (_, asked) = tokio::join!(handle.emit("x", &()), peer.take("node.event"));
    assert_eq!(asked["event"], "x");
    assert_eq!(handle.generation(), Some(Generation::V3));
}

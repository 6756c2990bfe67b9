//! Slash commands: answered without a model, in both generations, to those who may give them.

use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::Gateway;
use serde_json::json;
use tokio::io::DuplexStream;

use super::{agents_of, connect_with, gateway_with};
use crate::device::Device;
use crate::join::{self, admin, node, operator};
use crate::nodes::approve_all;
use crate::peer::Peer;

/// What is answered to a text, as the person reads it.
async fn answer(person: &mut Peer<DuplexStream>, text: &str) -> String {
    let run = uuid::Uuid::new_v4().to_string();
    let params = json!({ "sessionKey": "main", "message": text, "idempotencyKey": run });
    let said = person.call("chat.send", params).await;
    assert_eq!(said["ok"], true, "{text}: {said}");
    loop {
        let chat = person.event("chat").await["payload"].clone();
        if chat["runId"] == run && (chat["state"] == "final" || chat["state"] == "error") {
            let error = chat["errorMessage"].as_str().unwrap_or_default().to_owned();
            let text = chat["message"]["content"][0]["text"].as_str();
            return text.map_or(error, str::to_owned);
        }
    }
}

/// Whether `/stop` ended something.
async fn stop(person: &mut Peer<DuplexStream>) -> bool {
    let params = json!({ "sessionKey": "main", "message": "/stop", "idempotencyKey": "stop" });
    let said = person.call("chat.send", params).await;
    said["payload"]["aborted"].as_bool().unwrap()
}

async fn without_a_model() -> Gateway {
    Gateway::builder(join::options()).start().await.unwrap()
}

#[tokio::test]
async fn without_a_model_commands_work_and_words_say_how_to_get_one() {
    let gateway = without_a_model().await;
    for generation in [3, 4] {
        let mut person = connect_with(&gateway, generation, &[]).await;
        let help = answer(&mut person, "/help").await;
        for command in [
            "/help", "/status", "/new", "/stop", "/nodes", "/invoke", "/approve", "/model",
        ] {
            assert!(help.contains(command), "{help}");
        }
        assert!(answer(&mut person, "/status").await.contains("main"));
        assert!(!stop(&mut person).await);
        assert!(!answer(&mut person, "/new").await.is_empty());
        let words = answer(&mut person, "what is the weather?").await;
        assert!(words.contains("models.providers"), "{words}");
    }
}

#[tokio::test]
async fn nodes_are_listed_and_invoked_by_name() {
    let gateway = without_a_model().await;
    let mut person = admin(&gateway, 4).await;
    let none = answer(&mut person, "/nodes").await;
    assert!(!none.is_empty());
    let device = Device::new(1);
    let mut node = node(&gateway, 4, &device, &["system.which"]).await;
    approve_all(&mut person).await;
    node.event("node.pair.resolved").await;
    let listed = answer(&mut person, "/nodes").await;
    assert!(listed.contains(&device.id()[..8]), "{listed}");

    let text = format!(
        "/invoke {} system.which {{\"bins\":[\"git\"]}}",
        &device.id()[..12]
    );
    let mut asker = admin(&gateway, 4).await;
    let asked = async {
        let asked = node.event("node.invoke.request").await["payload"].clone();
        assert_eq!(asked["command"], "system.which");
        assert_eq!(asked["paramsJSON"], r#"{"bins":["git"]}"#);
        let answer = json!({
            "id": asked["id"], "nodeId": device.id(), "ok": true,
            "payload": { "bins": { "git": "/usr/bin/git" } },
        });
        node.call("node.invoke.result", answer).await;
    };
    let (said, ()) = tokio::join!(answer(&mut asker, &text), asked);
    assert!(said.contains("/usr/bin/git"), "{said}");

    for wrong in ["/invoke", "/invoke nobody system.which {}"] {
        let said = answer(&mut person, wrong).await;
        assert!(!said.contains("/usr/bin/git") && !said.is_empty(), "{said}");
    }
    let id = device.id();
    let said = answer(&mut person, &format!("/invoke {id} system.run {{}}")).await;
    assert!(
        said.contains("system.run"),
        "a command that it does not offer: {said}"
    );
    let said = answer(&mut person, &format!("/invoke {id} system.which {{no json")).await;
    assert!(said.to_lowercase().contains("json"), "{said}");
}

#[tokio::test]
async fn what_acts_takes_the_scope_for_it() {
    let gateway = without_a_model().await;
    let mut person = admin(&gateway, 4).await;
    let device = Device::new(2);
    let scopes = &["operator.read", "operator.write"];
    let (_, first) = operator(&gateway, &device, scopes).await;
    if first["ok"] != true {
        approve_all(&mut person).await;
    }
    let (mut guest, joined) = operator(&gateway, &device, scopes).await;
    assert_eq!(joined["ok"], true, "{joined}");
    for (text, missing) in [
        ("/new", "operator.admin"),
        ("/approve 0123abcd allow-once", "operator.approvals"),
    ] {
        let said = answer(&mut guest, text).await;
        assert!(
            said.contains("Not allowed") && said.contains(missing),
            "{text}: {said}"
        );
    }
    assert!(answer(&mut guest, "/help").await.contains("/nodes"));
    assert!(!stop(&mut guest).await);
}

#[tokio::test]
async fn a_session_chooses_its_model_and_begins_anew() {
    let model = FakeModel::start(|asked| {
        let words = asked.body["messages"].as_array().map_or(0, Vec::len);
        vec![Act::text(format!("{words} messages"))]
    })
    .await;
    let gateway = gateway_with(agents_of(&model)).await;
    let mut person = connect_with(&gateway, 4, &[]).await;
    let shown = answer(&mut person, "/model").await;
    assert!(shown.contains("fake/fake-1"), "{shown}");
    let wrong = answer(&mut person, "/model no/such-model").await;
    assert!(!wrong.is_empty());
    let first = answer(&mut person, "one").await;
    let second = answer(&mut person, "two").await;
    assert_ne!(first, second);
    answer(&mut person, "/new").await;
    assert_eq!(answer(&mut person, "three").await, first);
    // What is no command of ours is said to the model.
    let path = answer(&mut person, "/etc/passwd is a file?").await;
    assert!(path.ends_with("messages"), "{path}");
    assert_eq!(model.asked().len(), 4);
}

#[tokio::test]
async fn stop_ends_what_runs() {
    let model = FakeModel::start(|_| vec![Act::text("Once upon "), Act::Stall]).await;
    let mut agents = agents_of(&model);
    agents.providers[0].timeouts = openclaw_agent::model::Timeouts::default();
    let gateway = gateway_with(agents).await;
    let mut person = connect_with(&gateway, 4, &[]).await;
    let params = json!({ "sessionKey": "main", "message": "a story", "idempotencyKey": "story" });
    person.call("chat.send", params).await;
    loop {
        let chat = person.event("chat").await;
        if chat["payload"]["state"] == "delta" {
            break;
        }
    }
    let mut other = connect_with(&gateway, 4, &[]).await;
    assert!(stop(&mut other).await);
    loop {
        let chat = person.event("chat").await["payload"].clone();
        if chat["runId"] == "story" && chat["state"] == "aborted" {
            break;
        }
    }
}

/// A model that sums up when it is asked to, and otherwise says how much it is shown.
async fn summing() -> (FakeModel, Gateway) {
    let model = FakeModel::start(|asked| {
        if asked.question.contains("Sum it up.") || asked.question.contains("kept above all") {
            return vec![Act::text("They like tea.")];
        }
        let shown = asked.body.to_string();
        let knows = |word: &str| if shown.contains(word) { "yes" } else { "no" };
        vec![Act::text(format!(
            "words {} summary {}",
            knows("Darjeeling"),
            knows("They like tea.")
        ))]
    })
    .await;
    let gateway = gateway_with(agents_of(&model)).await;
    (model, gateway)
}

#[tokio::test]
async fn a_conversation_is_summed_up_when_a_person_asks() {
    let (model, gateway) = summing().await;
    let mut person = connect_with(&gateway, 4, &[]).await;
    let nothing = answer(&mut person, "/compact").await;
    assert!(nothing.contains("nothing to sum up"), "{nothing}");
    answer(&mut person, "I drink Darjeeling.").await;
    let before = answer(&mut person, "What do I drink?").await;
    assert_eq!(before, "words yes summary no");
    let done = answer(&mut person, "/compact the sort of tea").await;
    assert!(done.starts_with("Summed up: about"), "{done}");
    let asked = model.asked();
    let wish = asked.last().unwrap().body.to_string();
    assert!(wish.contains("kept above all: the sort of tea"), "{wish}");
    let after = answer(&mut person, "And now?").await;
    assert_eq!(after, "words no summary yes");
}

#[tokio::test]
async fn a_client_has_a_conversation_summed_up() {
    let (_model, gateway) = summing().await;
    let mut person = connect_with(&gateway, 4, &[]).await;
    let key = json!({ "key": "main" });
    let none = person.call("sessions.compact", key.clone()).await["payload"].clone();
    assert_eq!(none["compacted"], false, "{none}");
    answer(&mut person, "I drink Darjeeling.").await;
    answer(&mut person, "What do I drink?").await;
    let done = person.call("sessions.compact", key.clone()).await["payload"].clone();
    assert_eq!(done["compacted"], true, "{done}");
    assert_eq!(done["result"]["summary"], "They like tea.");
    assert!(done["result"]["tokensBefore"].as_u64() > Some(0));
    // Nothing of it is lost to people.
    let history = person
        .call("chat.history", json!({ "sessionKey": "main" }))
        .await;
    assert!(history.to_string().contains("Darjeeling"), "{history}");
    let after = answer(&mut person, "And now?").await;
    assert_eq!(after, "words no summary yes");
    let listed = person.call("sessions.list", json!({})).await;
    assert_eq!(
        listed["payload"]["sessions"][0]["compactionCount"], 1,
        "{listed}"
    );
}

#[tokio::test]
async fn without_a_summary_a_conversation_stays_as_it_is() {
    let model = FakeModel::start(|asked| match asked.question.contains("Sum it up.") {
        true => vec![Act::Fail("out of ink".to_owned())],
        false => vec![Act::text(format!(
            "words {}",
            asked.body.to_string().contains("Darjeeling")
        ))],
    })
    .await;
    let gateway = gateway_with(agents_of(&model)).await;
    let mut person = connect_with(&gateway, 4, &[]).await;
    answer(&mut person, "I drink Darjeeling.").await;
    answer(&mut person, "What do I drink?").await;
    let refused = person
        .call("sessions.compact", json!({ "key": "main" }))
        .await;
    let why = refused["error"]["message"].as_str().unwrap();
    assert!(
        why.contains("stays as it is") && why.contains("out of ink"),
        "{why}"
    );
    assert_eq!(answer(&mut person, "And now?").await, "words true");
}

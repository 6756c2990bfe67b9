//! Answers that the real Gateways gave.

use openclaw_protocol::Method;
use openclaw_protocol::methods as m;
use serde::Deserialize;
use serde_json::Value;

use crate::round_trip::through;

#[derive(Debug, Deserialize)]
pub(crate) struct Sample {
    pub(crate) method: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) release: String,
    pub(crate) payload: Value,
}

/// Answers and events of both releases; long ones are cut at a member.
pub(crate) fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("../vectors/samples.json")).unwrap()
}

macro_rules! results {
    ($name:expr, $payload:expr; $($method:path),+ $(,)?) => {
        match $name {
            $( <$method as Method>::NAME => through::<<$method as Method>::Result>($payload), )+
            other => panic!("{other} has samples and no check"),
        }
    };
}

#[test]
fn answers_survive_a_round_trip() {
    let mut seen = (0, 0);
    for sample in samples() {
        let Some(name) = &sample.method else { continue };
        let again = results!(name.as_str(), &sample.payload;
            m::agent::Agent,
            m::agent::identity::get::AgentIdentityGet,
            m::agent::wait::AgentWait,
            m::agents::list::AgentsList,
            m::channels::status::ChannelsStatus,
            m::chat::abort::ChatAbort,
            m::chat::history::ChatHistory,
            m::chat::send::ChatSend,
            m::config::get::ConfigGet,
            m::cron::add::CronAdd,
            m::cron::list::CronList,
            m::cron::remove::CronRemove,
            m::cron::run::CronRun,
            m::cron::runs::CronRuns,
            m::cron::status::CronStatus,
            m::device::pair::list::DevicePairList,
            m::device::token::revoke::DeviceTokenRevoke,
            m::device::token::rotate::DeviceTokenRotate,
            m::exec::approval::request::ExecApprovalRequest,
            m::exec::approvals::get::ExecApprovalsGet,
            m::health::Health,
            m::last_heartbeat::LastHeartbeat,
            m::models::list::ModelsList,
            m::node::event::NodeEvent,
            m::node::invoke::NodeInvoke,
            m::node::list::NodeList,
            m::node::pair::approve::NodePairApprove,
            m::node::pair::list::NodePairList,
            m::node::pair::verify::NodePairVerify,
            m::send::Send,
            m::sessions::describe::SessionsDescribe,
            m::sessions::list::SessionsList,
            m::sessions::patch::SessionsPatch,
            m::sessions::preview::SessionsPreview,
            m::sessions::subscribe::SessionsSubscribe,
            m::set_heartbeats::SetHeartbeats,
            m::status::Status,
            m::system_presence::SystemPresence,
            m::voicewake::get::VoicewakeGet,
        );
        assert_eq!(again, sample.payload, "{name} of {}", sample.release);
        match sample.release.as_str() {
            "2026.2" => seen.0 += 1,
            _ => seen.1 += 1,
        }
    }
    assert_eq!(seen, (41, 41));
}

#[test]
fn a_node_row_is_read_into_its_members() {
    let rows: Vec<_> = samples()
        .into_iter()
        .filter(|sample| sample.method.as_deref() == Some("node.list"))
        .filter_map(|sample| {
            serde_json::from_value::<m::node::list::NodeListResult>(sample.payload).ok()
        })
        .flat_map(|list| list.nodes)
        .collect();
    assert!(rows.len() >= 2);
    for row in rows {
        assert!(
            row.connected && row.paired && row.rest.is_empty(),
            "{row:?}"
        );
        assert!(row.commands.iter().any(|command| command == "system.run"));
    }
}

#[test]
fn a_device_row_is_read_into_its_members() {
    for sample in samples() {
        if sample.method.as_deref() != Some("device.pair.list") {
            continue;
        }
        let list: m::device::pair::list::DevicePairListResult =
            serde_json::from_value(sample.payload).unwrap();
        for device in list.paired {
            assert!(device.rest.is_empty(), "{device:?}");
            assert_eq!(device.tokens.as_ref().map(Vec::len), Some(1));
        }
    }
}

#[test]
fn secrets_are_not_shown() {
    let rotated = r#"{"deviceId":"d","role":"operator","token":"hunter2","scopes":[],
        "rotatedAtMs":1}"#;
    let rotated: m::device::token::rotate::DeviceTokenRotateResult =
        serde_json::from_str(rotated).unwrap();
    assert!(!format!("{rotated:?}").contains("hunter2"));
    assert_eq!(rotated.token.unwrap().expose(), "hunter2");

    let node = r#"{"nodeId":"n","token":"hunter2","createdAtMs":1,"approvedAtMs":1}"#;
    let node: m::node::pair::record::PairedNode = serde_json::from_str(node).unwrap();
    assert!(!format!("{node:?}").contains("hunter2"));

    let set = r#"{"raw":"{token: 'hunter2'}"}"#;
    let set: m::config::set::ConfigSetParams = serde_json::from_str(set).unwrap();
    assert!(!format!("{set:?}").contains("hunter2"));

    let file = r#"{"file":{"version":1,"socket":{"token":"hunter2"}}}"#;
    let file: m::exec::approvals::set::ExecApprovalsSetParams = serde_json::from_str(file).unwrap();
    assert!(!format!("{file:?}").contains("hunter2"));
}

#[test]
fn answers_without_what_is_required_are_refused() {
    use m::node::list::NodeListResult;
    assert!(serde_json::from_str::<NodeListResult>(r#"{"nodes":[]}"#).is_err());
    assert!(serde_json::from_str::<NodeListResult>(r#"{"ts":1,"nodes":[{}]}"#).is_err());
    assert!(serde_json::from_str::<NodeListResult>(r#"{"ts":1,"nodes":[],"new":1}"#).is_ok());
}

//! Every method and every event in one list.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::events as e;
use crate::methods as m;
use crate::{EventInfo, MethodInfo};

macro_rules! rows {
    ($row:ident; $($path:path),+ $(,)?) => { &[$( $row::of::<$path>(), )+] };
}

/// Every method that this crate declares, by family.
pub const METHODS: &[MethodInfo] = rows![MethodInfo;
    m::agent::Agent,
    m::agent::identity::get::AgentIdentityGet,
    m::agent::wait::AgentWait,
    m::agents::list::AgentsList,
    m::browser::request::BrowserRequest,
    m::channels::logout::ChannelsLogout,
    m::channels::pairing::approve::ChannelsPairingApprove,
    m::channels::pairing::dismiss::ChannelsPairingDismiss,
    m::channels::pairing::list::ChannelsPairingList,
    m::channels::start::ChannelsStart,
    m::channels::status::ChannelsStatus,
    m::channels::stop::ChannelsStop,
    m::chat::abort::ChatAbort,
    m::chat::history::ChatHistory,
    m::chat::inject::ChatInject,
    m::chat::metadata::ChatMetadata,
    m::chat::send::ChatSend,
    m::chat::startup::ChatStartup,
    m::config::apply::ConfigApply,
    m::config::get::ConfigGet,
    m::config::patch::ConfigPatch,
    m::config::schema::ConfigSchema,
    m::config::schema::lookup::ConfigSchemaLookup,
    m::config::set::ConfigSet,
    m::connect::Connect,
    m::cron::add::CronAdd,
    m::cron::get::CronGet,
    m::cron::list::CronList,
    m::cron::remove::CronRemove,
    m::cron::run::CronRun,
    m::cron::runs::CronRuns,
    m::cron::status::CronStatus,
    m::cron::update::CronUpdate,
    m::device::pair::approve::DevicePairApprove,
    m::device::pair::list::DevicePairList,
    m::device::pair::reject::DevicePairReject,
    m::device::pair::remove::DevicePairRemove,
    m::device::pair::rename::DevicePairRename,
    m::device::pair::setup_code::DevicePairSetupCode,
    m::device::pair::setup_status::DevicePairSetupStatus,
    m::device::token::revoke::DeviceTokenRevoke,
    m::device::token::rotate::DeviceTokenRotate,
    m::exec::approval::get::ExecApprovalGet,
    m::exec::approval::list::ExecApprovalList,
    m::exec::approval::request::ExecApprovalRequest,
    m::exec::approval::resolve::ExecApprovalResolve,
    m::exec::approval::wait_decision::ExecApprovalWaitDecision,
    m::exec::approvals::get::ExecApprovalsGet,
    m::exec::approvals::node::get::ExecApprovalsNodeGet,
    m::exec::approvals::node::set::ExecApprovalsNodeSet,
    m::exec::approvals::set::ExecApprovalsSet,
    m::gateway::identity::get::GatewayIdentityGet,
    m::health::Health,
    m::last_heartbeat::LastHeartbeat,
    m::logs::tail::LogsTail,
    m::message::action::MessageAction,
    m::models::list::ModelsList,
    m::node::describe::NodeDescribe,
    m::node::event::NodeEvent,
    m::node::invoke::NodeInvoke,
    m::node::invoke::progress::NodeInvokeProgress,
    m::node::invoke::result::NodeInvokeAnswer,
    m::node::list::NodeList,
    m::node::pair::approve::NodePairApprove,
    m::node::pair::list::NodePairList,
    m::node::pair::reject::NodePairReject,
    m::node::pair::remove::NodePairRemove,
    m::node::pair::request::NodePairRequest,
    m::node::pair::verify::NodePairVerify,
    m::node::pending::ack::NodePendingAck,
    m::node::pending::drain::NodePendingDrain,
    m::node::pending::enqueue::NodePendingEnqueue,
    m::node::pending::pull::NodePendingPull,
    m::node::plugin_surface::refresh::NodePluginSurfaceRefresh,
    m::node::plugin_tools::update::NodePluginToolsUpdate,
    m::node::rename::NodeRename,
    m::node::runner_inventory::update::NodeRunnerInventoryUpdate,
    m::node::skills::update::NodeSkillsUpdate,
    m::poll::Poll,
    m::send::Send,
    m::sessions::abort::SessionsAbort,
    m::sessions::compact::SessionsCompact,
    m::sessions::create::SessionsCreate,
    m::sessions::delete::SessionsDelete,
    m::sessions::describe::SessionsDescribe,
    m::sessions::get::SessionsGet,
    m::sessions::list::SessionsList,
    m::sessions::messages::subscribe::SessionsMessagesSubscribe,
    m::sessions::messages::unsubscribe::SessionsMessagesUnsubscribe,
    m::sessions::patch::SessionsPatch,
    m::sessions::preview::SessionsPreview,
    m::sessions::reset::SessionsReset,
    m::sessions::resolve::SessionsResolve,
    m::sessions::send::SessionsSend,
    m::sessions::subscribe::SessionsSubscribe,
    m::set_heartbeats::SetHeartbeats,
    m::skills::bins::SkillsBins,
    m::status::Status,
    m::system_event::SystemEvent,
    m::system_presence::SystemPresence,
    m::voicewake::get::VoicewakeGet,
    m::voicewake::set::VoicewakeSet,
    m::wake::Wake,
];

/// Every event that this crate declares, by family.
pub const EVENTS: &[EventInfo] = rows![EventInfo;
    e::agent::Agent,
    e::chat::Chat,
    e::chat::metadata::changed::ChatMetadataChanged,
    e::config::changed::ConfigChanged,
    e::connect::challenge::ConnectChallenge,
    e::cron::Cron,
    e::device::pair::changed::DevicePairChanged,
    e::device::pair::requested::DevicePairRequested,
    e::device::pair::resolved::DevicePairResolved,
    e::device::pair::setup::completed::DevicePairSetupCompleted,
    e::device::pair::setup::delivery_uncertain::DevicePairSetupDeliveryUncertain,
    e::exec::approval::requested::ExecApprovalRequested,
    e::exec::approval::resolved::ExecApprovalResolved,
    e::gateway::suspension::GatewaySuspension,
    e::health::Health,
    e::heartbeat::Heartbeat,
    e::models::snapshot::ModelsSnapshot,
    e::node::host_stats::NodeHostStats,
    e::node::invoke::cancel::NodeInvokeCancel,
    e::node::invoke::input::NodeInvokeInput,
    e::node::invoke::request::NodeInvokeRequest,
    e::node::pair::requested::NodePairRequested,
    e::node::pair::resolved::NodePairResolved,
    e::node::presence::NodePresence,
    e::presence::Presence,
    e::session::message::SessionMessage,
    e::session::tool::SessionTool,
    e::sessions::changed::SessionsChanged,
    e::shutdown::Shutdown,
    e::skills::changed::SkillsChanged,
    e::talk::mode::TalkMode,
    e::tick::Tick,
    e::update::available::UpdateAvailable,
    e::voicewake::changed::VoicewakeChanged,
    e::voicewake::routing::changed::VoicewakeRoutingChanged,
];

/// The method with this name.
#[must_use]
pub fn method(name: &str) -> Option<&'static MethodInfo> {
    static BY_NAME: LazyLock<HashMap<&str, &MethodInfo>> =
        LazyLock::new(|| METHODS.iter().map(|info| (info.name, info)).collect());
    BY_NAME.get(name).copied()
}

/// The event with this name.
#[must_use]
pub fn event(name: &str) -> Option<&'static EventInfo> {
    static BY_NAME: LazyLock<HashMap<&str, &EventInfo>> =
        LazyLock::new(|| EVENTS.iter().map(|info| (info.name, info)).collect());
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::{EVENTS, METHODS, event, method};

    #[test]
    fn everything_listed_is_found_and_nothing_else() {
        assert!(
            METHODS
                .iter()
                .all(|info| method(info.name).is_some_and(|it| it.name == info.name))
        );
        assert!(
            EVENTS
                .iter()
                .all(|info| event(info.name).is_some_and(|it| it.name == info.name))
        );
        assert!(method("node.invoke ").is_none() && method("").is_none());
        assert!(event("nope").is_none());
    }
}

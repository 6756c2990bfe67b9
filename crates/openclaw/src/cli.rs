//! The command line: every word and option, one file per family of commands.
//!
//! Types that clap derives from have plain comments: it would take a doc comment for the
//! description of the command that the options are of, which stands at the command's word.

pub(crate) mod agent;
pub(crate) mod amount;
pub(crate) mod approvals;
pub(crate) mod auth;
pub(crate) mod channels;
pub(crate) mod config;
pub(crate) mod cron;
pub(crate) mod devices;
pub(crate) mod doctor;
pub(crate) mod examples;
pub(crate) mod gateway;
pub(crate) mod global;
pub(crate) mod health;
pub(crate) mod logs;
pub(crate) mod message;
pub(crate) mod meta;
pub(crate) mod migrate;
pub(crate) mod node;
pub(crate) mod nodes;
pub(crate) mod pairing;
pub(crate) mod parse;
pub(crate) mod qr;
pub(crate) mod security;
pub(crate) mod service;
pub(crate) mod sessions;
pub(crate) mod system;
pub(crate) mod target;
pub(crate) mod trust;
pub(crate) mod tunnel;
pub(crate) mod usage;
pub(crate) mod value;

use clap::{Parser, Subcommand};

use examples::operate;
use global::GlobalArgs;

/// One Gateway, its operators and its nodes: run it, reach it, pair devices with it.
#[derive(Debug, Parser)]
#[command(
    name = "openclaw",
    display_name = "OpenClaw",
    version,
    max_term_width = 100,
    subcommand_required = true,
    after_help = examples::ROOT
)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

// The first word. What may follow a word is built when it is met: most of the tree never is.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Run the Gateway (without a further word), and ask a Gateway how it is
    #[command(subcommand, after_help = examples::GATEWAY)]
    Gateway(gateway::GatewayCommand),
    /// Show how the Gateway is: channels, agents, sessions
    #[command(after_help = examples::HEALTH)]
    Health(health::HealthArgs),
    /// Show this installation at a glance; never fails because the Gateway is down
    #[command(after_help = examples::STATUS)]
    Status(health::StatusArgs),
    /// Say something to an agent, and show its reply
    #[command(after_help = operate::AGENT)]
    Agent(Box<agent::InSeconds>),
    /// Send messages and polls through the channels of a Gateway
    #[command(subcommand, after_help = operate::MESSAGE)]
    Message(message::MessageCommand),
    /// See and end the conversations of a Gateway (without a further word: list them)
    #[command(subcommand, after_help = operate::SESSIONS)]
    Sessions(sessions::SessionsCommand),
    /// Look after what a Gateway does at set times
    #[command(subcommand, after_help = operate::CRON)]
    Cron(cron::CronCommand),
    /// See the channels of a Gateway, and log out of them
    #[command(subcommand, after_help = operate::CHANNELS)]
    Channels(channels::ChannelsCommand),
    /// Let people in who write to a channel for the first time
    #[command(subcommand, after_help = operate::PAIRING)]
    Pairing(pairing::PairingCommand),
    /// See who is here, leave lines for the agent, and switch heartbeats
    #[command(subcommand, after_help = operate::SYSTEM)]
    System(system::SystemCommand),
    /// List, approve and use the nodes of a Gateway
    #[command(subcommand, after_help = examples::NODES)]
    Nodes(nodes::NodesCommand),
    /// Say what may run on a machine, and decide on commands that wait for permission
    #[command(subcommand, alias = "exec-approvals", after_help = examples::operate::APPROVALS)]
    Approvals(approvals::ApprovalsCommand),
    /// Approve devices and look after their tokens
    #[command(subcommand, after_help = examples::DEVICES)]
    Devices(devices::DevicesCommand),
    /// Make this machine a node of a Gateway
    #[command(subcommand, after_help = examples::NODE)]
    Node(node::NodeCommand),
    /// Show the log of the Gateway
    #[command(after_help = examples::LOGS)]
    Logs(logs::LogsArgs),
    /// Read, change and check the configuration
    #[command(subcommand, after_help = examples::CONFIG)]
    Config(config::ConfigCommand),
    /// Look for what is unsafe in this installation
    #[command(subcommand, after_help = examples::SECURITY)]
    Security(security::SecurityCommand),
    /// Look at everything that this installation depends on, and say what mends what is wrong
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::DoctorArgs),
    /// Explain which credentials count, and why
    #[command(subcommand, after_help = examples::AUTH)]
    Auth(auth::AuthCommand),
    /// Look after the certificates of Gateways that you trust by hand
    #[command(subcommand, after_help = examples::TRUST)]
    Trust(trust::TrustCommand),
    /// Keep an SSH tunnel to a Gateway for other programs
    #[command(subcommand, after_help = examples::TUNNEL)]
    Tunnel(tunnel::TunnelCommand),
    /// Show a code that lets one new device connect
    #[command(after_help = examples::QR)]
    Qr(qr::QrArgs),
    /// Show where the control page is, and how to log in there
    #[command(after_help = examples::DASHBOARD)]
    Dashboard(qr::DashboardArgs),
    /// Start a Gateway and a node in a directory of their own, and show what they can do
    #[command(after_help = examples::DEMO)]
    Demo(meta::DemoArgs),
    /// Take over the sessions of an installation of the original's February release
    #[command(after_help = examples::MIGRATE)]
    Migrate(migrate::MigrateArgs),
    /// Print the completion script of a shell
    #[command(after_help = examples::COMPLETION)]
    Completion(meta::CompletionArgs),
    /// Print the reference of this command line
    #[command(hide = true, after_help = examples::DOCS)]
    Docs(meta::DocsArgs),
}

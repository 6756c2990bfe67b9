//! What a job is: when it runs, what it does, where its answer goes.

use std::time::Duration;

use clap::Args;
use openclaw_protocol::methods::wake::WakeMode;

use crate::cli::amount::{self, When};
use crate::cli::system::wake_mode;
use crate::cli::value;

// What a job is.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct JobArgs {
    /// Run once: at a date (2026-03-01T08:00:00Z) or so long from now (20m)
    #[arg(long, value_name = "WHEN", value_parser = amount::when, help_heading = WHEN, group = "when")]
    pub(crate) at: Option<When>,
    /// Run again and again at this distance: 10m, 1h
    #[arg(long, value_name = "SPAN", value_parser = amount::span, help_heading = WHEN, group = "when")]
    pub(crate) every: Option<Duration>,
    /// Run by a cron expression: '0 8 * * 1-5'
    #[arg(long, value_name = "EXPRESSION", value_parser = value::not_blank, help_heading = WHEN, group = "when")]
    pub(crate) cron: Option<String>,
    /// Time zone of --cron, for example Europe/Vienna
    #[arg(long, value_name = "ZONE", value_parser = value::not_blank, help_heading = WHEN)]
    pub(crate) tz: Option<String>,
    /// When a line for the main session takes effect: now or next-heartbeat
    #[arg(long, value_name = "MODE", value_parser = wake_mode, help_heading = WHEN)]
    pub(crate) wake: Option<WakeMode>,
    /// Remove a job with --at after it ran
    #[arg(long, help_heading = WHEN)]
    pub(crate) delete_after_run: bool,
    /// Keep a job with --at after it ran
    #[arg(long, conflicts_with = "delete_after_run", help_heading = WHEN)]
    pub(crate) keep_after_run: bool,
    /// Leave this line for the main session
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank, help_heading = WHAT, group = "what")]
    pub(crate) system_event: Option<String>,
    /// Say this to the agent, in a session of the job's own
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank, help_heading = WHAT, group = "what")]
    pub(crate) message: Option<String>,
    /// Where it runs: main or isolated; with protocol 4 also current or session:KEY
    #[arg(long, value_name = "TARGET", value_parser = value::not_blank, help_heading = WHAT)]
    pub(crate) session: Option<String>,
    /// The agent
    #[arg(long, value_name = "AGENT", value_parser = value::not_blank, help_heading = WHAT)]
    pub(crate) agent: Option<String>,
    /// Another model for --message
    #[arg(long, value_name = "MODEL", value_parser = value::not_blank, help_heading = WHAT)]
    pub(crate) model: Option<String>,
    /// How much the model thinks: off, minimal, low, medium, high, …
    #[arg(long, value_name = "LEVEL", value_parser = value::not_blank, help_heading = WHAT)]
    pub(crate) thinking: Option<String>,
    /// How long the run may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = WHAT)]
    pub(crate) timeout_seconds: Option<u64>,
    /// What it is for
    #[arg(long, value_name = "TEXT", help_heading = WHAT)]
    pub(crate) description: Option<String>,
    /// Send the answer of --message through a channel
    #[arg(long, alias = "deliver", help_heading = WHERE)]
    pub(crate) announce: bool,
    /// Send the answer nowhere
    #[arg(long, conflicts_with = "announce", help_heading = WHERE)]
    pub(crate) no_deliver: bool,
    /// The channel; last is that of the last message
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank, help_heading = WHERE)]
    pub(crate) channel: Option<String>,
    /// The address
    #[arg(long, value_name = "ADDRESS", value_parser = value::not_blank, help_heading = WHERE)]
    pub(crate) to: Option<String>,
    /// Count a run as good even if its answer cannot be sent
    #[arg(long, help_heading = WHERE)]
    pub(crate) best_effort_deliver: bool,
}

const WHEN: &str = "When it runs";
const WHAT: &str = "What it does";
const WHERE: &str = "Where the answer goes";

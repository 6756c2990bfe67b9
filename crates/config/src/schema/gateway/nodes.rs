//! `gateway.nodes`: what nodes may do and how they are paired.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::Value;

use crate::decode::{
    Codec, Decoder, FilePath, Flag, Kind, Line, List, Millis, Network, OneWord, section, words,
};
use crate::defaults;

section! {
    /// What nodes may do and how they are paired.
    pub struct Nodes {
        /// Which node's browser the agent uses.
        "browser": NodeBrowser => browser: NodeBrowser;
        /// Commands beyond the platform's own.
        #[latest]
        "commands": NodeCommands => commands: NodeCommands;
        /// Commands beyond the platform's own, as February wrote them.
        #[february("move it to gateway.nodes.commands.allow")]
        "allowCommands": List<Line> => february_allow: Vec<String>;
        /// Commands that no node may offer, as February wrote them.
        #[february("move it to gateway.nodes.commands.deny")]
        "denyCommands": List<Line> => february_deny: Vec<String>;
        /// Nodes that need no approval by hand.
        #[latest]
        "pairing": NodePairing => pairing: NodePairing;
        /// Tools that nodes publish.
        #[latest]
        "pluginTools": NodePluginTools => plugin_tools: NodePluginTools;
        /// Whether nodes may publish skills.
        #[latest]
        "allowSkills": Flag => allow_skills: bool = defaults::NODE_SKILLS;
    }
}

impl Nodes {
    /// Commands beyond the platform's own, from both spellings.
    pub fn allowed_commands(&self) -> impl Iterator<Item = &str> {
        self.commands
            .allow
            .iter()
            .chain(&self.february_allow)
            .map(String::as_str)
    }

    /// Commands that no node may offer, from both spellings.
    pub fn denied_commands(&self) -> impl Iterator<Item = &str> {
        self.commands
            .deny
            .iter()
            .chain(&self.february_deny)
            .map(String::as_str)
    }
}

section! {
    /// Commands beyond the platform's own, and commands taken off it.
    pub struct NodeCommands {
        /// Commands that nodes may offer beyond the platform's own.
        #[latest]
        "allow": List<Line> => allow: Vec<String>;
        /// Commands that no node may offer. Wins over everything.
        #[latest]
        "deny": List<Line> => deny: Vec<String>;
    }
}

section! {
    /// Which node's browser the agent uses.
    pub struct NodeBrowser {
        /// How it is chosen.
        "mode": OneWord<BrowserRouting> => mode: BrowserRouting = defaults::NODE_BROWSER;
        /// The node: id or name.
        "node": Line => node: Option<String>;
    }
}

section! {
    /// Nodes that need no approval by hand.
    pub struct NodePairing {
        /// Whether devices of this machine are approved without asking.
        #[latest]
        "autoApproveLocal": Flag => auto_approve_local: bool = defaults::AUTO_APPROVE_LOCAL;
        /// Networks whose nodes are approved without asking.
        #[latest]
        "autoApproveCidrs": List<Network> => auto_approve_cidrs: Vec<IpNet>;
        /// Whether a node is approved when its host shows the same key over SSH.
        #[latest]
        "sshVerify": SshVerifyChoice => ssh_verify: SshVerify;
    }
}

section! {
    /// Tools that nodes publish.
    pub struct NodePluginTools {
        /// Whether they are taken.
        #[latest]
        "enabled": Flag => enabled: bool = defaults::NODE_PLUGIN_TOOLS;
    }
}

section! {
    /// How a node's host is asked for its key over SSH.
    pub struct SshVerifyOptions {
        /// The user there; absent means the Gateway's own.
        #[latest]
        "user": Line => user: Option<String>;
        /// The key file.
        #[latest]
        "identity": FilePath => identity: Option<PathBuf>;
        /// How long it may take, in milliseconds.
        #[latest]
        "timeoutMs": Millis<1> => timeout: Duration = defaults::SSH_VERIFY_TIMEOUT;
        /// Networks whose hosts are asked; absent means private ones.
        #[latest]
        "cidrs": List<Network> => cidrs: Option<Vec<IpNet>>;
    }
}

words! {
    /// `gateway.nodes.browser.mode`.
    pub enum BrowserRouting {
        /// The one browser that is there.
        Auto = "auto",
        /// The one that is named.
        Manual = "manual",
        /// None.
        Off = "off",
    }
}

/// `gateway.nodes.pairing.sshVerify`.
#[derive(Debug, Clone)]
pub enum SshVerify {
    /// Not asked.
    Off,
    /// Asked so. The default.
    On(SshVerifyOptions),
}

impl Default for SshVerify {
    fn default() -> Self {
        Self::On(SshVerifyOptions::default())
    }
}

/// A switch, or an object that tunes it.
#[derive(Debug)]
pub(crate) struct SshVerifyChoice;

impl Codec for SshVerifyChoice {
    type Out = SshVerify;
    const KIND: Kind = Kind::OneOf(&[Kind::Boolean, SshVerifyOptions::KIND]);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<SshVerify> {
        match value {
            Value::Bool(false) => Some(SshVerify::Off),
            Value::Bool(true) => Some(SshVerify::default()),
            Value::Object(_) => SshVerifyOptions::decode(at, value).map(SshVerify::On),
            other => {
                at.mismatch("boolean or object", other);
                None
            }
        }
    }
}

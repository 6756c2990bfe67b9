//! The servers that are measured, and how each is started.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::scenario::Sizes;
use crate::client::Target;
use crate::failure::Outcome;
use crate::interop::home::Home;
use crate::interop::port;
use crate::interop::program::{Kit, Program};
use crate::proc::Proc;

/// A server that can be started again and again.
#[derive(Debug)]
pub(super) enum Launcher<'a> {
    /// A Gateway in a sealed home.
    Gateway {
        kit: &'a Kit,
        program: Program,
        home: Home,
        target: Target,
    },
    /// The bare server.
    Bare {
        path: &'a Path,
        port: u16,
        log: PathBuf,
    },
}

impl<'a> Launcher<'a> {
    /// A Gateway with a home, a port and a token.
    pub(super) fn gateway(kit: &'a Kit, program: Program) -> Outcome<Self> {
        let home = kit.home("bench", program.name())?;
        let port = port::free()?;
        let token = uuid::Uuid::new_v4().simple().to_string();
        home.write_config(&home.local(port, &token))?;
        Ok(Self::Gateway {
            kit,
            program,
            home,
            target: Target::local(port, &token),
        })
    }

    /// The bare server on a free port.
    pub(super) fn bare(path: &'a Path, log: PathBuf) -> Outcome<Self> {
        Ok(Self::Bare {
            path,
            port: port::free()?,
            log,
        })
    }

    /// Starts it.
    pub(super) fn spawn(&self) -> Outcome<Proc> {
        match self {
            Self::Gateway {
                kit, program, home, ..
            } => {
                let mut command = kit.command(*program, home, &["gateway", "run"])?;
                Proc::spawn(&mut command, &home.log("gateway"))
            }
            Self::Bare { path, port, log } => {
                Proc::spawn(Command::new(path).arg(port.to_string()), log)
            }
        }
    }

    /// Where it listens.
    pub(super) fn target(&self) -> Target {
        match self {
            Self::Gateway { target, .. } => target.clone(),
            Self::Bare { port, .. } => Target::local(*port, "none"),
        }
    }
}

/// A server that runs.
#[derive(Debug)]
pub(super) struct Subject {
    name: String,
    target: Target,
    pid: u32,
    /// What the bare server is asked to send; `None` for a Gateway.
    bare: Option<Sizes>,
}

impl Subject {
    /// A Gateway.
    pub(super) fn gateway(name: impl Into<String>, target: Target, pid: u32) -> Self {
        Self {
            name: name.into(),
            target,
            pid,
            bare: None,
        }
    }

    /// The bare server, with the sizes of the Gateway it is compared with.
    pub(super) fn bare(name: impl Into<String>, target: Target, pid: u32, sizes: Sizes) -> Self {
        Self {
            name: name.into(),
            target,
            pid,
            bare: Some(sizes),
        }
    }

    /// The name in the report.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The process whose CPU and memory count.
    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it is the bare server.
    pub(super) const fn is_bare(&self) -> bool {
        self.bare.is_some()
    }

    /// Sizes known before anything is measured.
    pub(super) fn sizes(&self) -> Sizes {
        self.bare.unwrap_or_default()
    }

    /// A connection for calls whose answers have this size.
    pub(super) fn plain(&self, reply: usize) -> Target {
        self.path(|_| format!("?reply={reply}"))
    }

    /// A connection as a node.
    pub(super) fn bare_node(&self) -> Target {
        self.path(|sizes| format!("node?ask={}&ack={}", sizes.ask, sizes.ack))
    }

    /// A connection that calls the node.
    pub(super) fn bare_caller(&self) -> Target {
        self.path(|sizes| format!("caller?answer={}", sizes.answer))
    }

    /// A connection that receives events.
    pub(super) fn bare_subscriber(&self) -> Target {
        self.path(|_| "subscribe?".to_owned())
    }

    /// A connection that makes events.
    pub(super) fn bare_poster(&self) -> Target {
        self.path(|sizes| format!("post?reply={}&event={}", sizes.posted, sizes.event))
    }

    /// A Gateway has one path for all.
    fn path(&self, path: impl FnOnce(&Sizes) -> String) -> Target {
        match &self.bare {
            None => self.target.clone(),
            Some(sizes) => Target {
                url: format!("{}/{}&hello={}", self.target.url, path(sizes), sizes.hello),
                token: self.target.token.clone(),
            },
        }
    }
}

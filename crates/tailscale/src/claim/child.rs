//! The child that holds a route.

use std::io;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::time::timeout;

use super::Mode;
use super::terminate::signal_group;
use crate::error::TailscaleError;
use crate::process::{Event, Running};
use crate::program::{Program, Rights};
use crate::run;

/// How much of what it says is kept. It says little once it is up.
const KEPT: usize = 16 * 1024;

/// `tailscale serve --yes --bg=false PORT`, or `funnel`, as long as it runs.
#[derive(Debug)]
pub(super) struct HoldingChild {
    running: Running,
    program: Program,
    args: Vec<String>,
    rights: Rights,
}

impl HoldingChild {
    pub(super) fn start(
        program: Program,
        mode: Mode,
        port: u16,
        rights: Rights,
    ) -> Result<Self, TailscaleError> {
        let args = [mode.as_str(), "--yes", "--bg=false", &port.to_string()].map(str::to_owned);
        let borrowed: Vec<&str> = args.iter().map(String::as_str).collect();
        let described = Program::describe(&borrowed, rights);
        let Some(command) = program.command(&borrowed, rights) else {
            return Err(TailscaleError::Denied {
                command: described,
                detail: String::new(),
                sudo: None,
            });
        };
        let running = Running::start(command, KEPT)
            .map_err(|error| run::not_started(described, rights, &error))?;
        Ok(Self {
            running,
            program,
            args: args.to_vec(),
            rights,
        })
    }

    /// Waits for the next thing that it does. Safe to drop.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        self.running.next().await
    }

    /// The end of what it printed, and of what it complained about.
    pub(super) fn text(&self) -> (String, String) {
        self.running.text()
    }

    /// Its process number, while it runs.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.running.pid()
    }

    /// Its arguments.
    pub(super) fn args(&self) -> &[String] {
        &self.args
    }

    /// With whose rights it runs.
    pub(super) const fn rights(&self) -> Rights {
        self.rights
    }

    /// The command as a person would type it.
    pub(super) fn describe(&self) -> String {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        Program::describe(&args, self.rights)
    }

    /// Asks it to end, and ends it if it does not within the grace.
    pub(super) async fn stop(&mut self, grace: Duration) {
        for signal in [Signal::TERM, Signal::KILL] {
            let Some(pid) = self.running.pid() else {
                return;
            };
            let sudo = (self.rights == Rights::Root).then_some(&self.program);
            signal_group(pid, signal, sudo, grace).await;
            // A child that cannot be waited for is gone.
            let _ = timeout(grace, self.running.ended()).await;
        }
    }
}

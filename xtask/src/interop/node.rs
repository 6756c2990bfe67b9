//! A node host of any of the programs.

use std::process::Command;
use std::time::Duration;

use super::gateway::Gateway;
use super::home::Home;
use super::program::{Kit, Program, Release};
use crate::failure::Outcome;
use crate::proc::{How, Proc};

/// How long it may take to end.
const STOP: Duration = Duration::from_secs(20);

/// A running `openclaw node run`.
#[derive(Debug)]
pub(super) struct NodeHost {
    program: Program,
    home: Home,
    name: String,
    port: String,
    token: String,
    process: Proc,
    restarts: u32,
}

impl NodeHost {
    /// Starts it towards this Gateway, with the Gateway's token in its environment.
    pub(super) fn start(
        kit: &Kit,
        cell: &str,
        program: Program,
        gateway: &Gateway,
    ) -> Outcome<Self> {
        let home = kit.home(cell, "node")?;
        let name = format!("box-{}", program.name());
        let port = gateway.port().to_string();
        let token = gateway.target().token.clone();
        let mut command = command(kit, program, &home, &name, &port, &token)?;
        let process = Proc::spawn(&mut command, &home.log("node"))?;
        Ok(Self {
            program,
            home,
            name,
            port,
            token,
            process,
            restarts: 0,
        })
    }

    /// The name it shows.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How often it had to be started again.
    pub(super) const fn restarts(&self) -> u32 {
        self.restarts
    }

    /// What a service manager does: starts it again if it has ended.
    ///
    /// February's node host ends by itself whenever its connection closes (nothing keeps its
    /// process alive while it waits to reconnect), and its service unit says `Restart=always`.
    /// The others reconnect; if one of them ends, that is a failure.
    pub(super) fn supervise(&mut self, kit: &Kit) -> Outcome {
        let Some(status) = self.process.ended() else {
            return Ok(());
        };
        if self.program != Program::Real(Release::F) {
            crate::failure::fail!(
                "the node host ended with {status}:\n{}",
                self.process.tail()
            );
        }
        self.restarts += 1;
        self.spawn(kit)
    }

    /// Ends it this way, and starts it again.
    pub(super) async fn restart(&mut self, kit: &Kit, how: How) -> Outcome {
        self.process.end(how, STOP).await?;
        self.spawn(kit)
    }

    fn spawn(&mut self, kit: &Kit) -> Outcome {
        let mut command = command(
            kit,
            self.program,
            &self.home,
            &self.name,
            &self.port,
            &self.token,
        )?;
        self.process = Proc::spawn(&mut command, &self.home.log("node"))?;
        Ok(())
    }

    /// The last lines it printed.
    pub(super) fn tail(&self) -> String {
        self.process.tail()
    }
}

fn command(
    kit: &Kit,
    program: Program,
    home: &Home,
    name: &str,
    port: &str,
    token: &str,
) -> Outcome<Command> {
    let args = [
        "node",
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--display-name",
        name,
    ];
    let mut command = kit.command(program, home, &args)?;
    command.env("OPENCLAW_GATEWAY_TOKEN", token);
    Ok(command)
}

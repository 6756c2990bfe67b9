//! A Gateway of any of the programs, on a port of its own, which can be stopped, crashed and
//! started again on the same port and state.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::home::Home;
use super::port;
use super::program::{Kit, Program};
use crate::client::{Peer, Role, Target};
use crate::failure::{Doing, Outcome, fail};
use crate::proc::{How, Proc};

/// How long a Gateway may take until it answers. The original needs up to 20 s on a busy machine.
const START: Duration = Duration::from_secs(180);
/// How long a Gateway may take to end when asked.
const STOP: Duration = Duration::from_secs(40);
/// How often a Gateway that starts is tried.
const POLL: Duration = Duration::from_millis(150);

/// What a Gateway that was started is waited for.
#[derive(Debug, Clone, Copy)]
enum Ready {
    /// It welcomes an operator.
    Welcomes,
    /// Its port is open.
    Listens,
}

/// A Gateway and its home.
#[derive(Debug)]
pub(super) struct Gateway {
    program: Program,
    home: Home,
    port: u16,
    target: Target,
    process: Option<Proc>,
}

impl Gateway {
    /// Gives it a home, a port and a token, and starts nothing yet.
    pub(super) fn prepare(kit: &Kit, cell: &str, program: Program) -> Outcome<Self> {
        Self::prepare_with(kit, cell, program, false)
    }

    /// The same for one that speaks TLS with a certificate of its own making. It is started by
    /// [`Self::listen`].
    pub(super) fn prepare_tls(kit: &Kit, cell: &str, program: Program) -> Outcome<Self> {
        Self::prepare_with(kit, cell, program, true)
    }

    fn prepare_with(kit: &Kit, cell: &str, program: Program, tls: bool) -> Outcome<Self> {
        let home = kit.home(cell, "gateway")?;
        let port = port::free()?;
        let token = uuid::Uuid::new_v4().simple().to_string();
        let mut config = home.local(port, &token);
        if let Program::Real(_) = program {
            config["browser"] = serde_json::json!({"enabled": false});
        }
        let mut target = Target::local(port, &token);
        if tls {
            config["gateway"]["tls"] = serde_json::json!({"enabled": true});
            target.url = format!("wss://127.0.0.1:{port}");
        }
        home.write_config(&config)?;
        Ok(Self {
            program,
            home,
            port,
            target,
            process: None,
        })
    }

    /// Changes its configuration before it starts.
    pub(super) fn reconfigure(&self, change: impl FnOnce(&mut Value)) -> Outcome {
        let text = std::fs::read_to_string(self.home.config_path())
            .doing("read the configuration of the gateway")?;
        let mut config = serde_json::from_str(&text).doing("read it as JSON")?;
        change(&mut config);
        self.home.write_config(&config)
    }

    /// Where it is and what opens it.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Its port.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The configuration of a client on the same host.
    pub(super) fn client_config(&self, client: &Home) -> Value {
        client.local(self.port, &self.target.token)
    }

    /// A file beside its own, for the test.
    pub(super) fn scratch(&self, name: &str) -> PathBuf {
        self.home.temp_dir().join(name)
    }

    /// The certificate that it makes itself.
    pub(super) fn certificate(&self) -> PathBuf {
        self.home.state_dir().join("gateway/tls/gateway-cert.pem")
    }

    /// Starts it and waits until it welcomes an operator.
    pub(super) async fn start(&mut self, kit: &Kit) -> Outcome {
        self.start_until(kit, Ready::Welcomes).await
    }

    /// Starts it and waits until its port is open, and its certificate there.
    pub(super) async fn listen(&mut self, kit: &Kit) -> Outcome {
        self.start_until(kit, Ready::Listens).await
    }

    async fn is(&self, ready: Ready) -> Outcome {
        match ready {
            Ready::Welcomes => Peer::connect(&self.target, Role::Operator).await.map(drop),
            Ready::Listens => {
                let stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await;
                stream.doing("reach its port")?;
                self.certificate()
                    .metadata()
                    .doing("find its certificate")
                    .map(drop)
            }
        }
    }

    async fn start_until(&mut self, kit: &Kit, ready: Ready) -> Outcome {
        // The port stands in the configuration: February's `gateway run` does not see `--port`.
        let mut command = kit.command(self.program, &self.home, &["gateway", "run"])?;
        self.process = Some(Proc::spawn(&mut command, &self.home.log("gateway"))?);
        let until = Instant::now() + START;
        loop {
            let Err(error) = self.is(ready).await else {
                return Ok(());
            };
            let process = self.process.as_mut().expect("just started");
            if let Some(status) = process.ended() {
                fail!("the gateway ended with {status}:\n{}", process.tail());
            }
            if Instant::now() > until {
                fail!(
                    "the gateway does not answer after {} s: {error}\n{}",
                    START.as_secs(),
                    process.tail()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends it this way, and starts it again on the same port and state.
    pub(super) async fn restart(&mut self, kit: &Kit, how: How) -> Outcome {
        if let Some(mut process) = self.process.take() {
            process.end(how, STOP).await?;
        }
        self.start(kit).await
    }

    /// Ends it as a service manager does.
    pub(super) async fn terminate(&mut self) -> Outcome {
        match &mut self.process {
            Some(process) => process.terminate(STOP).await.map(drop),
            None => fail!("the gateway does not run"),
        }
    }

    /// An operator with every right.
    pub(super) async fn operator(&self) -> Outcome<Peer> {
        Peer::connect(&self.target, Role::Operator).await
    }
}

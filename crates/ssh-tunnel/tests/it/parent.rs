//! The end of the process that owns a tunnel, however it comes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use openclaw_ssh_tunnel::{LocalPort, Tunnel, TunnelSpec, TunnelState};
use serde::{Deserialize, Serialize};

use crate::support::{Watched, World, hello, options, processes_with};

/// What a helper is to do.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    target: String,
    remote_port: u16,
    ssh_config: PathBuf,
    identity: PathBuf,
    state_dir: PathBuf,
}

/// What a helper says of each of its tunnels.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) port: u16,
    pub(crate) pid: u32,
    pub(crate) is_shared: bool,
}

/// Another process that owns a tunnel: this very program, running [`hold`] alone.
#[derive(Debug)]
pub(crate) struct Helper {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Helper {
    pub(crate) fn start(world: &World) -> Self {
        let job = Job {
            target: world.sshd.target().to_string(),
            remote_port: world.echo.port,
            ssh_config: world.sshd.ssh_config(),
            identity: world.sshd.identity(),
            state_dir: world.directory.path().to_path_buf(),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["parent::hold", "--exact", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = serde_json::to_string(&job).unwrap();
        line.push('\n');
        // Its standard input stays open: it ends when told to, not by itself.
        child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Waits for its next tunnel.
    pub(crate) fn read_up(&mut self) -> Said {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it has ended");
            // The test harness speaks too, before it on the same line.
            if let Some((_, said)) = line.split_once("UP ") {
                return serde_json::from_str(said).unwrap();
            }
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Holds a tunnel until standard input ends. No test: other tests start it.
#[tokio::test]
#[ignore = "started by other tests"]
async fn hold() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let Ok(job) = serde_json::from_str::<Job>(&line) else {
        return;
    };
    let spec = TunnelSpec::new(job.target.parse().unwrap(), job.remote_port)
        .with_local_port(LocalPort::Ephemeral)
        .with_ssh_config(job.ssh_config)
        .with_identity(job.identity);
    let tunnel = Tunnel::start(spec, options(&job.state_dir));
    let mut state = tunnel.state();
    let mut last = 0;
    let mut end = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    loop {
        let now = state.borrow_and_update().clone();
        if let TunnelState::Up(up) = now
            && up.generation > last
        {
            last = up.generation;
            let said = Said {
                port: up.local_addr.port(),
                pid: up.pid,
                is_shared: up.is_shared,
            };
            println!("UP {}", serde_json::to_string(&said).unwrap());
        }
        tokio::select! {
            changed = state.changed() => changed.unwrap(),
            _ = &mut end => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_the_owner_leaves_nothing() {
    let world = World::new().await;
    let mut helper = Helper::start(&world);
    let up = helper.read_up();
    let ssh = Watched::new(up.pid);
    // The watchdog is the only other process that knows its number.
    let watchdogs = processes_with(&format!("sh\0{}\0", up.pid));
    assert_eq!(watchdogs.len(), 1, "{watchdogs:?}");
    let watchdog = Watched::new(watchdogs[0]);
    hello(([127, 0, 0, 1], up.port).into()).await.unwrap();

    helper.kill();
    tokio::task::spawn_blocking(move || {
        ssh.wait_for_end();
        watchdog.wait_for_end();
    })
    .await
    .unwrap();
    world.sshd.wait_until_idle();
    let identity = world.sshd.identity().display().to_string();
    assert_eq!(processes_with(&identity), Vec::<u32>::new());

    // The next owner finds the record and starts anew, on the same port.
    let tunnel = world.open().await;
    let next = tunnel.current().unwrap();
    assert!(!next.is_shared);
    assert_eq!(next.local_addr.port(), up.port);
    tunnel.stop().await;
}

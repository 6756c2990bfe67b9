use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use openclaw_ssh_tunnel::test_sshd::TestSshd;
use openclaw_ssh_tunnel::{
    BackoffLimits, Tunnel, TunnelError, TunnelOptions, TunnelState, Up, Verify,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// No test may wait longer for anything.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);

/// A service that sends back what it gets: the "Gateway" at the far end.
#[derive(Debug)]
pub(crate) struct Echo {
    pub(crate) port: u16,
    _tasks: JoinSet<()>,
}

impl Echo {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.spawn(async move {
                    let (mut input, mut output) = stream.split();
                    let _ = tokio::io::copy(&mut input, &mut output).await;
                });
            }
        });
        Self {
            port,
            _tasks: tasks,
        }
    }
}

/// A real exchange with [`Echo`].
pub(crate) async fn hello(address: SocketAddr) -> Result<(), String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"hello").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    match exchange.await {
        Ok(answer) if &answer == b"hello" => Ok(()),
        Ok(answer) => Err(format!("it said {answer:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Everything of one test: a server, a service behind it, a directory for records.
pub(crate) struct World {
    pub(crate) sshd: TestSshd,
    pub(crate) echo: Echo,
    pub(crate) directory: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self {
            sshd: TestSshd::start(),
            echo: Echo::start().await,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn spec(&self) -> openclaw_ssh_tunnel::TunnelSpec {
        self.sshd.spec(self.echo.port)
    }

    pub(crate) fn options(&self) -> TunnelOptions {
        options(self.directory.path())
    }

    pub(crate) async fn open(&self) -> Tunnel {
        within(Tunnel::open(self.spec(), self.options()))
            .await
            .unwrap()
    }

    pub(crate) async fn refused(&self, spec: openclaw_ssh_tunnel::TunnelSpec) -> TunnelError {
        within(Tunnel::open(spec, self.options()))
            .await
            .expect_err("this must be refused")
    }

    /// The only record in the directory.
    pub(crate) fn record(&self) -> Option<serde_json::Value> {
        record(self.directory.path())
    }
}

/// The only record in this directory.
fn record(directory: &Path) -> Option<serde_json::Value> {
    let mut records: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    assert!(records.len() <= 1, "{records:?}");
    let text = std::fs::read_to_string(records.pop()?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// The `ssh` in the only record of this directory.
pub(crate) fn recorded_ssh(directory: &Path) -> Pid {
    let record = record(directory).expect("a record is on disk before `ssh` begins");
    let pid = record["ssh"]["pid"].as_i64().unwrap();
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

/// A hello is demanded and waits are short.
pub(crate) fn options(directory: &Path) -> TunnelOptions {
    let mut options = TunnelOptions::new(directory).with_verify(Verify::new(hello));
    options.backoff = BackoffLimits::new(Duration::from_millis(20), Duration::from_millis(100));
    options.poll = Duration::from_millis(20);
    options
}

pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, work)
        .await
        .expect("it takes too long")
}

/// Waits for a state.
pub(crate) async fn until<T>(
    tunnel: &Tunnel,
    mut wanted: impl FnMut(&TunnelState) -> Option<T>,
) -> T {
    let mut state = tunnel.state();
    within(async {
        loop {
            if let Some(found) = wanted(&state.borrow_and_update()) {
                return found;
            }
            state.changed().await.expect("the supervisor lives");
        }
    })
    .await
}

/// Waits for the next tunnel after this one.
pub(crate) async fn until_renewed(tunnel: &Tunnel, before: &Up) -> Up {
    until(tunnel, |state| {
        state.up().filter(|up| up.generation > before.generation)
    })
    .await
}

/// Waits until the tunnel is down, and says why.
pub(crate) async fn until_down(tunnel: &Tunnel) -> TunnelError {
    until(tunnel, |state| match state {
        TunnelState::Down { error, .. } => Some(error.clone()),
        _ => None,
    })
    .await
}

/// A process by its number, without being its parent.
#[derive(Debug)]
pub(crate) struct Watched(std::os::fd::OwnedFd);

impl Watched {
    pub(crate) fn new(pid: u32) -> Self {
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        Self(pidfd_open(pid, PidfdFlags::empty()).expect("the process lives"))
    }

    /// Waits for its end.
    pub(crate) fn wait_for_end(&self) {
        assert!(self.has_ended_within(LIMIT), "the process still lives");
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended_within(Duration::ZERO)
    }

    fn has_ended_within(&self, time: Duration) -> bool {
        let mut wanted = [PollFd::new(&self.0, PollFlags::IN)];
        poll(&mut wanted, Some(&time.try_into().unwrap())).unwrap() == 1
    }
}

/// The processes whose arguments contain this, zombies not counted.
pub(crate) fn processes_with(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let Ok(arguments) = std::fs::read(entry.path().join("cmdline")) else {
            continue;
        };
        if String::from_utf8_lossy(&arguments).contains(text) && pid != std::process::id() {
            found.push(pid);
        }
    }
    found
}

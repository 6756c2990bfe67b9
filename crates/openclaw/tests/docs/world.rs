//! Two hosts: `gateway-host`, and the client that this process is on.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use openclaw_tailscale::stand_in::StandIn;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::stand_ins;
use crate::tailnet::Tailnet;

/// The names of the gateway host on the pages.
const NAMES: &[&str] = &[
    "gateway-host",
    "gateway.example.net",
    "gateway-host.example.ts.net",
    StandIn::HOST,
];

/// How long a command may take, in seconds, and how long anything is waited for.
const PATIENCE: u64 = 30;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Runs the Gateway.
    Gateway,
    /// Where the reader sits.
    Client,
}

impl Host {
    /// Its name in what a walk shows.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway-host",
            Self::Client => "client",
        }
    }
}

/// How a command ended, and everything that it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) said: String,
}

/// Both hosts. Only made in a network of their own, see [`run_alone`](crate::hosts::run_alone), which ends
/// everything in them.
pub(crate) struct World {
    dir: PathBuf,
    /// Holds the namespaces of the gateway host.
    far: Child,
    stays: Vec<Child>,
}

impl World {
    /// Makes them. This process becomes the client.
    pub(crate) fn new() -> Self {
        let dir = std::env::current_dir().unwrap().join("world");
        for host in [Host::Gateway, Host::Client] {
            let home = home(&dir, host);
            fs::create_dir_all(home.join(".ssh")).unwrap();
            let here = dir.join(host.name());
            fs::create_dir_all(here.join("tmp")).unwrap();
            stand_ins::write(&here.join("bin"), &here.join("services"));
            symlink(env!("CARGO_BIN_EXE_openclaw"), here.join("bin/openclaw")).unwrap();
        }
        write_names(&dir);
        write_keys(&dir);
        let far = far(&dir);
        connect(far.id());
        let world = Self {
            far,
            stays: Vec::new(),
            dir,
        };
        world.start_sshd();
        world.start_tailnet();
        world
    }

    /// The home of the user on this host.
    pub(crate) fn home(&self, host: Host) -> PathBuf {
        home(&self.dir, host)
    }

    /// The token of the Gateway, as its host keeps it.
    pub(crate) fn token(&self) -> String {
        let file = self.home(Host::Gateway).join(".openclaw/openclaw.json");
        let text = fs::read_to_string(&file).expect("the Gateway has started once");
        let config: Value = serde_json::from_str(&text).unwrap();
        let token = config["gateway"]["auth"]["token"].as_str();
        token.expect("it made a token").to_owned()
    }

    /// Writes the configuration of this host's user.
    pub(crate) fn write_config(&self, host: Host, text: &str) {
        let folder = self.home(host).join(".openclaw");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let file = folder.join("openclaw.json");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Types a command on this host, and waits for its end.
    pub(crate) fn run(&self, host: Host, line: &str) -> Ran {
        let limit = format!("--kill-after=5 {PATIENCE}");
        let mut command = self.on(host, &["timeout"]);
        command.args(limit.split(' ')).args(["sh", "-c", line]);
        // What goes on in the background keeps a pipe open, and no file.
        let file = self.dir.join("said");
        let said = fs::File::create(&file).unwrap();
        let code = command
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .status()
            .unwrap()
            .code()
            .unwrap_or(-1);
        let said = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        Ran { code, said }
    }

    /// Types a command that stays, and waits until it says one of these words; without words, until
    /// port 18789 answers on the client.
    pub(crate) fn stay(&mut self, host: Host, line: &str, words: &[&str]) -> Result<(), String> {
        let child = self
            .on(host, &["sh", "-c", &format!("exec 2>&1; {line}")])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        // It is waited for when it is interrupted.
        self.stays.push(child);
        let child = self.stays.last_mut().unwrap();
        let (say, said) = sync_channel(1000);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // Nobody listens any more once it is ready; it must be able to go on talking.
                let _ = say.try_send(line);
            }
        });
        let deadline = Instant::now() + Duration::from_secs(PATIENCE);
        let is_open = || TcpStream::connect((Ipv4Addr::LOCALHOST, 18789)).is_ok();
        let mut seen = Vec::new();
        while !(words.is_empty() && is_open()) {
            match said.recv_timeout(Duration::from_millis(20)) {
                Ok(line) => {
                    let is_ready = words.iter().any(|word| line.contains(word));
                    seen.push(line);
                    if is_ready {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(why) => return Err(format!("not ready ({why}); it said {seen:#?}")),
            }
        }
        Ok(())
    }

    /// Ctrl-C in every terminal in which something stays.
    pub(crate) fn interrupt(&mut self) {
        for mut child in self.stays.drain(..) {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            let _ = kill_process_group(pid.expect("it is a process"), Signal::INT);
            let _ = child.wait();
        }
    }

    /// What the named service of the gateway host wrote.
    pub(crate) fn journal(&self, service: &str) -> String {
        let file = format!(
            "{}/services/{service}.service.journal",
            Host::Gateway.name()
        );
        fs::read_to_string(self.dir.join(file)).unwrap_or_default()
    }

    /// A program on this host, with its user's environment and nothing of this process's.
    fn on(&self, host: Host, program: &[&str]) -> Command {
        let here = self.dir.join(host.name());
        let pid = self.far.id().to_string();
        let enter = [
            "nsenter",
            "-t",
            &pid,
            "--user",
            "--net",
            "--mount",
            "--preserve-credentials",
            "--",
        ];
        let words: Vec<&str> = match host {
            Host::Gateway => [&enter[..], program].concat(),
            Host::Client => program.to_vec(),
        };
        let bin = here.join("bin");
        let stand_ins = format!("{}:{}", bin.display(), here.join("tailscale").display());
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .env("HOME", self.home(host))
            .env("USER", "user")
            .env("LANG", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("TMPDIR", here.join("tmp"))
            .env("PATH", format!("{stand_ins}:/usr/bin:/bin"))
            .env("SERVICE_PATH", format!("{stand_ins}:/usr/bin:/bin"))
            .env("SSH_ASKPASS", bin.join("askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .current_dir(self.home(host))
            .stdin(Stdio::null());
        if host == Host::Client {
            command.env("SSL_CERT_FILE", self.dir.join("authority.pem"));
        }
        command
    }

    fn start_sshd(&self) {
        let file = self.dir.join("sshd_config");
        let log = self.dir.join("sshd.log");
        let path = self.dir.join(Host::Gateway.name()).join("bin");
        let home = self.home(Host::Gateway);
        let config = format!(
            "Port 22\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nSetEnv PATH={}:/usr/bin:/bin\n",
            self.dir.join("host_key").display(),
            home.join(".ssh/authorized_keys").display(),
            path.display(),
        );
        fs::write(&file, config).unwrap();
        let file = file.to_str().unwrap().to_owned();
        let log = log.to_str().unwrap().to_owned();
        let sshd = ["/usr/sbin/sshd", "-D", "-E", &log, "-f", &file];
        let sshd = self
            .on(Host::Gateway, &sshd)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        // Ends with the namespace, and nobody waits for it.
        drop(sshd.unwrap());
        self.until_open(22, &log);
    }

    fn start_tailnet(&self) {
        let folder = self.dir.join(Host::Gateway.name()).join("tailscale");
        let stand_in = StandIn::write(&folder).unwrap();
        let client = "10.77.0.1".parse().unwrap();
        stand_in
            .set_user(client, "user@example.com", "User")
            .unwrap();
        let tailnet = Tailnet::serve(self.far.id(), folder, NAMES);
        fs::write(self.dir.join("authority.pem"), tailnet.authority).unwrap();
        self.until_open(443, "");
    }

    /// Waits until the gateway host answers on this port.
    fn until_open(&self, port: u16, log: &str) {
        let deadline = Instant::now() + Duration::from_secs(PATIENCE);
        while TcpStream::connect((Ipv4Addr::new(10, 77, 0, 2), port)).is_err() {
            let said = fs::read_to_string(log).unwrap_or_default();
            assert!(Instant::now() < deadline, "nobody on port {port}: {said}");
            thread::yield_now();
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self.stays.iter_mut().chain([&mut self.far]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn home(dir: &Path, host: Host) -> PathBuf {
    dir.join(host.name()).join("home")
}

/// Users and names of both hosts.
fn write_names(dir: &Path) {
    for (host, uid) in [(Host::Gateway, 1000), (Host::Client, 0)] {
        let home = home(dir, host);
        let line = format!("user:x:{uid}:{uid}::{}:/bin/sh\n", home.display());
        fs::write(dir.join(host.name()).join("passwd"), line).unwrap();
    }
    let mut hosts = "127.0.0.1 localhost\n".to_owned();
    for name in NAMES {
        hosts.push_str(&format!("10.77.0.2 {name}\n"));
    }
    fs::write(dir.join("hosts"), hosts).unwrap();
}

/// A key of the client's user, which the gateway host lets in, and that host's own.
fn write_keys(dir: &Path) {
    let key = home(dir, Host::Client).join(".ssh/id_ed25519");
    for file in [&key, &dir.join("host_key")] {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(file)
            .status()
            .unwrap();
        assert!(made.success());
    }
    let authorized = home(dir, Host::Gateway).join(".ssh/authorized_keys");
    fs::copy(key.with_extension("pub"), authorized).unwrap();
}

/// The gateway host: a process that holds its namespaces. Inside, its user is no administrator.
fn far(dir: &Path) -> Child {
    let script = format!(
        "mount --bind '{dir}/gateway-host/passwd' /etc/passwd && ip link set lo up && \
         echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start && \
         exec unshare --user --map-user=1000 --map-group=1000 sh -c 'echo ready; exec cat'",
        dir = dir.display()
    );
    shell(&format!(
        "mount --bind '{dir}/hosts' /etc/hosts && mount --bind '{dir}/client/passwd' /etc/passwd",
        dir = dir.display()
    ));
    let mut child = Command::new("unshare")
        .args(["--net", "--mount", "sh", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.as_mut().unwrap());
    said.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "ready", "the gateway host did not come up");
    child.stdin.as_mut().unwrap().flush().unwrap();
    child
}

/// A cable between the two.
fn connect(pid: u32) {
    shell(&format!(
        "set -e
         ip link set lo up
         ip link add oc0 type veth peer name oc1 netns {pid}
         ip addr add 10.77.0.1/24 dev oc0
         ip link set oc0 up
         ip route add 224.0.0.0/4 dev oc0
         nsenter -t {pid} --net sh -e -c 'ip addr add 10.77.0.2/24 dev oc1; ip link set oc1 up; ip route add 224.0.0.0/4 dev oc1'"
    ));
}

fn shell(script: &str) {
    let ran = Command::new("sh").args(["-c", script]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{script}\n{said}");
}

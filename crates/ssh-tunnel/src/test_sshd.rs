//! A real `sshd` on loopback with throw-away keys, for tests.
//!
//! Every connection is served by an `sshd -i` of its own, so that a test can freeze or end the
//! sessions, and so that the port is the fixture's and never a guess. Nothing of the machine's or
//! the user's SSH configuration is read: see [`TestSshd::ssh_config`].
//!
//! Everything panics with what is missing: a test that cannot run must not pass.

mod sessions;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{LocalPort, SshTarget, TunnelSpec};
use sessions::{Front, Sessions};

/// A running server. Ends when dropped, with all its sessions.
#[derive(Debug)]
pub struct TestSshd {
    directory: TempDir,
    settings: Settings,
    user: String,
    port: u16,
    sessions: Sessions,
    front: Option<Front>,
}

#[derive(Debug)]
struct Settings {
    host_key: u32,
    allows_forwarding: bool,
}

impl TestSshd {
    /// Starts a server that lets in the user who runs the test, with [`TestSshd::identity`].
    ///
    /// # Panics
    ///
    /// Without `sshd`, `ssh` and `ssh-keygen` on this machine.
    #[must_use]
    pub fn start() -> Self {
        let sshd = program("sshd", SBIN);
        // `sshd` of root insists on it.
        if is_root() {
            fs::create_dir_all("/run/sshd").expect("root can make /run/sshd");
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| directory.path().join(name);
        make_key(&path("identity"));
        make_key(&path("stranger"));
        make_key(&path("host_key_0"));
        fs::copy(path("identity.pub"), path("authorized_keys")).expect("copy a key");
        let sessions = Sessions::new(sshd, path("sshd_config"), path("log"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let server = Self {
            settings: Settings {
                host_key: 0,
                allows_forwarding: true,
            },
            user: output("id", &["-un"]),
            port,
            front: Some(sessions.serve(listener)),
            sessions,
            directory,
        };
        server.write_server_config();
        server.know_host();
        fs::write(
            server.ssh_config(),
            format!(
                "Host *\n  UserKnownHostsFile \"{}\"\n  GlobalKnownHostsFile /dev/null\n  IdentityAgent none\n",
                server.path("known_hosts").display()
            ),
        )
        .expect("write ssh_config");
        server
    }

    /// The port it listens on, on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `user@127.0.0.1:port`.
    #[must_use]
    pub fn target(&self) -> SshTarget {
        format!("{}@127.0.0.1:{}", self.user, self.port)
            .parse()
            .expect("the name of this user is plain")
    }

    /// A tunnel through it to this port of 127.0.0.1, on any local port, that works.
    #[must_use]
    pub fn spec(&self, remote_port: u16) -> TunnelSpec {
        TunnelSpec::new(self.target(), remote_port)
            .with_local_port(LocalPort::Ephemeral)
            .with_ssh_config(self.ssh_config())
            .with_identity(self.identity())
    }

    /// An `ssh_config` that knows this server and nothing of the user's: for `ssh -F`.
    #[must_use]
    pub fn ssh_config(&self) -> PathBuf {
        self.path("ssh_config")
    }

    /// The private key that it lets in.
    #[must_use]
    pub fn identity(&self) -> PathBuf {
        self.path("identity")
    }

    /// A private key that it does not let in.
    #[must_use]
    pub fn stranger(&self) -> PathBuf {
        self.path("stranger")
    }

    /// A program that is `ssh` with [`TestSshd::ssh_config`] and [`TestSshd::identity`]: for programs
    /// that take the path of an `ssh`, or a `PATH`, but no options for it.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    #[must_use]
    pub fn ssh_program(&self) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.path("bin").join("ssh");
        fs::create_dir_all(self.path("bin")).expect("make a directory");
        let script = format!(
            "#!/bin/sh\nexec '{}' -F '{}' -i '{}' \"$@\"\n",
            program("ssh", BIN).display(),
            self.ssh_config().display(),
            self.identity().display()
        );
        fs::write(&file, script).expect("write a script");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("make it a program");
        file
    }

    /// Whether new sessions may forward.
    pub fn allow_forwarding(&mut self, allow: bool) {
        self.settings.allows_forwarding = allow;
        self.write_server_config();
    }

    /// New sessions show another host key than the client knows.
    pub fn replace_host_key(&mut self) {
        self.settings.host_key += 1;
        make_key(&self.host_key());
        self.write_server_config();
    }

    /// The client knows the present host key, and no other.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn know_host(&self) {
        let public = fs::read_to_string(self.host_key().with_extension("pub")).expect("a key");
        let entry = format!("[127.0.0.1]:{} {public}", self.port);
        fs::write(self.path("known_hosts"), entry).expect("write known_hosts");
    }

    /// The client knows no host key.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn forget_host(&self) {
        fs::write(self.path("known_hosts"), "").expect("write known_hosts");
    }

    /// The server is gone: its sessions are killed and connections are refused.
    pub fn stop(&mut self) {
        drop(self.front.take());
        self.sessions.kill();
    }

    /// The server is back on the same port.
    ///
    /// # Panics
    ///
    /// If somebody else has taken the port meanwhile.
    pub fn start_again(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("the port is still free");
        self.front = Some(self.sessions.serve(listener));
    }

    /// All sessions go silent without closing anything, as behind a cut cable.
    pub fn freeze(&self) {
        self.sessions.freeze();
    }

    /// Kills all sessions; new ones are served.
    pub fn end_sessions(&self) {
        self.sessions.kill();
    }

    /// How many connections there were since the start.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.sessions.accepted()
    }

    /// Waits until no session is left.
    pub fn wait_until_idle(&self) {
        self.sessions.wait_until_idle();
    }

    /// What the sessions logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn host_key(&self) -> PathBuf {
        self.path(&format!("host_key_{}", self.settings.host_key))
    }

    fn write_server_config(&self) {
        let yes_or_no = |yes: bool| if yes { "yes" } else { "no" };
        let config = format!(
            "HostKey \"{}\"\nAuthorizedKeysFile \"{}\"\nPidFile none\nUsePAM no\nStrictModes no\n\
             PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             AllowTcpForwarding {}\nLogLevel VERBOSE\n",
            self.host_key().display(),
            self.path("authorized_keys").display(),
            yes_or_no(self.settings.allows_forwarding),
        );
        // In one step: a session may be about to read it.
        let next = self.path("sshd_config.next");
        fs::write(&next, config).expect("write sshd_config");
        fs::rename(next, self.path("sshd_config")).expect("replace sshd_config");
    }
}

impl Drop for TestSshd {
    fn drop(&mut self) {
        self.stop();
    }
}

const BIN: &[&str] = &["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"];
const SBIN: &[&str] = &[
    "/usr/sbin",
    "/usr/local/sbin",
    "/sbin",
    "/usr/bin",
    "/opt/homebrew/sbin",
    "/run/current-system/sw/bin",
];

fn program(name: &str, directories: &[&str]) -> PathBuf {
    directories
        .iter()
        .map(|directory| Path::new(directory).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| {
            panic!(
                "THIS TEST NEEDS OpenSSH: there is no `{name}` in {}. Install it \
                 (Debian: apt-get install openssh-server openssh-client; Fedora: dnf install \
                 openssh-server openssh-clients; macOS has it)",
                directories.join(", ")
            )
        })
}

fn make_key(file: &Path) {
    let status = Command::new(program("ssh-keygen", BIN))
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("ssh-keygen runs");
    assert!(status.success(), "ssh-keygen made no key");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect("a program of every system");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

//! A network for one test: a pair of virtual cables in a namespace.

#![expect(clippy::print_stderr, reason = "a test that cannot run here says so")]

use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use openclaw_gateway_server::host;

/// The address of this host in the network of a test.
pub(super) const HOST: &str = "192.168.77.1";

/// Makes the network, and goes on with the other arguments. `$0` is a file for the system's list
/// of name servers.
const SETUP: &str = "set -e
ip link set lo up
ip link add oclan0 type veth peer name oclan1
ip addr add 192.168.77.1/24 dev oclan0
ip link set oclan0 up
ip link set oclan1 up
ip route add 224.0.0.0/4 dev oclan0
echo 'nameserver 127.0.0.1' > \"$0\"
mount --bind \"$0\" /etc/resolv.conf
exec \"$@\"";

const NOT_TESTED: &str = "NOT TESTED";

/// A command in a network of its own.
fn alone(dir: &Path, program: &Path) -> Command {
    let path = std::env::join_paths(["/usr/sbin", "/sbin", "/usr/bin", "/bin"]).unwrap();
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--net", "--mount", "sh", "-c", SETUP])
        .arg(dir.join("resolv.conf"))
        .arg(program)
        .env("PATH", path);
    command
}

/// Runs one of the tests of [`alone`](super::alone) in a network of its own. Where the system gives none, it says so
/// and ends.
pub(super) fn run_alone(test: &str) {
    let dir = tempfile::tempdir().unwrap();
    let tried = alone(dir.path(), Path::new("true")).output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("{NOT_TESTED}: no network namespace for a test of discovery: {tried:?}");
        return;
    }
    let name = format!("discover::alone::{test}");
    let output = alone(dir.path(), &std::env::current_exe().unwrap())
        .args(["--exact", &name, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed") && !complained.contains(NOT_TESTED),
        "{said}{complained}"
    );
}

/// Whether this is such a network. Those tests are not for any other.
pub(super) fn is_alone() -> bool {
    let ours: IpAddr = HOST.parse().unwrap();
    let addresses = host::interfaces();
    let is_known = |ip: &IpAddr| match ip {
        IpAddr::V4(v4) => v4.is_loopback() || *ip == ours,
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local(),
    };
    let is_alone = addresses.contains(&ours) && addresses.iter().all(is_known);
    if !is_alone {
        eprintln!("{NOT_TESTED}: this is no network of a test: {addresses:?}");
    }
    is_alone
}

//! Networks that nobody outside sees.

use std::path::Path;
use std::process::{Command, Stdio};

/// What is said where this machine cannot make such networks.
pub(crate) const NOT_TESTED: &str = "NOT TESTED";

/// A namespace with its own network, mounts and process numbers. All its processes end with it.
fn alone(program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--net", "--mount", "--pid", "--fork"])
        // The first process must bury those whose parents are gone; a shell does.
        .args([
            "--mount-proc",
            "--kill-child",
            "sh",
            "-c",
            "\"$0\" \"$@\"; exit $?",
        ])
        .arg(program)
        .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
        .stdin(Stdio::null());
    command
}

/// What this machine lacks, if anything.
pub(crate) fn lacking() -> Option<String> {
    for (program, package) in [
        ("unshare", "util-linux"),
        ("nsenter", "util-linux"),
        ("ip", "iproute2"),
        ("sshd", "openssh-server"),
        ("ssh", "openssh-client"),
        ("ssh-keygen", "openssh-client"),
        ("openssl", "openssl"),
    ] {
        let found = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
            .iter()
            .any(|folder| Path::new(folder).join(program).is_file());
        if !found {
            return Some(format!("no `{program}` (package {package})"));
        }
    }
    let script = "ip link add octest0 type veth peer name octest1 && \
                  exec unshare --net --mount unshare --user --map-user=1000 --map-group=1000 true";
    let tried = alone(Path::new("sh")).args(["-c", script]).output();
    match tried {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(format!(
            "no network namespaces: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Some(format!("no network namespaces: {error}")),
    }
}

/// Runs one of the ignored tests of this binary in a network of its own, and shows what it says.
/// It reads what to do from `what` in its current directory. Where the system gives no such
/// network, it says so and ends.
#[track_caller]
pub(crate) fn run_alone(test: &str, what: &str) {
    if let Some(Err(said)) = outcome_alone(test, what) {
        panic!("{what}\n{said}");
    }
}

/// The same: how it ended and what it said, if it could be run.
pub(crate) fn outcome_alone(test: &str, what: &str) -> Option<Result<(), String>> {
    if let Some(lacking) = lacking() {
        eprintln!("{NOT_TESTED}: {test} ({what}): {lacking}");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("what"), what).unwrap();
    let output = alone(&std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("TMPDIR", dir.path())
        .current_dir(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    print!("{said}");
    let is_good = output.status.success() && said.contains("1 passed");
    Some(if is_good {
        Ok(())
    } else {
        Err(format!("{said}{complained}"))
    })
}

/// What the test that was run alone has to do.
pub(crate) fn task() -> String {
    let file = Path::new("what");
    std::fs::read_to_string(file).expect("this test is only run by another one")
}

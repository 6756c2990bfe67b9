//! Searches that go beyond the local network, and `ssh` to what was found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use openclaw_tailscale::stand_in::StandIn;
use serde_json::json;

use super::{announced, dns, full, home, is_alone, only};
use crate::support::{Home, TOKEN};

#[test]
#[ignore = "for a network of its own"]
fn tailnet_peers() {
    if !is_alone() {
        return;
    }
    // A machine of the tailnet that serves the domain; nobody else does.
    let added = Command::new("ip")
        .args(["addr", "add", "100.64.0.7/32", "dev", "lo"])
        .status()
        .unwrap();
    assert!(added.success());
    let _server = dns::serve("100.64.0.7");
    let folder = tempfile::tempdir().unwrap();
    let stand_in = StandIn::write(folder.path()).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let home = home(
        &json!({}),
        &json!({ "wideArea": { "domain": "openclaw.internal" } }),
    )
    .with("PATH", path);
    let search = || {
        let args = ["gateway", "discover", "--timeout", "2000", "--json"];
        home.run(&args).ok().json()
    };
    let found = search();
    assert_eq!(found["domains"], json!(["local.", "openclaw.internal."]));
    assert_eq!(only(&found)["wsUrl"], "ws://studio.openclaw.internal:18790");
    assert_eq!(stand_in.calls().unwrap(), ["status --json"]);

    // Without a tailnet it is as it was: nothing found, and said why.
    fs::remove_file(stand_in.program()).unwrap();
    let args = ["gateway", "discover", "--timeout", "2000", "--json"];
    let ran = home.run(&args).ok();
    assert_eq!(ran.json()["beacons"], json!([]));
    assert!(
        ran.stderr.contains("no answer about `openclaw.internal.`"),
        "{}",
        ran.stderr
    );
}

#[test]
#[ignore = "for a network of its own"]
fn ssh_auto() {
    if !is_alone() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ssh = folder.path().join("ssh");
    // Writes down how it is called; its configuration knows a user for every host.
    let script = "#!/bin/sh\n\
        case \"$1\" in\n\
        -V) echo OpenSSH_9.2p1 >&2;;\n\
        -G) for host; do :; done; printf 'user ann\\nhostname %s\\nport 22\\n' \"${host#*@}\";;\n\
        *) for host; do :; done; echo \"$host\" >> \"$0.calls\"; exit 255;;\n\
        esac\n";
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let there = home(&json!({ "bind": "lan" }), &full());
    let mut gateway = there.gateway(&[]);
    announced(&mut gateway);
    let here = Home::new()
        .with("OPENCLAW_DISABLE_BONJOUR", "0")
        .with("OPENCLAW_GATEWAY_TOKEN", TOKEN)
        .with("OPENCLAW_SSH_PROGRAM", &ssh);
    let called = || fs::read_to_string(folder.path().join("ssh.calls")).unwrap_or_default();

    // What answers nearby is listed, and left alone.
    here.run(&["gateway", "probe", "--json"]);
    assert_eq!(called(), "");

    let report = here
        .run(&["gateway", "probe", "--ssh-auto", "--json"])
        .json();
    let found = &report["targets"][0];
    assert_eq!(found["tunnel"]["target"], "ann@studio.local", "{report:#}");
    assert_eq!(found["tunnel"]["from"], "discovered");
    assert_eq!(found["tunnel"]["remotePort"], gateway.port);
    assert_eq!(found["connect"]["ok"], false);
    assert_eq!(called(), "ann@studio.local\n");
}

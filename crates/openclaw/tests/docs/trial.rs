//! README's section on remote access, as somebody who has read nothing else: by SSH, by TLS with a
//! pin, and over a tailnet. `cargo xtask trial` runs this and shows every command.

use crate::hosts::{run_alone, task};
use crate::page::Page;
use crate::walk::Walk;
use crate::world::Host::{self, Client, Gateway};

const SECTION: &str = "Reach it from elsewhere";

/// Ends what stays.
const CTRL_C: &str = "Ctrl-C";

/// How a command begins, on which host it is typed, and what is typed before it.
type Step = (&'static str, Host, &'static [(Host, &'static str)]);

/// What README leaves to its reader before a command, and on which host the command is typed. What
/// stands here in front of a command is what the text beside it says in words.
const STEPS: &[Step] = &[
    (
        "openclaw status --deep --ssh",
        Client,
        // "log in by hand once"
        &[(Client, "ssh user@gateway-host exit")],
    ),
    (
        "OPENCLAW_GATEWAY_TOKEN=TOKEN openclaw node run --ssh",
        Client,
        &[],
    ),
    (
        "openclaw tunnel up --ssh",
        Client,
        // The node of the line before says: run `openclaw devices approve …` on the gateway. It
        // keeps its tunnel for itself, so it ends before the next one.
        &[
            (Gateway, "openclaw devices approve --latest"),
            (Client, CTRL_C),
        ],
    ),
    (
        "ssh -N -L 18789:",
        Client,
        // One of the two tunnels at a time: both want the same port.
        &[(Client, "openclaw tunnel down")],
    ),
    ("openclaw health --url ws://127.0.0.1:18789", Client, &[]),
    (
        "openclaw trust add gateway.example.net",
        Client,
        &[
            (Gateway, "openclaw config set gateway.bind lan"),
            (Gateway, "openclaw config set gateway.tls.enabled true"),
            (Gateway, "openclaw gateway restart"),
            // "which the Gateway prints when it starts"
            (Gateway, "journalctl --user -u openclaw-gateway -n 50"),
        ],
    ),
    ("openclaw config set gateway.bind lan", Gateway, &[]),
    ("openclaw config set gateway.tls.enabled true", Gateway, &[]),
    ("openclaw health --url wss://", Client, &[]),
    (
        "openclaw config set gateway.tailscale.mode serve",
        Gateway,
        &[
            (Gateway, "openclaw config set gateway.tls.enabled false"),
            (Gateway, "openclaw config set gateway.bind loopback"),
        ],
    ),
    ("openclaw gateway restart", Gateway, &[]),
    ("openclaw devices approve", Gateway, &[]),
];

#[test]
fn readme_leads_a_new_user_to_another_host() {
    run_alone("trial::readme", "README.md");
}

#[test]
#[ignore = "runs in a network of its own, started by the test above"]
fn readme() {
    let page = Page::read(&task());
    let mut walk = Walk::new();
    // README's section before this one: a Gateway that runs.
    for line in [
        "openclaw config set gateway.mode local",
        "openclaw gateway install",
    ] {
        walk.command(Gateway, line, false);
    }
    let mut configuration = None;
    for block in &page.section(SECTION).blocks {
        match block.language() {
            "json5" => configuration = Some(block.text.clone()),
            "sh" => {
                for line in block.commands() {
                    step(&mut walk, line);
                }
            }
            other => panic!("nobody tries a block of `{other}`"),
        }
        // The configuration is for the Gateway with TLS, which README makes further down.
        let has_tls = block.text.contains("wss://gateway.example.net");
        if let Some(text) = configuration.take_if(|_| has_tls && block.language() == "sh") {
            let text = text.replace("${MY_GATEWAY_TOKEN}", "TOKEN");
            walk.configure(Client, &text);
            walk.command(Client, "openclaw health", false);
        }
    }
    assert_eq!(configuration, None, "a configuration that nobody tried");
    walk.command(Gateway, "openclaw gateway restart", false);
    let url = format!("wss://{}", openclaw_tailscale::stand_in::StandIn::HOST);
    assert!(
        walk.world
            .journal("openclaw-gateway")
            .contains("listening on ws")
    );
    approved(
        &mut walk,
        &format!("openclaw health --url {url} --token TOKEN"),
    );
}

fn step(walk: &mut Walk, line: &str) {
    let (_, host, before) = STEPS
        .iter()
        .find(|(beginning, ..)| line.starts_with(beginning))
        .unwrap_or_else(|| panic!("nobody knows where to type `{line}`"));
    for (host, line) in *before {
        if *line == CTRL_C {
            walk.world.interrupt();
        } else {
            walk.command(*host, line, false);
        }
    }
    if line.contains("wss://") {
        approved(walk, line);
    } else {
        walk.command(*host, line, false);
    }
}

/// The first contact of a device, which somebody has to approve: the refusal says how.
fn approved(walk: &mut Walk, line: &str) {
    if walk.is_refused(Client, line) {
        walk.command(Gateway, "openclaw devices approve --latest", false);
    }
    walk.command(Client, line, false);
}

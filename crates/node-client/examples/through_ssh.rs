//! A node that keeps its own SSH tunnel to the Gateway's machine, over restarts of either side.
//!
//! ```sh
//! cargo run --example through_ssh -- ann@gateway.example 18789 /var/lib/pump
//! ```
//!
//! Host keys are strict: log in by hand once. With two more arguments, an `ssh_config` and a
//! private key are used in place of the user's.

#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]

use openclaw_node_client::ssh::{LocalPort, Tunnel, TunnelOptions, TunnelSpec};
use openclaw_node_client::{Node, NodeError, NodeState};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |name: &str| {
        args.next()
            .ok_or_else(|| format!("usage: {name} is missing"))
    };
    let (target, port, dir) = (next("TARGET")?, next("PORT")?, next("DIR")?);
    let mut spec =
        TunnelSpec::new(target.parse()?, port.parse()?).with_local_port(LocalPort::Ephemeral);
    if let (Some(config), Some(identity)) = (args.next(), args.next()) {
        spec = spec.with_ssh_config(config).with_identity(identity);
    }
    let tunnel = Tunnel::start(spec.clone(), TunnelOptions::new(format!("{dir}/tunnels")));
    // The port says nothing: the tunnel leads wherever its near end is.
    let node = Node::builder("ws://127.0.0.1:18789")
        .tunnel(&spec, &tunnel)?
        .identity_dir(&dir)
        .token(std::fs::read_to_string(format!("{dir}/token"))?.trim())
        .display_name("Pump")
        .command("pump.state", |(): (), _call| async move {
            Ok::<_, NodeError>("off")
        })
        .on_state(|state| {
            if let NodeState::Offline { reason, .. } = state {
                println!("offline: {reason}");
            }
        })
        .build()?;
    println!("this is node {}", node.node_id());
    let ended = node.run().await;
    tunnel.stop().await;
    Ok(ended?)
}

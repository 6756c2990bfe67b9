//! A node that trusts one certificate and nobody else: the fingerprint that the Gateway prints
//! when it starts.
//!
//! ```sh
//! cargo run --example pinned_tls -- wss://gateway.example:18789 /var/lib/relay sha256:…
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]

use openclaw_node_client::tls_pin::PinSet;
use openclaw_node_client::{Node, NodeError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |name: &str| {
        args.next()
            .ok_or_else(|| format!("usage: {name} is missing"))
    };
    let (url, dir) = (next("URL")?, next("DIR")?);
    // Several, with commas, while a certificate is replaced.
    let pins: PinSet = next("FINGERPRINT")?.parse()?;
    let node = Node::builder(url)
        .pins(pins)
        .identity_dir(&dir)
        .token(std::fs::read_to_string(format!("{dir}/token"))?.trim())
        .display_name("Relay")
        .command("relay.state", |(): (), _call| async move {
            Ok::<_, NodeError>("closed")
        })
        .build()?;
    println!("this is node {}", node.node_id());
    // A certificate that is not the pinned one ends the program here: before the token was sent.
    Ok(node.run().await?)
}

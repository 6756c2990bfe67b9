//! A notifier: `system.notify` shows a message, with `notify-send` or any program that takes a
//! title and a text.
//!
//! ```sh
//! cargo run --example notifier -- ws://127.0.0.1:18789 ~/.notifier notify-send
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]

use openclaw_node_client::{CommandLimits, InvokeContext, Node, NodeError, NodeState};
use serde::Deserialize;
use tokio::process::Command;

#[derive(Deserialize)]
struct Notify {
    title: String,
    #[serde(default)]
    body: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |name: &str| {
        args.next()
            .ok_or_else(|| format!("usage: {name} is missing"))
    };
    let (url, dir, program) = (next("URL")?, next("DIR")?, next("PROGRAM")?);
    let node = Node::builder(url)
        .identity_dir(&dir)
        .token(std::fs::read_to_string(format!("{dir}/token"))?.trim())
        .display_name("Desk")
        .command("system.notify", move |notify, call| {
            show(program.clone(), notify, call)
        })
        // Nobody reads a dozen messages at once.
        .limits(CommandLimits {
            concurrency: 1,
            queue: 4,
        })
        .on_state(|state| {
            if let NodeState::WaitingForApproval { command, .. } = state {
                let command = command.as_deref().unwrap_or("openclaw devices list");
                println!("to let this node in, run on the gateway: {command}");
            }
        })
        .build()?;
    println!("this is node {}", node.node_id());
    Ok(node.run().await?)
}

async fn show(program: String, notify: Notify, call: InvokeContext) -> Result<(), NodeError> {
    if notify.title.trim().is_empty() {
        return Err(NodeError::invalid_request("title required"));
    }
    // Arguments, never a shell; `--` so that no text is taken for an option. `kill_on_drop` and
    // the select end the program when nobody waits any more.
    let mut child = Command::new(&program)
        .args(["--", &notify.title, &notify.body])
        .kill_on_drop(true)
        .spawn()?;
    let status = tokio::select! {
        status = child.wait() => status?,
        () = call.cancellation().cancelled() => return Err(NodeError::unavailable("too late")),
    };
    if status.success() {
        Ok(())
    } else {
        Err(NodeError::unavailable(format!(
            "`{program}` ended with {status}"
        )))
    }
}

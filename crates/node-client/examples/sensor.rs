//! A sensor that speaks first: it watches a file, the value of a GPIO pin for example, and emits
//! an event for every change. It also says once per connection that it is alive.
//!
//! ```sh
//! cargo run --example sensor -- ws://127.0.0.1:18789 /var/lib/door /sys/class/gpio/gpio4/value
//! ```

#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::time::Duration;

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::{AliveTrigger, Node, NodeHandle, SendError};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    value: &'a str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |name: &str| {
        args.next()
            .ok_or_else(|| format!("usage: {name} is missing"))
    };
    let (url, dir, file) = (next("URL")?, next("DIR")?, next("FILE")?);
    let node = Node::builder(url)
        .identity_dir(&dir)
        .token(std::fs::read_to_string(format!("{dir}/token"))?.trim())
        .display_name("Door")
        .cap("sensor")
        .build()?;
    println!("this is node {}", node.node_id());
    let handle = node.handle();
    // Both end together: the watching has no end of its own.
    tokio::select! {
        ended = node.run() => Ok(ended?),
        failed = watch(handle, file) => failed,
    }
}

async fn watch(node: NodeHandle, file: String) -> Result<(), Box<dyn std::error::Error>> {
    let mut last: Option<String> = None;
    let mut connection: Option<u64> = None;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let Some(online) = node.wait_online().await else {
            return Ok(());
        };
        if connection != Some(online.connection) && online.generation >= Generation::V4 {
            let ack = node.presence_alive(AliveTrigger::Connect).await;
            println!("alive: {:?}", ack.map(|ack| ack.handled));
            connection = Some(online.connection);
        }
        let value = tokio::fs::read_to_string(&file).await?.trim().to_owned();
        if last.as_ref() == Some(&value) {
            continue;
        }
        match node.emit("door.changed", &Changed { value: &value }).await {
            Ok(ack) => println!("door.changed {value}: handled {:?}", ack.handled),
            // The next round sends it: `last` is still the old value.
            Err(SendError::NotConnected | SendError::Unanswered { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        last = Some(value);
    }
}

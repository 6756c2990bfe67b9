//! A thermometer: `cargo run --example thermometer -- ws://192.168.1.10:18789 /var/lib/greenhouse`
#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]
use openclaw_node_client::{Node, NodeError};

#[derive(serde::Deserialize)]
struct Read {
    sensor: u8,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (url, dir) = (args.next().ok_or("URL?")?, args.next().ok_or("DIR?")?);
    let sensors = args.next().unwrap_or("/sys/class/hwmon".to_owned());
    let node = Node::builder(url)
        .identity_dir(&dir)
        .token(std::fs::read_to_string(format!("{dir}/token"))?.trim())
        .display_name("Greenhouse")
        .command("thermo.read", move |read: Read, _call| {
            let file = format!("{sensors}/hwmon{}/temp1_input", read.sensor);
            async move {
                let millidegrees: f32 = std::fs::read_to_string(file)?.trim().parse()?;
                Ok::<_, NodeError>(serde_json::json!({ "celsius": millidegrees / 1000.0 }))
            }
        })
        .build()?;
    println!("this is node {}", node.node_id());
    Ok(node.run().await?)
}

//! A Gateway inside another program, with a method of its own.
//!
//! ```sh
//! OPENCLAW_GATEWAY_TOKEN=$(openssl rand -hex 24) cargo run -p openclaw-gateway-server --example embed
//! ```

#![expect(clippy::print_stdout, reason = "an example talks to its terminal")]

use openclaw_config::Env;
use openclaw_gateway_server::{Gateway, GatewayOptions};
use openclaw_policy::AuthGate;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let env = Env::from_process();
    let token = env
        .text("OPENCLAW_GATEWAY_TOKEN")
        .ok_or("set OPENCLAW_GATEWAY_TOKEN")?;
    let port = env.text("OPENCLAW_GATEWAY_PORT").unwrap_or("0").parse()?;
    let options = GatewayOptions {
        auth: AuthGate::token(token),
        ..Default::default()
    };
    let gateway = Gateway::builder(options)
        .bind(([127, 0, 0, 1], port).into())
        .serve()
        .await?;
    println!("listening on ws://{}", gateway.addresses()[0]);
    tokio::signal::ctrl_c().await?;
    gateway.shutdown("gateway stopping").await;
    Ok(())
}

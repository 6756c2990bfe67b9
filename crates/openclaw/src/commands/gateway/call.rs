//! `openclaw gateway call`

use crate::app::App;
use crate::cli::gateway::GatewayCallArgs;
use crate::client::Client;
use crate::error::CliError;
use crate::runtime;

/// Calls one method by name and prints its answer.
pub(crate) fn run(app: &App, args: &GatewayCallArgs) -> Result<(), CliError> {
    runtime::one_shot()?.block_on(async {
        let client = Client::open(app, &args.target, &args.method).await?;
        let result = if args.expect_final {
            client
                .call_raw_expect_final(&args.method, &args.params)
                .await?
        } else {
            client.call_raw(&args.method, &args.params).await?
        };
        client.close().await;
        if !app.out.is_json() {
            app.out.title(&format!("Gateway call: {}", args.method))?;
        }
        app.out.json(&result)
    })
}

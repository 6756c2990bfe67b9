//! A CLI with wrong credentials: refused, with the words that people know.

use super::super::cli::Cli;
use super::super::gateway::Gateway;
use super::super::program::{Kit, Program};
use super::super::steps::Report;
use crate::client::Target;
use crate::failure::{Outcome, fail};

/// A wrong token, then the right one from another home.
pub(super) async fn run(kit: &Kit, report: &mut Report, client: Program, gateway: Program) {
    let cell = report.cell().to_owned();
    let Ok(mut server) = Gateway::prepare(kit, &cell, gateway) else {
        return report.fail("prepare", "no home for the gateway".to_owned());
    };
    if report
        .step("gateway starts", server.start(kit))
        .await
        .is_none()
    {
        return;
    }
    let wrong = Target {
        token: "this-is-not-the-token".to_owned(),
        ..server.target().clone()
    };
    report
        .step("wrong token is refused (local mode)", async {
            let cli = Cli::new(kit, &cell, client, |home| {
                home.local(server.port(), &wrong.token)
            })?;
            refused(kit, &cli).await
        })
        .await;
    report
        .step("wrong token is refused (remote mode)", async {
            let cli = Cli::remote(kit, &cell, client, &wrong)?;
            refused(kit, &cli).await
        })
        .await;
    report
        .step("the right token is still accepted", async {
            let cli = Cli::remote(kit, &cell, client, server.target())?;
            cli.json(kit, &["gateway", "call", "health", "--json"])
                .await
                .map(drop)
        })
        .await;
}

async fn refused(kit: &Kit, cli: &Cli) -> Outcome {
    let answer = cli
        .run(kit, &["gateway", "call", "health", "--json"])
        .await?;
    answer.expect_code(1)?;
    let all = answer.all();
    if !all.contains("unauthorized: gateway token mismatch") {
        fail!(
            "the answer does not say that the token is wrong: {}",
            super::super::cli::clip(&all)
        );
    }
    if all.contains("this-is-not-the-token") {
        fail!("the answer shows the token");
    }
    Ok(())
}

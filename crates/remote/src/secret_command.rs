//! Runs the command of a secrets provider.

use std::process::Stdio;

use openclaw_config::secrets::{SecretCommand, SecretError};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Runs it as it says: no shell, its own environment, its deadline, its largest answer.
pub(crate) async fn run(command: &SecretCommand) -> Result<SecretString, SecretError> {
    let failed = |error: std::io::Error| command.failed(&error.to_string());
    let child = Command::new(&command.program)
        .args(&command.args)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // What it complains about may quote the secret.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    match timeout(command.timeout, converse(child, command)).await {
        Ok(answer) => command.read(&answer?),
        Err(_) => Err(command.failed(&format!(
            "no answer within {}ms",
            command.timeout.as_millis()
        ))),
    }
}

async fn converse(mut child: Child, command: &SecretCommand) -> Result<Vec<u8>, SecretError> {
    let failed = |error: std::io::Error| command.failed(&error.to_string());
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let ask = async {
        if let Some(mut stdin) = stdin {
            // A command that needs no question may have closed it.
            let _ = stdin.write_all(command.stdin.as_bytes()).await;
        }
    };
    let most = command.max_output_bytes as u64;
    let listen = async {
        let mut answer = Vec::new();
        if let Some(stdout) = stdout {
            stdout
                .take(most.saturating_add(1))
                .read_to_end(&mut answer)
                .await?;
        }
        Ok::<_, std::io::Error>(answer)
    };
    let ((), answer) = tokio::join!(ask, listen);
    let answer = answer.map_err(failed)?;
    if answer.len() as u64 > most {
        return Err(command.failed(&format!("its answer is longer than {most} bytes")));
    }
    let status = child.wait().await.map_err(failed)?;
    if status.success() {
        Ok(answer)
    } else {
        Err(command.failed(&status.to_string()))
    }
}

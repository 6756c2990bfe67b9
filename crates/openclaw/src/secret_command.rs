//! Runs the command that prints a secret of the server.

use std::process::Stdio;

use openclaw_config::secrets::{SecretCommand, SecretError};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

/// Runs it as it says: no shell, its own environment, its deadline, its largest answer.
pub(crate) async fn run(command: &SecretCommand) -> Result<SecretString, SecretError> {
    let failed = |error: std::io::Error| command.failed(&error.to_string());
    let mut child = Command::new(&command.program)
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
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let most = u64::try_from(command.max_output_bytes).unwrap_or(u64::MAX);
    let talk = async {
        if let Some(mut stdin) = stdin {
            // A command that needs no question may have closed it.
            let _ = stdin.write_all(command.stdin.as_bytes()).await;
        }
        let mut answer = Vec::new();
        if let Some(stdout) = stdout {
            stdout
                .take(most.saturating_add(1))
                .read_to_end(&mut answer)
                .await?;
        }
        Ok::<_, std::io::Error>((answer, child.wait().await?))
    };
    let late = || {
        command.failed(&format!(
            "no answer within {}ms",
            command.timeout.as_millis()
        ))
    };
    let (answer, status) = timeout(command.timeout, talk)
        .await
        .map_err(|_| late())?
        .map_err(failed)?;
    if !status.success() {
        return Err(command.failed(&status.to_string()));
    }
    if answer.len() > command.max_output_bytes {
        return Err(command.failed(&format!("its answer is longer than {most} bytes")));
    }
    command.read(&answer)
}

//! What the `ssh` of a service cannot know by itself: the agent of this session, and the program
//! where it is not the system's.

use std::path::Path;

use openclaw_config::env;
use openclaw_remote::{Target, TargetFlags};

use super::Manager;
use super::definition::{Definition, text};
use crate::app::App;
use crate::cli::node::NodeRunArgs;
use crate::error::CliError;

/// Where `ssh` finds its agent.
const AUTH_SOCK: &str = "SSH_AUTH_SOCK";

/// Whether a node reaches its Gateway through `ssh`: an option says so, or the configuration.
pub(super) fn is_used(app: &App, args: &NodeRunArgs) -> bool {
    args.ssh.is_some()
        || app.load_config().is_ok_and(|loaded| {
            Target::resolve(&TargetFlags::default(), &app.paths, &loaded)
                .is_ok_and(|target| target.tunnel.is_some())
        })
}

/// Gives the service what of this shell its `ssh` needs. What somebody should know comes back.
pub(super) fn equip(
    app: &App,
    manager: Manager,
    definition: &mut Definition,
) -> Result<Option<String>, CliError> {
    if let Some(program) = app.env.os(env::SSH_PROGRAM) {
        let program = text("the path of ssh", program)?;
        definition.environment.push((env::SSH_PROGRAM, program));
    }
    let Some(socket) = app.env.os(AUTH_SOCK).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let socket = text(AUTH_SOCK, socket)?;
    // launchd gives every agent its own, under another name after each start of the machine.
    if manager == Manager::Launchd && socket.contains("/com.apple.launchd.") {
        return Ok(None);
    }
    let warning = is_of_session(&socket).then(|| {
        format!(
            "{AUTH_SOCK} ({socket}) lives as long as this session: a service that starts after \
             it finds no agent there. Name a key file with --ssh-identity, or run ssh-agent as a \
             service of its own"
        )
    });
    definition.environment.push((AUTH_SOCK, socket));
    Ok(warning)
}

/// Whether the path is one of those that an agent of a login, or a forwarded one, makes up anew.
fn is_of_session(socket: &str) -> bool {
    let name = Path::new(socket).file_name().unwrap_or_default();
    name.to_str()
        .and_then(|name| name.strip_prefix("agent."))
        .is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A key file as a service finds it, whose working directory is another one.
pub(super) fn identity(file: &Path) -> Result<String, CliError> {
    let absolute = std::path::absolute(file)
        .map_err(|error| CliError::usage(format!("--ssh-identity {}: {error}", file.display())))?;
    text("--ssh-identity", absolute.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::{identity, is_of_session};

    #[test]
    fn sockets_of_a_session_are_told_from_those_that_stay() {
        for (socket, expected) in [
            ("/tmp/ssh-XXXXXXabcdef/agent.4711", true),
            ("/home/u/.ssh/agent.12", true),
            ("/run/user/1000/ssh-agent.socket", false),
            ("/run/user/1000/gnupg/S.gpg-agent.ssh", false),
            ("/home/u/.1password/agent.sock", false),
            ("", false),
        ] {
            assert_eq!(is_of_session(socket), expected, "{socket}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_whole_path() {
        let key = identity("keys/id".as_ref()).unwrap();
        assert!(key.starts_with('/') && key.ends_with("/keys/id"), "{key}");
        assert_eq!(identity("/k/id".as_ref()).unwrap(), "/k/id");
        assert!(identity("/k/i\nd".as_ref()).is_err());
    }
}

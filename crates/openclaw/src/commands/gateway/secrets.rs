//! Which secret guards the Gateway: gathered from options, file, configuration and environment.

use std::fs;
use std::path::Path;

use openclaw_config::gateway_secret::GatewaySecret;
use openclaw_config::secrets::{FoundSecret, SecretError};
use openclaw_config::{Loaded, Resolved, Source};
use openclaw_gateway_server::from_config;
use openclaw_policy::AuthMode;
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::gateway::GatewayRunArgs;
use crate::error::CliError;
use crate::{runtime, secret_command};

/// The secrets that were found and where. `Debug` shows none.
#[derive(Debug)]
pub(crate) struct Secrets {
    token: Option<Resolved<SecretString>>,
    password: Option<Resolved<SecretString>>,
}

impl Secrets {
    /// Finds them. Runs the commands of secret references.
    pub(crate) fn find(args: &GatewayRunArgs, loaded: &Loaded) -> Result<Self, CliError> {
        let password = match &args.password_file {
            Some(file) => Some(first_line(file)?),
            None => args.password.clone(),
        };
        Ok(Self {
            token: resolve(GatewaySecret::Token, args.token.clone(), loaded)?,
            password: resolve(GatewaySecret::Password, password, loaded)?,
        })
    }

    /// Takes a token that was made just now.
    pub(crate) fn set_token(&mut self, token: SecretString) {
        self.token = Some(Resolved::new(
            token,
            Source::Config("gateway.auth.token".to_owned()),
        ));
    }

    /// Where the secret of this mode came from.
    pub(crate) fn source(&self, mode: AuthMode) -> String {
        let found = match mode {
            AuthMode::Token => &self.token,
            AuthMode::Password => &self.password,
            AuthMode::None | AuthMode::TrustedProxy => &None,
        };
        found
            .as_ref()
            .map_or_else(|| "none".to_owned(), |found| found.from.to_string())
    }

    /// What stands beside the configuration when the Gateway is planned. A secret that was given
    /// as an option says which mode is meant, where nobody says it outright.
    pub(crate) fn beside(
        &self,
        args: &GatewayRunArgs,
        loaded: &Loaded,
        port: u16,
    ) -> from_config::Resolved {
        let configured = args.auth.or(loaded.config.gateway.auth.mode);
        let value = |found: &Option<Resolved<SecretString>>| {
            found.as_ref().map(|found| found.value.clone())
        };
        from_config::Resolved {
            token: value(&self.token),
            password: value(&self.password),
            bind: args.bind,
            tailscale: args.tailscale,
            auth: configured.or_else(|| self.mode_of_options()),
            port,
        }
    }

    fn mode_of_options(&self) -> Option<AuthMode> {
        let is_option = |found: &Option<Resolved<SecretString>>| {
            found
                .as_ref()
                .is_some_and(|found| matches!(found.from, Source::Flag(_)))
        };
        match (is_option(&self.token), is_option(&self.password)) {
            (true, false) => Some(AuthMode::Token),
            (false, true) => Some(AuthMode::Password),
            (true, true) | (false, false) => None,
        }
    }
}

fn resolve(
    which: GatewaySecret,
    flag: Option<SecretString>,
    loaded: &Loaded,
) -> Result<Option<Resolved<SecretString>>, CliError> {
    let unavailable = |error: SecretError| CliError::config(error.to_string());
    let Some(found) = which.resolve(flag, loaded).map_err(unavailable)? else {
        return Ok(None);
    };
    let value = match found.value {
        FoundSecret::Ready(secret) => secret,
        FoundSecret::Command(command) => runtime::one_shot()?
            .block_on(secret_command::run(&command))
            .map_err(unavailable)?,
    };
    Ok(Some(Resolved::new(value, found.from)))
}

/// The first line of `--password-file`.
fn first_line(file: &Path) -> Result<SecretString, CliError> {
    let text = fs::read_to_string(file)
        .map(SecretString::from)
        .map_err(|error| {
            CliError::config(format!("--password-file {}: {error}", file.display()))
        })?;
    match text.expose_secret().lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        _ => Err(CliError::config(format!(
            "--password-file {}: its first line is empty",
            file.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::{Env, Loaded, check_text};
    use openclaw_policy::AuthMode;
    use secrecy::ExposeSecret as _;

    use super::Secrets;
    use crate::cli::gateway::GatewayRunArgs;
    use crate::exit::Exit;

    fn loaded(text: &str) -> Loaded {
        check_text(
            Path::new("/x/openclaw.json"),
            text.to_owned(),
            &Env::empty(),
        )
        .unwrap()
    }

    #[test]
    fn an_option_decides_the_mode_where_nobody_else_does() {
        let args = GatewayRunArgs {
            token: Some("t".into()),
            ..GatewayRunArgs::default()
        };
        for (config, mode) in [
            ("{gateway: {auth: {password: 'p'}}}", Some(AuthMode::Token)),
            (
                "{gateway: {auth: {password: 'p', mode: 'password'}}}",
                Some(AuthMode::Password),
            ),
        ] {
            let loaded = loaded(config);
            let secrets = Secrets::find(&args, &loaded).unwrap();
            assert_eq!(secrets.beside(&args, &loaded, 0).auth, mode, "{config}");
        }
        let loaded = loaded("{gateway: {auth: {password: 'p'}}}");
        let none = GatewayRunArgs::default();
        let secrets = Secrets::find(&none, &loaded).unwrap();
        assert_eq!(secrets.beside(&none, &loaded, 0).auth, None);
        assert_eq!(
            secrets.source(AuthMode::Password),
            "config gateway.auth.password"
        );
    }

    #[test]
    fn the_password_file_gives_its_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, " hunter2 \nsecond\n").unwrap();
        let args = GatewayRunArgs {
            password_file: Some(path.clone()),
            ..GatewayRunArgs::default()
        };
        let loaded = loaded("{}");
        let secrets = Secrets::find(&args, &loaded).unwrap();
        let beside = secrets.beside(&args, &loaded, 0);
        assert_eq!(beside.password.unwrap().expose_secret(), "hunter2");
        assert_eq!(beside.auth, Some(AuthMode::Password));
        std::fs::write(&path, "\n").unwrap();
        let error = Secrets::find(&args, &loaded).unwrap_err();
        assert_eq!(error.exit(), Exit::Config);
        assert!(
            error.message().ends_with("its first line is empty"),
            "{error}"
        );
    }
}

//! The connection of a command to its Gateway.
//!
//! Answers stay JSON: under `--json` they are printed whole, with members that this version does
//! not know, and for people what is there is shown.

#[cfg(test)]
mod errors;
mod progress;

use std::time::Duration;

use openclaw_protocol::{Method, Raw};
use openclaw_remote::{
    Description, OpenOptions, Remote, RemoteError, Target, TargetFlags, TargetRefused,
};
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::app::App;
use crate::cli::target::TargetArgs;
use crate::error::CliError;
use crate::first_contact;

/// An open connection.
#[derive(Debug)]
pub(crate) struct Client {
    remote: Remote,
}

impl Client {
    /// Connects to the Gateway that options, environment and configuration describe. `first` is
    /// the method that is called first: a refusal names it.
    pub(crate) async fn open(app: &App, args: &TargetArgs, first: &str) -> Result<Self, CliError> {
        let loaded = app.load_config()?;
        let resolve =
            || Target::resolve(&flags(args), &app.paths, &loaded).map_err(|why| refused(&why));
        let target = resolve()?;
        let mut options = OpenOptions::new(&app.paths).for_method(first);
        if let Some(timeout) = args.timeout {
            options = options.with_timeout(timeout);
        }
        match Self::try_open(&target, options.clone()).await {
            Ok(client) => Ok(client),
            Err(error) if trusts(app, &target, &error)? => {
                Self::open_target(&resolve()?, options).await
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// Connects to this one.
    pub(crate) async fn open_target(
        target: &Target,
        options: OpenOptions,
    ) -> Result<Self, CliError> {
        Self::try_open(target, options)
            .await
            .map_err(|error| failed(&error))
    }

    /// Connects to this one; the error says how far it came.
    pub(crate) async fn try_open(
        target: &Target,
        options: OpenOptions,
    ) -> Result<Self, Box<RemoteError>> {
        let options = match progress::of(target) {
            Some(progress) => options.with_tunnel_progress(progress),
            None => options,
        };
        match Remote::open(target, options).await {
            Ok(remote) => Ok(Self { remote }),
            Err(error) => Err(Box::new(error)),
        }
    }

    /// The same connection with another deadline for calls.
    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            remote: self.remote.with_timeout(timeout),
        }
    }

    /// Calls a method.
    pub(crate) async fn call<M: Method>(&self, params: &M::Params) -> Result<Value, CliError> {
        let params = to_raw_value(params).map_err(|error| unreadable(M::NAME, &error))?;
        self.call_raw(M::NAME, &params).await
    }

    /// Calls a method by name.
    pub(crate) async fn call_raw(&self, method: &str, params: &Raw) -> Result<Value, CliError> {
        let answer = self.remote.call_raw(method, Some(params)).await;
        read(method, answer)
    }

    /// Calls a method that answers twice by name, and returns its second answer.
    pub(crate) async fn call_raw_expect_final(
        &self,
        method: &str,
        params: &Raw,
    ) -> Result<Value, CliError> {
        let answer = self
            .remote
            .call_raw_expect_final(method, Some(params))
            .await;
        read(method, answer)
    }

    /// The connection, for what the Gateway said in its hello.
    pub(crate) const fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Closes the connection.
    pub(crate) async fn close(self) {
        self.remote.close().await;
    }
}

/// Whether a person trusts the certificate that was refused, now that it was shown.
fn trusts(app: &App, target: &Target, error: &RemoteError) -> Result<bool, CliError> {
    let Some(certificate) = error.refused_certificate() else {
        return Ok(false);
    };
    let Some(pin) = first_contact::pin_of(certificate, false) else {
        return Ok(false);
    };
    if !first_contact::can_ask(app) {
        return Ok(false);
    }
    // What is trusted is kept under the far end of a tunnel: the near one is nobody's.
    first_contact::ask(app, &target.info.known_as(), certificate, pin)
}

/// The options that choose a target.
pub(crate) fn flags(args: &TargetArgs) -> TargetFlags {
    TargetFlags {
        url: args.url.clone(),
        token: args.token.clone(),
        password: args.password.clone(),
        port: args.port,
        tls_fingerprint: args.tls_fingerprint.clone(),
        ssh: args.ssh.clone(),
        ssh_identity: args.ssh_identity.clone(),
    }
}

/// The refusal of a target.
pub(crate) fn refused(why: &TargetRefused) -> CliError {
    told(&Description::of_refused(why))
}

/// The error of a connection or call.
pub(crate) fn failed(error: &RemoteError) -> CliError {
    told(&error.describe())
}

fn told(description: &Description) -> CliError {
    let error = CliError::failure(description.message.clone())
        .kind(description.kind.as_str())
        .telling(description.lines().join("\n"));
    let Value::Object(mut answer) = description.to_json() else {
        return error;
    };
    let fields = match answer.remove("error") {
        Some(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let error = fields
        .into_iter()
        .filter(|(name, _)| name != "type" && name != "message")
        .fold(error, |error, (name, value)| error.field(&name, value));
    answer
        .into_iter()
        .filter(|(name, _)| name != "ok")
        .fold(error, |error, (name, value)| error.beside(&name, value))
}

fn read(method: &str, answer: Result<Box<Raw>, RemoteError>) -> Result<Value, CliError> {
    let answer = answer.map_err(|error| failed(&error))?;
    serde_json::from_str(answer.get()).map_err(|error| unreadable(method, &error))
}

fn unreadable(method: &str, error: &serde_json::Error) -> CliError {
    CliError::failure(format!("JSON of `{method}`: {error}"))
}

//! The secret that guards a Gateway.

use std::time::UNIX_EPOCH;

use openclaw_config::gateway_secret::{EnsureTokenError, GatewaySecret, ensure_gateway_token};
use openclaw_config::load;
use openclaw_config::secrets::FoundSecret;
use openclaw_config::write::Stamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::home::Home;

fn stamp() -> Stamp {
    Stamp {
        version: "1.2.3".into(),
        at: UNIX_EPOCH,
    }
}

#[test]
fn option_then_configuration_then_environment_and_never_remote() {
    use GatewaySecret::{Password, Token};
    let remote = "{gateway: {remote: {token: 'r', password: 'r'}}}";
    let token = "{gateway: {auth: {token: 'c'}, remote: {token: 'r'}}}";
    let unset = "{gateway: {auth: {token: '${NONE}'}, remote: {token: 'r'}}}";
    let blank = "{gateway: {auth: {token: ' '}}}";
    for (which, config, flag, variable, expected) in [
        (Token, remote, None, None, None),
        (Password, remote, None, None, None),
        (
            Token,
            remote,
            None,
            Some("e"),
            Some(("e", "env OPENCLAW_GATEWAY_TOKEN")),
        ),
        (
            Token,
            token,
            None,
            Some("e"),
            Some(("c", "config gateway.auth.token")),
        ),
        (Token, token, Some("f"), Some("e"), Some(("f", "--token"))),
        (
            Token,
            token,
            Some(" "),
            None,
            Some(("c", "config gateway.auth.token")),
        ),
        (
            Token,
            unset,
            None,
            Some("e"),
            Some(("e", "env OPENCLAW_GATEWAY_TOKEN")),
        ),
        (Token, unset, Some("f"), None, Some(("f", "--token"))),
        (
            Token,
            blank,
            None,
            Some("e"),
            Some(("e", "env OPENCLAW_GATEWAY_TOKEN")),
        ),
        (Token, blank, None, None, None),
        (Password, token, None, None, None),
        (
            Password,
            "{gateway: {auth: {password: 'p'}}}",
            None,
            None,
            Some(("p", "config gateway.auth.password")),
        ),
        (Password, remote, Some("f"), None, Some(("f", "--password"))),
    ] {
        let home = Home::with(config);
        let env = match variable {
            Some(value) => home.env.clone().with("OPENCLAW_GATEWAY_TOKEN", value),
            None => home.env.clone(),
        };
        let loaded = load(&home.config(), &env).unwrap();
        let found = which
            .resolve(flag.map(SecretString::from), &loaded)
            .unwrap()
            .map(|found| {
                let FoundSecret::Ready(secret) = found.value else {
                    panic!("no command here")
                };
                (secret.expose_secret().to_owned(), found.from.to_string())
            });
        let found = found
            .as_ref()
            .map(|(secret, from)| (secret.as_str(), from.as_str()));
        assert_eq!(found, expected, "{which:?} {config} {flag:?} {variable:?}");
    }
}

#[test]
fn a_configured_secret_that_is_unavailable_opens_nothing() {
    let loaded = Home::with("{gateway: {auth: {token: '${NONE}'}}}").load();
    let error = GatewaySecret::Token.resolve(None, &loaded).unwrap_err();
    assert_eq!(error.at(), "gateway.auth.token");
    assert!(error.to_string().contains("NONE"));
}

#[test]
fn the_environment_of_the_configuration_counts() {
    let loaded = Home::with("{env: {vars: {OPENCLAW_GATEWAY_TOKEN: 'v'}}}").load();
    let found = GatewaySecret::Token
        .resolve(None, &loaded)
        .unwrap()
        .unwrap();
    assert_eq!(found.from.to_string(), "env OPENCLAW_GATEWAY_TOKEN");
}

#[test]
fn a_token_is_made_once_and_stored() {
    let home = Home::with(
        "{gateway: {mode: 'local', auth: {rateLimit: {maxAttempts: 3}}}, tools: {a: 1}}",
    );
    let token = ensure_gateway_token(&home.config(), &home.env, &stamp()).unwrap();
    assert_eq!(token.expose_secret().len(), 43);
    assert!(
        token
            .expose_secret()
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    );
    let loaded = home.load();
    assert_eq!(
        loaded.raw["gateway"]["auth"]["token"],
        token.expose_secret()
    );
    assert_eq!(loaded.raw["gateway"]["auth"]["mode"], "token");
    assert_eq!(loaded.config.gateway.auth.rate_limit.max_attempts, 3);
    assert_eq!(loaded.raw["tools"]["a"], 1);
    let again = ensure_gateway_token(&home.config(), &home.env, &stamp());
    assert!(matches!(again, Err(EnsureTokenError::Present)));
    assert_eq!(
        home.load().raw["gateway"]["auth"]["token"],
        token.expose_secret()
    );

    let other = Home::new();
    let other_token = ensure_gateway_token(&other.config(), &other.env, &stamp()).unwrap();
    assert_ne!(other_token.expose_secret(), token.expose_secret());
}

#[test]
fn a_token_that_is_referred_to_is_not_replaced() {
    for config in [
        "{gateway: {auth: {token: '${NONE}'}}}",
        "{gateway: {auth: {token: {source: 'env', id: 'A'}}}}",
    ] {
        let home = Home::with(config);
        assert!(ensure_gateway_token(&home.config(), &home.env, &stamp()).is_err());
        assert_eq!(home.text("openclaw.json"), config);
    }
}

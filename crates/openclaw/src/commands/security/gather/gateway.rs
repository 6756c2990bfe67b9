//! How the Gateway of this machine is set up.

use openclaw_config::gateway_secret::GatewaySecret;
use openclaw_config::schema::{GatewayMode, MdnsMode};
use openclaw_config::secrets::{FoundSecret, SecretError};
use openclaw_config::{Loaded, Resolved, Source, env};
use openclaw_gateway_server::from_config::{self, PlanRefused};
use openclaw_gateway_server::host;
use openclaw_policy::AuthMode;
use openclaw_policy::audit::facts::{ControlUiFacts, GatewayFacts, ProxyAuthFacts, SecretFacts};
use openclaw_policy::audit::reach::reach;
use openclaw_policy::exposure::ExposureRefused;
use openclaw_policy::rate::RateRules;
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::security::SecurityAuditArgs;
use crate::render::time::millis;

/// The facts.
pub(super) fn facts(args: &SecurityAuditArgs, loaded: &Loaded) -> GatewayFacts {
    let gateway = &loaded.config.gateway;
    let interfaces = host::interfaces();
    let reach = reach(
        gateway.bind,
        gateway.custom_bind_host.as_deref(),
        &interfaces,
    );
    let token = GatewaySecret::Token.resolve(args.token.clone(), loaded);
    let password = GatewaySecret::Password.resolve(args.password.clone(), loaded);
    let configured = args.auth.or(gateway.auth.mode);
    let has = |found: &Found| !matches!(found, Ok(None));
    let auth =
        from_config::auth_mode(configured, has(&token), has(&password)).unwrap_or(AuthMode::Token);
    let secret = match auth {
        AuthMode::Token => weighed(&token),
        AuthMode::Password => weighed(&password),
        AuthMode::None | AuthMode::TrustedProxy => None,
    };
    let limit = &gateway.auth.rate_limit;
    let page = &gateway.control_ui;
    GatewayFacts {
        runs_here: gateway.mode != Some(GatewayMode::Remote),
        bind: gateway.bind,
        open_addresses: reach.addresses,
        is_exposed: reach.is_exposed,
        auth,
        secret,
        conflicting_variables: conflicts(loaded),
        start_refusal: refusal(args, loaded, &interfaces, &token, &password),
        tailscale: gateway.tailscale.mode,
        has_tls: gateway.tls.enabled,
        rate: RateRules {
            max_attempts: limit.max_attempts,
            window_ms: millis(limit.window),
            lockout_ms: millis(limit.lockout),
            exempt_loopback: limit.exempt_loopback,
        },
        control_ui: ControlUiFacts {
            enabled: page.enabled,
            allowed_origins: page.allowed_origins.clone(),
            insecure_auth: page.allow_insecure_auth,
            no_device_auth: page.dangerously_disable_device_auth,
            host_fallback: page.dangerously_allow_host_header_origin_fallback,
        },
        trusted_proxies: gateway.trusted_proxies.clone(),
        real_ip_fallback: gateway.allow_real_ip_fallback,
        proxy_auth: gateway.auth.trusted_proxy.as_ref().map(|proxy| {
            let approves = &proxy.device_auto_approve;
            ProxyAuthFacts {
                has_user_header: !proxy.user_header.is_empty(),
                has_users: !proxy.allow_users.is_empty(),
                allow_loopback: proxy.allow_loopback,
                auto_approve: approves.enabled,
                auto_approve_scopes: approves
                    .scopes
                    .as_ref()
                    .map(|scopes| scopes.iter().cloned().collect()),
            }
        }),
        mdns_full: loaded.config.discovery.mdns.mode == MdnsMode::Full,
        http_tools: gateway.tools.allow.clone(),
        node_commands: gateway
            .nodes
            .allowed_commands()
            .map(str::to_owned)
            .collect(),
        auto_approve: gateway.nodes.pairing.auto_approve_cidrs.clone(),
    }
}

type Found = Result<Option<Resolved<FoundSecret>>, SecretError>;

/// What may be known of a secret. Commands that print one are not run.
fn weighed(found: &Found) -> Option<SecretFacts> {
    match found {
        Ok(Some(found)) => Some(match &found.value {
            FoundSecret::Ready(secret) => {
                SecretFacts::of(secret.expose_secret(), found.from.to_string())
            }
            FoundSecret::Command(_) => SecretFacts::unknown(found.from.to_string()),
        }),
        Ok(None) => None,
        // It is meant to be guarded, and does not start until it is.
        Err(error) => Some(SecretFacts::unknown(error.at())),
    }
}

/// Why `gateway run` would refuse. A missing token on loopback is no reason: it makes one.
fn refusal(
    args: &SecurityAuditArgs,
    loaded: &Loaded,
    interfaces: &[std::net::IpAddr],
    token: &Found,
    password: &Found,
) -> Option<String> {
    let (token, password) = match (value(token), value(password)) {
        (Ok(token), Ok(password)) => (token, password),
        (Err(error), _) | (_, Err(error)) => return Some(error.to_string()),
    };
    let resolved = from_config::Resolved {
        token,
        password,
        tailscale: None,
        bind: None,
        auth: args.auth.or(loaded.config.gateway.auth.mode),
        port: 0,
    };
    match from_config::plan(&loaded.config, &resolved, interfaces) {
        Ok(_) | Err(PlanRefused::Exposure(ExposureRefused::TokenMissing { .. })) => None,
        Err(refused) => Some(refused.to_string()),
    }
}

/// The secret; for a command that prints one, something that is long enough for every rule.
fn value(found: &Found) -> Result<Option<SecretString>, &SecretError> {
    match found {
        Ok(Some(found)) => Ok(Some(match &found.value {
            FoundSecret::Ready(secret) => secret.clone(),
            FoundSecret::Command(_) => SecretString::from("?".repeat(64)),
        })),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Variables that hold another secret than the configuration.
fn conflicts(loaded: &Loaded) -> Vec<&'static str> {
    let auth = &loaded.config.gateway.auth;
    let pairs = [
        (GatewaySecret::Token, env::GATEWAY_TOKEN, &auth.token),
        (
            GatewaySecret::Password,
            env::GATEWAY_PASSWORD,
            &auth.password,
        ),
    ];
    pairs
        .into_iter()
        .filter(|(which, variable, input)| {
            let Some(held) = input.as_ref().and(loaded.env.text(variable)) else {
                return false;
            };
            match which.resolve(None, loaded) {
                Ok(Some(found)) => match (&found.value, &found.from) {
                    (FoundSecret::Ready(secret), Source::Config(_)) => {
                        secret.expose_secret() != held
                    }
                    _ => false,
                },
                Ok(None) | Err(_) => false,
            }
        })
        .map(|(_, variable, _)| variable)
        .collect()
}

//! Whether a `connect` is let in, and as what: one pure decision in the order that clients see.
//!
//! 1. role and client
//! 2. browser origin
//! 3. shared secret, or the word of a trusted proxy or of Tailscale
//! 4. what may come without a device identity
//! 5. the device's proof
//! 6. setup code and device token
//! 7. the verdict on credentials
//! 8. pairing: role, scopes, metadata
//!
//! So an unsigned device is reported before a wrong token, and nobody learns anything about
//! tokens or pairings without a valid proof.

use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Generation, Role, Scope, ScopeSet};

use crate::auth::{AuthGate, AuthMethod, SharedAuth};
use crate::ingress::Ingress;
use crate::node_commands::{canonical_family, canonical_platform};
use crate::origin::{OriginRules, check_origin, is_local_host_header};
use crate::refusal::{AuthFailure, ConnectRefused, DeviceProofFailure, PairingReason};
use crate::setup_code::{HandOver, SetupGrant};
use crate::tailscale::WhoisAnswer;
use crate::trusted_proxy::IdentityHeaders;

/// What is known about a connection before the decision.
#[derive(Clone, Copy)]
pub struct ConnectFacts<'a> {
    /// The client's dialect.
    pub dialect: Generation,
    /// What it sent.
    pub params: &'a ConnectParams,
    /// Where it comes from.
    pub ingress: Ingress,
    /// `Origin` of the upgrade.
    pub origin: Option<&'a str>,
    /// `Host` of the upgrade.
    pub host: Option<&'a str>,
    /// Other headers of the upgrade.
    pub headers: &'a dyn IdentityHeaders,
    /// What Tailscale answered to [`AuthGate::whois_question`], where that was asked.
    pub whois: Option<&'a WhoisAnswer>,
    /// How clients prove themselves.
    pub gate: &'a AuthGate,
    /// Which origins may connect.
    pub origins: &'a OriginRules,
    /// Whether new devices on this host are approved without a person.
    pub approve_local: bool,
}

impl std::fmt::Debug for ConnectFacts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectFacts")
            .field("dialect", &self.dialect)
            .field("ingress", &self.ingress)
            .finish_non_exhaustive()
    }
}

impl ConnectFacts<'_> {
    /// Whether the client is local. For February clients the `Host` counts too, as it did.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.ingress.is_local()
            && (self.dialect >= Generation::V4 || is_local_host_header(self.host))
    }
}

/// What the Gateway holds about a device that proved itself.
#[derive(Debug, Clone, Default)]
pub struct KnownDevice {
    /// Approved roles.
    pub roles: Vec<Role>,
    /// Approved operator scopes.
    pub scopes: ScopeSet,
    /// Approved platform.
    pub platform: Option<String>,
    /// Approved device family.
    pub device_family: Option<String>,
}

/// What a device token is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenStanding {
    /// Valid for the role, with these scopes.
    Valid(ScopeSet),
    /// Unknown, of another device or role, or revoked.
    Invalid,
}

/// What the decision needs to look up, in the order in which it does.
pub trait Registry {
    /// Checks the device's proof against this connection's challenge.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    fn prove(&self, proof: &DeviceProof) -> Result<DeviceId, DeviceProofFailure>;
    /// The device, if it is paired.
    fn device(&self, id: &DeviceId) -> Option<KnownDevice>;
    /// What this token is worth for this device and role.
    fn token(&self, id: &DeviceId, role: &Role, token: &str) -> TokenStanding;
    /// What the setup code with this token carries, if it is good for this device now.
    fn setup_code(&self, id: &DeviceId, token: &str) -> Option<SetupGrant>;
}

/// A connection that is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Its role.
    pub role: Role,
    /// Its scopes; empty for nodes.
    pub scopes: ScopeSet,
    /// How it proved itself.
    pub method: AuthMethod,
    /// Its device, if it has one.
    pub device: Option<DeviceId>,
    /// What is to be recorded about the device.
    pub pairing: PairingEffect,
}

/// What letting a connection in does to the pairing record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairingEffect {
    /// Nothing: paired already, or no device.
    None,
    /// Approve without a person: a new device, or more scopes for a known one.
    ApproveSilently(PairingReason),
    /// Spend the setup code, and approve the device for what it carries.
    HandOver(HandOver),
}

/// The outcome of a `connect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Let in.
    Admitted(Admitted),
    /// A person must approve first.
    NeedsApproval {
        /// Why.
        reason: PairingReason,
        /// The device.
        device: DeviceId,
        /// The role it asks for.
        role: Role,
        /// The scopes it asks for.
        scopes: ScopeSet,
        /// What is approved so far.
        known: Option<ApprovedSoFar>,
    },
    /// Refused.
    Refused(ConnectRefused),
}

/// Roles and scopes approved so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedSoFar {
    /// Roles.
    pub roles: Vec<Role>,
    /// Scopes.
    pub scopes: ScopeSet,
}

/// Decides about a `connect` whose protocol number is agreed.
#[must_use]
pub fn admit(facts: ConnectFacts<'_>, registry: &dyn Registry) -> Admission {
    match decide(facts, registry) {
        Ok(admission) => admission,
        Err(refused) => Admission::Refused(refused),
    }
}

fn decide(facts: ConnectFacts<'_>, registry: &dyn Registry) -> Result<Admission, ConnectRefused> {
    let params = facts.params;
    let client = &params.client;
    let role = params.effective_role();
    let is_worker = client.id == ClientId::Worker
        || client.mode == ClientMode::Worker
        || (role.as_str() == "worker" && facts.dialect >= Generation::V4);
    if is_worker {
        return Err(ConnectRefused::Worker);
    }
    if !role.is_known() {
        return Err(ConnectRefused::InvalidRole);
    }
    check_origin(client, facts.origin, facts.host, facts.origins)
        .map_err(ConnectRefused::Origin)?;

    let shared = facts.gate.evaluate(
        params.auth.as_ref(),
        facts.ingress,
        facts.headers,
        facts.whois,
        facts.dialect,
    );
    let asked = asked_scopes(&facts, &role);
    let Some(proof) = &params.device else {
        return without_device(&facts, shared, role, &asked).map(Admission::Admitted);
    };

    let device = registry.prove(proof).map_err(ConnectRefused::Device)?;
    let (method, cap) = match verdict(&facts, registry, shared, &device, &role, &asked)? {
        Credentials::Good { method, cap } => (method, cap),
        Credentials::SetupCode(hand_over) => {
            let scopes = if role == Role::Node {
                ScopeSet::empty()
            } else {
                asked
            };
            return Ok(Admission::Admitted(Admitted {
                role,
                scopes,
                method: AuthMethod::BootstrapToken,
                device: Some(device),
                pairing: PairingEffect::HandOver(hand_over),
            }));
        }
    };
    let scopes = match (&role, cap) {
        (Role::Node, _) => ScopeSet::empty(),
        (_, Some(cap)) => asked.narrowed_to(&cap),
        (_, None) => asked.clone(),
    };

    let known = registry.device(&device);
    let Some(reason) = pairing_reason(&facts, known.as_ref(), &role, &asked) else {
        let pairing = PairingEffect::None;
        let device = Some(device);
        return Ok(Admission::Admitted(Admitted {
            role,
            scopes,
            method,
            device,
            pairing,
        }));
    };
    let silent = facts.is_local()
        && facts.approve_local
        && method.is_shared_secret()
        && matches!(
            reason,
            PairingReason::NotPaired | PairingReason::ScopeUpgrade
        );
    if silent {
        let pairing = PairingEffect::ApproveSilently(reason);
        let device = Some(device);
        return Ok(Admission::Admitted(Admitted {
            role,
            scopes,
            method,
            device,
            pairing,
        }));
    }
    Ok(Admission::NeedsApproval {
        reason,
        device,
        role,
        scopes: asked,
        known: known.map(|known| ApprovedSoFar {
            roles: known.roles,
            scopes: known.scopes,
        }),
    })
}

/// The scopes an operator asks for: none given means all for a February client.
fn asked_scopes(facts: &ConnectFacts<'_>, role: &Role) -> ScopeSet {
    if *role == Role::Node {
        return ScopeSet::empty();
    }
    let asked = facts.params.scope_set();
    if asked.is_empty() && facts.dialect == Generation::V3 {
        return ScopeSet::from([Scope::Admin]);
    }
    asked
}

/// Rules for a `connect` without a device identity.
fn without_device(
    facts: &ConnectFacts<'_>,
    shared: SharedAuth,
    role: Role,
    asked: &ScopeSet,
) -> Result<Admitted, ConnectRefused> {
    let client = &facts.params.client;
    let is_control_ui = client.id == ClientId::ControlUi;
    let is_own_backend = client.id == ClientId::GatewayClient && client.mode == ClientMode::Backend;
    let is_own_cli = client.id == ClientId::Cli && client.mode == ClientMode::Cli;
    let is_own_page_free = facts.is_local() && facts.origin.is_none();
    let method = match shared {
        SharedAuth::Proxy(_) if role == Role::Operator => AuthMethod::TrustedProxy,
        _ if is_control_ui => return Err(ConnectRefused::ControlUiDeviceRequired),
        SharedAuth::Tailscale(_) => return Err(ConnectRefused::DeviceRequired),
        SharedAuth::Accepted(AuthMethod::None) if !(is_own_backend && is_own_page_free) => {
            return Err(ConnectRefused::DeviceRequired);
        }
        SharedAuth::Accepted(method) if role == Role::Operator => method,
        SharedAuth::Accepted(_) | SharedAuth::Proxy(_) => {
            return Err(ConnectRefused::DeviceRequired);
        }
        SharedAuth::Missing(failure) | SharedAuth::Rejected(failure) => {
            return Err(if offers_secret(facts) || is_proxy_failure(&failure) {
                ConnectRefused::Auth(failure)
            } else {
                ConnectRefused::DeviceRequired
            });
        }
    };
    // A shared secret proves that somebody knows it, not what they may do: scopes that a
    // client gives itself count only for this host's own programs.
    let keeps_scopes = method.is_shared_secret()
        && is_own_page_free
        && (is_own_cli || is_own_backend)
        && (method != AuthMethod::None || is_own_backend);
    let scopes = if keeps_scopes {
        asked.clone()
    } else {
        ScopeSet::empty()
    };
    Ok(Admitted {
        role,
        scopes,
        method,
        device: None,
        pairing: PairingEffect::None,
    })
}

/// Whether the client offers a secret at all, in the right field or not. One that does hears
/// what is wrong with it; one that does not hears that it needs a device.
fn offers_secret(facts: &ConnectFacts<'_>) -> bool {
    facts.params.auth.as_ref().is_some_and(|auth| {
        [&auth.token, &auth.password]
            .into_iter()
            .flatten()
            .any(|secret| !secret.trim().is_empty())
    })
}

const fn is_proxy_failure(failure: &AuthFailure) -> bool {
    matches!(
        failure,
        AuthFailure::TrustedProxyConfigMissing
            | AuthFailure::TrustedProxyNoProxies
            | AuthFailure::TrustedProxyUntrustedSource
            | AuthFailure::TrustedProxyLoopbackSource
            | AuthFailure::TrustedProxyLocalInterface
            | AuthFailure::TrustedProxyMissingHeader(_)
            | AuthFailure::TrustedProxyUserMissing
            | AuthFailure::TrustedProxyUserNotAllowed
    )
}

/// Credentials that are right.
enum Credentials {
    /// The client is let in as far as it is paired.
    Good {
        method: AuthMethod,
        /// The scopes it is capped to.
        cap: Option<ScopeSet>,
    },
    /// The client is paired by what the code carries.
    SetupCode(HandOver),
}

impl Credentials {
    const fn of(method: AuthMethod) -> Self {
        Self::Good { method, cap: None }
    }
}

/// Weighs the credentials of a device that proved itself.
fn verdict(
    facts: &ConnectFacts<'_>,
    registry: &dyn Registry,
    shared: SharedAuth,
    device: &DeviceId,
    role: &Role,
    asked: &ScopeSet,
) -> Result<Credentials, ConnectRefused> {
    let failure = match shared {
        SharedAuth::Accepted(method) => return Ok(Credentials::of(method)),
        SharedAuth::Tailscale(_) => return Ok(Credentials::of(AuthMethod::Tailscale)),
        SharedAuth::Proxy(identity) => {
            let cap = identity.scope_cap.map(|cap| {
                cap.iter()
                    .map(|scope| Scope::from(scope.as_str()))
                    .collect()
            });
            return Ok(Credentials::Good {
                method: AuthMethod::TrustedProxy,
                cap,
            });
        }
        SharedAuth::Missing(failure) | SharedAuth::Rejected(failure) => failure,
    };
    let auth = facts.params.auth.as_ref();
    let given =
        |field: Option<&String>| field.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    if let Some(token) = auth.and_then(|auth| auth.bootstrap_token.as_deref()) {
        // One that asks for more than the code gives hears the same as one with a wrong code.
        return registry
            .setup_code(device, token.trim())
            .and_then(|grant| grant.hand_over(role, asked))
            .map(Credentials::SetupCode)
            .ok_or(ConnectRefused::Auth(AuthFailure::BootstrapTokenInvalid));
    }
    let explicit = given(auth.and_then(|auth| auth.device_token.as_ref()));
    let is_explicit = explicit.is_some();
    let Some(token) = explicit.or_else(|| given(auth.and_then(|auth| auth.token.as_ref()))) else {
        return Err(ConnectRefused::Auth(failure));
    };
    match registry.token(device, role, &token) {
        TokenStanding::Valid(held) if *role == Role::Node || held.allows_all(asked) => {
            Ok(Credentials::of(AuthMethod::DeviceToken))
        }
        TokenStanding::Valid(_) => Err(ConnectRefused::Auth(AuthFailure::ScopeMismatch)),
        TokenStanding::Invalid if is_explicit => {
            Err(ConnectRefused::Auth(AuthFailure::DeviceTokenMismatch))
        }
        TokenStanding::Invalid => Err(ConnectRefused::Auth(failure)),
    }
}

/// Why a device needs approval; `None` where it is approved for what it asks.
fn pairing_reason(
    facts: &ConnectFacts<'_>,
    known: Option<&KnownDevice>,
    role: &Role,
    asked: &ScopeSet,
) -> Option<PairingReason> {
    let Some(known) = known else {
        return Some(PairingReason::NotPaired);
    };
    if !known.roles.contains(role) {
        return Some(PairingReason::RoleUpgrade);
    }
    if *role == Role::Operator && !known.scopes.allows_all(asked) {
        return Some(PairingReason::ScopeUpgrade);
    }
    let client = &facts.params.client;
    // Platform and family decide which commands a node may offer: both are pinned. A member
    // that one side leaves out says nothing, and the pinned value goes on to count.
    let changed = |pinned: &Option<String>, now: Option<&str>, canon: fn(&str) -> String| match (
        pinned.as_deref(),
        now,
    ) {
        (Some(pinned), Some(now)) => canon(pinned) != canon(now),
        _ => false,
    };
    let moved = changed(&known.platform, Some(&client.platform), canonical_platform)
        || changed(
            &known.device_family,
            client.device_family.as_deref(),
            canonical_family,
        );
    moved.then_some(PairingReason::MetadataUpgrade)
}

#[cfg(test)]
mod tests;

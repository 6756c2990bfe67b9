//! Scopes only narrow: whatever is asked, nobody ends with more than was approved, and than those
//! hold who hand it on.

use openclaw_policy::admission::{
    Admission, ConnectFacts, KnownDevice, PairingEffect, Registry, TokenStanding, admit,
};
use openclaw_policy::ingress::{Ingress, ManagedRoute};
use openclaw_policy::origin::OriginRules;
use openclaw_policy::refusal::DeviceProofFailure;
use openclaw_policy::setup_code::{Profile, SetupGrant};
use openclaw_policy::trusted_proxy::{IdentityHeaders, TrustedProxyAuth};
use openclaw_policy::{AuthGate, AuthMethod, AuthMode, Caller, authorize, demand};
use openclaw_protocol::catalogue::METHODS;
use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Access, Generation, Role, Scope, ScopeSet};
use proptest::prelude::*;
use serde_json::json;

fn scopes() -> impl Strategy<Value = ScopeSet> {
    let unknown = Scope::from("operator.everything");
    let all: Vec<Scope> = Scope::KNOWN.iter().cloned().chain([unknown]).collect();
    proptest::collection::vec(proptest::sample::select(all), 0..5)
        .prop_map(|scopes| scopes.into_iter().collect())
}

fn role() -> impl Strategy<Value = Role> {
    proptest::sample::select(vec![Role::Operator, Role::Node])
}

/// Headers of a proxy that names a user and, perhaps, scopes.
#[derive(Debug)]
struct Proxied(Option<String>);

impl IdentityHeaders for Proxied {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "x-user" | "tailscale-user-login" => Some("ann"),
            "x-forwarded-for" | "x-forwarded-host" | "x-forwarded-proto" => Some("x"),
            "x-openclaw-scopes" => self.0.as_deref(),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Book {
    known: Option<KnownDevice>,
    token: ScopeSet,
    code: SetupGrant,
}

impl Registry for Book {
    fn prove(&self, _: &DeviceProof) -> Result<DeviceId, DeviceProofFailure> {
        Ok(DeviceId::from_digest([7; 32]))
    }

    fn device(&self, _: &DeviceId) -> Option<KnownDevice> {
        self.known.clone()
    }

    fn token(&self, _: &DeviceId, _: &Role, token: &str) -> TokenStanding {
        match token {
            "device-token" => TokenStanding::Valid(self.token.clone()),
            _ => TokenStanding::Invalid,
        }
    }

    fn setup_code(&self, _: &DeviceId, token: &str) -> Option<SetupGrant> {
        (token == "code").then(|| self.code.clone())
    }
}

fn gates() -> Vec<AuthGate> {
    let proxy = AuthGate {
        mode: AuthMode::TrustedProxy,
        trusted_proxy: Some(TrustedProxyAuth {
            user_header: "x-user".to_owned(),
            required_headers: vec![],
            allow_users: vec![],
            allow_loopback: true,
            has_proxies: true,
            own_addresses: Vec::new(),
        }),
        ..AuthGate::open()
    };
    let believing = AuthGate {
        allow_tailscale: true,
        ..AuthGate::token("tok1")
    };
    vec![
        AuthGate::open(),
        AuthGate::token("tok1"),
        AuthGate::password("tok1"),
        proxy,
        believing,
    ]
}

fn ingresses() -> Vec<Ingress> {
    let client = "192.0.2.1".parse().unwrap();
    vec![
        Ingress::DirectLocal,
        Ingress::DirectRemote(client),
        Ingress::TrustedProxy {
            proxy: "127.0.0.1".parse().unwrap(),
            client,
        },
        Ingress::Tailscale {
            route: ManagedRoute::Serve,
            client,
        },
        Ingress::Tailscale {
            route: ManagedRoute::Funnel,
            client,
        },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nobody_is_let_in_with_more_than_was_approved(
        (asked, approved, token, given) in (scopes(), scopes(), scopes(), scopes()),
        (role, known_role) in (role(), role()),
        is_known in any::<bool>(),
        has_device in any::<bool>(),
        gate in proptest::sample::select(gates()),
        ingress in proptest::sample::select(ingresses()),
        auth in proptest::sample::select(vec![
            json!({}), json!({"token": "tok1"}), json!({"password": "tok1"}),
            json!({"deviceToken": "device-token"}), json!({"bootstrapToken": "code"}),
        ]),
        cap in proptest::option::of(scopes()),
        newer in any::<bool>(),
        approve_local in any::<bool>(),
    ) {
        let dialect = if newer { Generation::V4 } else { Generation::V3 };
        let mut params = json!({
            "minProtocol": 3, "maxProtocol": 4, "role": role, "scopes": asked, "auth": auth,
            "client": {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"},
        });
        if has_device {
            params["device"] = json!({
                "id": "x", "publicKey": "x", "signature": "x", "signedAt": 1, "nonce": "n",
            });
        }
        let params: ConnectParams = serde_json::from_value(params).unwrap();
        let cap_text = cap.as_ref().map(|cap| {
            cap.iter().map(Scope::as_str).collect::<Vec<_>>().join(",")
        });
        let headers = Proxied(cap_text);
        let answer = gate
            .whois_question(params.auth.as_ref(), ingress, &headers)
            .map(|question| question.answered(Some("ann".to_owned())));
        let book = Book {
            known: is_known.then(|| KnownDevice {
                roles: vec![known_role.clone()],
                scopes: approved.clone(),
                platform: Some("linux".to_owned()),
                device_family: None,
            }),
            token: token.clone(),
            code: SetupGrant {
                roles: vec![Role::Node, Role::Operator],
                scopes: given.clone(),
                maker: given.clone(),
            },
        };
        let admission = admit(
            ConnectFacts {
                dialect,
                params: &params,
                ingress,
                origin: None,
                host: Some("127.0.0.1"),
                headers: &headers,
                whois: answer.as_ref(),
                gate: &gate,
                origins: &OriginRules::default(),
                approve_local,
            },
            &book,
        );
        // What no scopes mean to a February client.
        let wanted = if asked.is_empty() && dialect == Generation::V3 {
            ScopeSet::from([Scope::Admin])
        } else {
            asked
        };
        let admitted = match admission {
            Admission::Admitted(admitted) => admitted,
            Admission::NeedsApproval { scopes, device: _, role: pending, .. } => {
                prop_assert!(scopes.iter().all(|scope| wanted.contains(scope)));
                prop_assert!(pending == role && has_device);
                return Ok(());
            }
            Admission::Refused(_) => return Ok(()),
        };
        prop_assert_eq!(&admitted.role, &role);
        prop_assert!(admitted.scopes.iter().all(|scope| wanted.contains(scope)));
        prop_assert!(role != Role::Node || admitted.scopes.is_empty());
        prop_assert!(role != Role::Node || has_device);
        match &admitted.pairing {
            PairingEffect::ApproveSilently(_) => {
                prop_assert!(ingress.is_local() && approve_local);
                prop_assert!(admitted.method.is_shared_secret());
            }
            PairingEffect::HandOver(over) => {
                prop_assert_eq!(admitted.method, AuthMethod::BootstrapToken);
                prop_assert!(given.allows_all(&over.scopes));
                prop_assert!(given.allows_all(&admitted.scopes));
            }
            PairingEffect::None if has_device => {
                prop_assert!(is_known && known_role == role);
                prop_assert!(role == Role::Node || approved.allows_all(&admitted.scopes));
            }
            PairingEffect::None => prop_assert!(ingress.is_local() || admitted.scopes.is_empty()),
        }
        match admitted.method {
            AuthMethod::DeviceToken => {
                prop_assert!(role == Role::Node || token.allows_all(&admitted.scopes));
            }
            AuthMethod::TrustedProxy => {
                let is_proxied = matches!(ingress, Ingress::TrustedProxy { .. });
                prop_assert!(is_proxied);
                if let Some(cap) = &cap {
                    prop_assert!(cap.allows_all(&admitted.scopes));
                }
            }
            AuthMethod::Tailscale => {
                let is_serve = matches!(ingress, Ingress::Tailscale { route: ManagedRoute::Serve, .. });
                prop_assert!(is_serve && has_device && is_known && gate.allow_tailscale);
            }
            AuthMethod::None => prop_assert!(ingress.is_local()),
            AuthMethod::Token | AuthMethod::Password | AuthMethod::BootstrapToken => {}
        }
    }

    /// A setup code carries no more than its profile, and than its maker holds.
    #[test]
    fn a_setup_code_gives_no_more_than_its_maker_holds(
        held in scopes(), profile in proptest::sample::select(Profile::ALL.to_vec()),
        role in role(), asked in scopes(),
    ) {
        let maker = Caller { role: Role::Operator, scopes: held.clone(), generation: Generation::V4 };
        if let Ok(grant) = SetupGrant::issue(&maker, profile) {
            prop_assert!(held.allows(&Scope::Pairing));
            prop_assert!(held.allows_all(&grant.scopes));
            prop_assert!(grant.scopes.iter().all(|scope| profile.scopes().contains(scope)));
            if let Some(over) = grant.hand_over(&role, &asked) {
                prop_assert_eq!(&over.scopes, &grant.scopes);
                prop_assert!(role == Role::Node || grant.scopes.allows_all(&asked));
                prop_assert!(over.token_scopes(&Role::Node).is_empty());
            }
        }
    }

    /// Whoever holds more may call more, never less; and knowing the params only takes away.
    #[test]
    fn a_permit_never_comes_from_holding_less(
        small in scopes(), more in scopes(), number in any::<prop::sample::Index>(),
        newer in any::<bool>(), role in role(),
    ) {
        let generation = if newer { Generation::V4 } else { Generation::V3 };
        let large: ScopeSet = small.iter().chain(more.iter()).cloned().collect();
        let info = &METHODS[number.index(METHODS.len())];
        let access = info.access(generation);
        let caller = |scopes: &ScopeSet| Caller {
            role: role.clone(),
            scopes: scopes.clone(),
            generation,
        };
        let lesser = authorize(&caller(&small), access.as_ref().map(|access| *access));
        let greater = authorize(&caller(&large), access.as_ref().map(|access| *access));
        prop_assert!(lesser.is_err() || greater.is_ok(), "{}", info.name);
        if let Ok(permit) = greater {
            for scope in Scope::KNOWN {
                let wanted = Access::Operator(scope.clone());
                let again = authorize(&caller(&large), access.as_ref().map(|access| *access)).unwrap();
                let got = demand(again, &caller(&large), Some(&wanted)).is_ok();
                prop_assert_eq!(got, role == Role::Operator && large.allows(scope));
            }
            prop_assert!(demand(permit, &caller(&large), None).is_ok());
        }
    }

    /// Narrowing to a holder is a subset of both, and doing it twice changes nothing.
    #[test]
    fn narrowing_is_a_subset_of_both(asked in scopes(), holder in scopes()) {
        let narrowed = asked.narrowed_to(&holder);
        prop_assert!(holder.allows_all(&narrowed));
        prop_assert!(narrowed.iter().all(|scope| asked.contains(scope)));
        prop_assert_eq!(narrowed.narrowed_to(&holder), narrowed);
    }
}

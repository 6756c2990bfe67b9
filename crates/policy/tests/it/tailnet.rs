//! Tailscale's word in a whole `connect`: it stands for the secret, and for nothing else.

use openclaw_policy::admission::{
    Admission, ConnectFacts, KnownDevice, Registry, TokenStanding, admit,
};
use openclaw_policy::ingress::{Ingress, ManagedRoute};
use openclaw_policy::origin::OriginRules;
use openclaw_policy::refusal::{AuthFailure, ConnectRefused, DeviceProofFailure, PairingReason};
use openclaw_policy::setup_code::SetupGrant;
use openclaw_policy::trusted_proxy::IdentityHeaders;
use openclaw_policy::{AuthGate, AuthMethod, AuthMode};
use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Generation, Role, Scope, ScopeSet};
use serde_json::{Value, json};

const GENERATIONS: [Generation; 2] = [Generation::V3, Generation::V4];

struct Serve;

impl IdentityHeaders for Serve {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "tailscale-user-login" => Some("ann@example.com"),
            "x-forwarded-for" => Some("100.64.0.7"),
            "x-forwarded-proto" => Some("https"),
            "x-forwarded-host" => Some("box.tail1.ts.net"),
            _ => None,
        }
    }
}

/// A registry of one device, paired or not.
struct Book {
    paired: Option<Role>,
}

impl Registry for Book {
    fn prove(&self, _: &DeviceProof) -> Result<DeviceId, DeviceProofFailure> {
        Ok(DeviceId::from_digest([7; 32]))
    }

    fn device(&self, _: &DeviceId) -> Option<KnownDevice> {
        self.paired.clone().map(|role| KnownDevice {
            roles: vec![role],
            scopes: [Scope::Read].into(),
            platform: Some("linux".to_owned()),
            device_family: None,
        })
    }

    fn token(&self, _: &DeviceId, _: &Role, token: &str) -> TokenStanding {
        match token {
            "device-token" => TokenStanding::Valid([Scope::Read].into()),
            _ => TokenStanding::Invalid,
        }
    }

    fn setup_code(&self, _: &DeviceId, _: &str) -> Option<SetupGrant> {
        None
    }
}

fn gate(mode: AuthMode) -> AuthGate {
    let secret = match mode {
        AuthMode::Password => AuthGate::password("pw1"),
        AuthMode::Token => AuthGate::token("tok1"),
        AuthMode::None | AuthMode::TrustedProxy => AuthGate::open(),
    };
    AuthGate {
        mode,
        allow_tailscale: true,
        ..secret
    }
}

struct Attempt {
    dialect: Generation,
    gate: AuthGate,
    route: ManagedRoute,
    login: Option<&'static str>,
    paired: Option<Role>,
    more: Value,
}

impl Attempt {
    fn by_identity(dialect: Generation) -> Self {
        Self {
            dialect,
            gate: gate(AuthMode::Token),
            route: ManagedRoute::Serve,
            login: Some("ann@example.com"),
            paired: Some(Role::Operator),
            more: json!({ "device": device() }),
        }
    }

    /// Whether Tailscale was asked, and what became of it.
    fn run(&self) -> (bool, Admission) {
        let mut params = json!({
            "minProtocol": 3, "maxProtocol": 4, "scopes": ["operator.read"],
            "client": {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"},
        });
        for (name, value) in self.more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let params: ConnectParams = serde_json::from_value(params).unwrap();
        let ingress = Ingress::Tailscale {
            route: self.route,
            client: "100.64.0.7".parse().unwrap(),
        };
        let question = self
            .gate
            .whois_question(params.auth.as_ref(), ingress, &Serve);
        let answer = question.map(|question| question.answered(self.login.map(str::to_owned)));
        let facts = ConnectFacts {
            dialect: self.dialect,
            params: &params,
            ingress,
            // As a page that Serve led to the Gateway sends them.
            origin: Some("https://box.tail1.ts.net"),
            host: Some("box.tail1.ts.net"),
            headers: &Serve,
            whois: answer.as_ref(),
            gate: &self.gate,
            origins: &OriginRules::default(),
            approve_local: true,
        };
        let paired = self.paired.clone();
        (answer.is_some(), admit(facts, &Book { paired }))
    }
}

fn device() -> Value {
    json!({"id": "x", "publicKey": "x", "signature": "x", "signedAt": 1, "nonce": "n"})
}

fn auth(failure: AuthFailure) -> Admission {
    Admission::Refused(ConnectRefused::Auth(failure))
}

#[test]
fn a_paired_device_of_a_named_user_needs_no_secret() {
    for dialect in GENERATIONS {
        for mode in [AuthMode::Token, AuthMode::Password, AuthMode::TrustedProxy] {
            let attempt = Attempt {
                gate: gate(mode),
                ..Attempt::by_identity(dialect)
            };
            let (asked, Admission::Admitted(admitted)) = attempt.run() else {
                panic!("{mode}: refused")
            };
            assert!(asked);
            assert_eq!(admitted.method, AuthMethod::Tailscale);
            assert_eq!(admitted.method.as_str(), "tailscale");
            assert_eq!(admitted.scopes, ScopeSet::from([Scope::Read]));
        }
    }
}

#[test]
fn an_identity_is_no_device() {
    let client =
        |id: &str, mode: &str| json!({"id": id, "version": "1", "platform": "x", "mode": mode});
    for dialect in GENERATIONS {
        for (more, expected) in [
            (json!({}), ConnectRefused::DeviceRequired),
            (
                json!({"client": client("openclaw-control-ui", "ui")}),
                ConnectRefused::ControlUiDeviceRequired,
            ),
            (
                json!({"role": "node", "client": client("node-host", "node")}),
                ConnectRefused::DeviceRequired,
            ),
        ] {
            let attempt = Attempt {
                more,
                ..Attempt::by_identity(dialect)
            };
            let refused = (true, Admission::Refused(expected));
            assert_eq!(attempt.run(), refused, "{:?}", attempt.more);
        }
    }
}

#[test]
fn a_new_device_and_a_new_node_wait_for_a_person() {
    for dialect in GENERATIONS {
        let operator = Attempt {
            paired: None,
            ..Attempt::by_identity(dialect)
        };
        let node = Attempt {
            paired: None,
            more: json!({
                "role": "node", "device": device(),
                "client": {"id": "node-host", "version": "1", "platform": "linux", "mode": "node"},
            }),
            ..Attempt::by_identity(dialect)
        };
        let upgraded = Attempt {
            more: json!({"device": device(), "scopes": ["operator.admin"]}),
            ..Attempt::by_identity(dialect)
        };
        for (attempt, expected) in [
            (operator, PairingReason::NotPaired),
            (node, PairingReason::NotPaired),
            (upgraded, PairingReason::ScopeUpgrade),
        ] {
            let got = attempt.run().1;
            assert!(
                matches!(&got, Admission::NeedsApproval { reason, .. } if *reason == expected),
                "{got:?}"
            );
        }
    }
}

#[test]
fn whoever_offers_a_credential_is_judged_by_it_alone() {
    for dialect in GENERATIONS {
        for (offered, expected) in [
            (json!({"token": "wrong"}), auth(AuthFailure::TokenMismatch)),
            (
                json!({"deviceToken": "wrong"}),
                auth(AuthFailure::DeviceTokenMismatch),
            ),
            (
                json!({"bootstrapToken": "wrong"}),
                auth(AuthFailure::BootstrapTokenInvalid),
            ),
        ] {
            let attempt = Attempt {
                more: json!({"device": device(), "auth": offered}),
                ..Attempt::by_identity(dialect)
            };
            assert_eq!(attempt.run(), (false, expected), "{:?}", attempt.more);
        }
        for (offered, method) in [
            (json!({"token": "tok1"}), AuthMethod::Token),
            (
                json!({"deviceToken": "device-token"}),
                AuthMethod::DeviceToken,
            ),
            (json!({"token": " "}), AuthMethod::Tailscale),
        ] {
            let attempt = Attempt {
                more: json!({"device": device(), "auth": offered}),
                ..Attempt::by_identity(dialect)
            };
            let (_, Admission::Admitted(admitted)) = attempt.run() else {
                panic!("{:?}", attempt.more)
            };
            assert_eq!(admitted.method, method);
        }
    }
}

/// The client hears what it would hear without Tailscale.
#[test]
fn a_word_that_does_not_count_leaves_the_usual_refusal() {
    for dialect in GENERATIONS {
        for (mode, expected) in [
            (AuthMode::Token, AuthFailure::TokenMissing),
            (AuthMode::Password, AuthFailure::PasswordMissing),
        ] {
            let base = || Attempt {
                gate: gate(mode),
                ..Attempt::by_identity(dialect)
            };
            for (asks, attempt) in [
                (
                    true,
                    Attempt {
                        login: Some("bob@example.com"),
                        ..base()
                    },
                ),
                (
                    true,
                    Attempt {
                        login: None,
                        ..base()
                    },
                ),
                (
                    false,
                    Attempt {
                        route: ManagedRoute::Funnel,
                        ..base()
                    },
                ),
                (
                    false,
                    Attempt {
                        gate: AuthGate {
                            allow_tailscale: false,
                            ..gate(mode)
                        },
                        ..base()
                    },
                ),
            ] {
                assert_eq!(attempt.run(), (asks, auth(expected.clone())));
            }
        }
    }
}

/// Mode `none` is for this host: through Tailscale nobody gets in, named or not.
#[test]
fn mode_none_believes_nobody() {
    for dialect in GENERATIONS {
        let attempt = Attempt {
            gate: gate(AuthMode::None),
            ..Attempt::by_identity(dialect)
        };
        assert_eq!(
            attempt.run(),
            (false, auth(AuthFailure::GatewayAuthRequired))
        );
    }
}

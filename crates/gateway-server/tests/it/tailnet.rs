//! Tailscale Serve and Funnel in front of the Gateway, with a program that stands in for the real
//! one.

use std::net::SocketAddr;

use openclaw_gateway_server::{Gateway, GatewayOptions, TailnetExposure};
use openclaw_policy::AuthGate;
use openclaw_tailscale::stand_in::{Answer, Command, StandIn};
use openclaw_tailscale::{ClaimOptions, ClaimState, Mode, Search, Tailscale};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::device::{Device, Proof};
use crate::join::{options, params};
use crate::peer::{Ask, HttpAnswer, Peer};

const CLIENT: &str = "100.64.0.7";
const OWNER: &str = "owner@example.com";

struct Stage {
    gateway: Gateway,
    stand_in: StandIn,
    managed: SocketAddr,
    _folder: TempDir,
}

async fn stage(mode: Mode, options: GatewayOptions) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = StandIn::write(folder.path()).unwrap();
    stand_in
        .set_user(CLIENT.parse().unwrap(), OWNER, "Owner")
        .unwrap();
    let gateway = Gateway::builder(options)
        .bind("127.0.0.1:0".parse().unwrap())
        .tailnet(TailnetExposure {
            tailscale: Tailscale::find(stand_in.search()),
            mode,
            options: ClaimOptions::default(),
        })
        .serve()
        .await
        .unwrap();
    let mut claim = gateway.tailnet().unwrap();
    let state = claim.wait_for(ClaimState::is_active).await.unwrap().clone();
    assert_eq!(
        state.url(),
        Some(format!("https://{}/", StandIn::HOST).as_str())
    );
    let calls = stand_in.calls().unwrap();
    let held = format!("{mode} --yes --bg=false ");
    let port = calls
        .iter()
        .find_map(|call| call.strip_prefix(&held))
        .expect("a held route");
    let managed = format!("127.0.0.1:{port}").parse().unwrap();
    Stage {
        gateway,
        stand_in,
        managed,
        _folder: folder,
    }
}

/// A Gateway with a token, whose tailnet users need none.
fn believing() -> GatewayOptions {
    GatewayOptions {
        auth: AuthGate {
            allow_tailscale: true,
            ..AuthGate::token("tok1")
        },
        ..options()
    }
}

/// What Serve sends for a user.
fn as_user(login: &str) -> Ask {
    Ask::default()
        .header("host", StandIn::HOST)
        .header("x-forwarded-for", CLIENT)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", StandIn::HOST)
        .header("tailscale-user-login", login)
}

async fn connect(at: SocketAddr, ask: &Ask, auth: Value, device: Option<&Device>) -> Value {
    let mut peer = Peer::dial(at, ask).await.unwrap();
    let mut params = params(4, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.read"]);
    params["auth"] = auth;
    if let Some(device) = device {
        params["device"] = device.prove(&params, &Proof::of(&peer.nonce, peer.ts));
    }
    peer.call("connect", params).await
}

fn refusal(answer: &HttpAnswer) -> (u16, bool) {
    (
        answer.status,
        answer.body.contains("proxy_attribution_required"),
    )
}

#[tokio::test]
async fn a_user_of_the_tailnet_needs_no_secret_and_a_paired_device() {
    let stage = stage(Mode::Serve, believing()).await;
    let device = Device::new(1);
    let asked = connect(stage.managed, &as_user(OWNER), json!({}), Some(&device)).await;
    assert_eq!(
        asked["error"]["details"]["code"], "PAIRING_REQUIRED",
        "{asked}"
    );
    let request = asked["error"]["details"]["requestId"].clone();
    let mut admin = crate::join::admin(&stage.gateway, 4).await;
    let done = admin
        .call("device.pair.approve", json!({ "requestId": request }))
        .await;
    assert_eq!(done["ok"], true, "{done}");
    let joined = connect(
        stage.managed,
        &as_user(" OWNER@Example.com "),
        json!({}),
        Some(&device),
    )
    .await;
    assert_eq!(joined["ok"], true, "{joined}");
    assert_eq!(
        joined["payload"]["auth"]["scopes"],
        json!(["operator.read"])
    );
    // The status says where the Gateway is reached.
    let status = admin.call("status", json!({})).await;
    assert_eq!(
        status["payload"]["tailscale"]["state"], "active",
        "{status}"
    );
    stage.gateway.shutdown("over").await;
    let tailscale = Tailscale::find(stage.stand_in.search());
    assert_eq!(
        tailscale.routes().await.unwrap(),
        [],
        "the route is given up"
    );
}

#[tokio::test]
async fn cve_2026_28472_a_tailnet_identity_replaces_neither_device_nor_a_wrong_token() {
    let stage = stage(Mode::Serve, believing()).await;
    let owner = as_user(OWNER);
    let wrong = json!({ "token": "wrong" });
    for device in [None, Some(&Device::new(1))] {
        let refused = connect(stage.managed, &owner, wrong.clone(), device).await;
        assert_eq!(
            refused["error"]["details"]["code"], "AUTH_TOKEN_MISMATCH",
            "{refused}"
        );
    }
    let refused = connect(stage.managed, &owner, json!({}), None).await;
    assert_eq!(
        refused["error"]["details"]["code"], "DEVICE_IDENTITY_REQUIRED",
        "{refused}"
    );
}

#[tokio::test]
async fn whom_tailscale_does_not_name_gets_the_ordinary_answer() {
    let stage = stage(Mode::Serve, believing()).await;
    let device = Device::new(1);
    for ask in [
        as_user("somebody-else@example.com"),
        as_user("tagged-devices"),
        as_user(OWNER).header("tailscale-user-login", "another@example.com"),
        Ask::default().header("x-forwarded-for", CLIENT),
        // An address that Tailscale does not know.
        Ask::default()
            .header("x-forwarded-for", "100.64.0.99")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", StandIn::HOST)
            .header("tailscale-user-login", OWNER),
    ] {
        let refused = connect(stage.managed, &ask, json!({}), Some(&device)).await;
        assert_eq!(
            refused["error"]["details"]["code"], "AUTH_TOKEN_MISSING",
            "{ask:?}: {refused}"
        );
    }
    // Garbage from the program is nobody too.
    stage
        .stand_in
        .answer(Command::Whois, &[Answer::printing("}{")])
        .unwrap();
    let elsewhere = as_user(OWNER).header("x-forwarded-for", "100.64.0.8");
    let refused = connect(stage.managed, &elsewhere, json!({}), Some(&device)).await;
    assert_eq!(
        refused["error"]["details"]["code"], "AUTH_TOKEN_MISSING",
        "{refused}"
    );
}

#[tokio::test]
async fn each_listener_believes_its_own_headers_only() {
    let stage = stage(Mode::Serve, believing()).await;
    let front = stage.gateway.addresses()[0];
    for (at, ask) in [
        (front, as_user(OWNER)),
        (front, Ask::default().header("tailscale-user-login", OWNER)),
        (stage.managed, Ask::default()),
        (
            stage.managed,
            Ask::default().header("tailscale-user-login", OWNER),
        ),
        (
            stage.managed,
            Ask::default().header("x-forwarded-for", "127.0.0.1"),
        ),
        (
            stage.managed,
            as_user(OWNER).header("tailscale-funnel-request", "?1"),
        ),
    ] {
        let refused = Peer::dial(at, &ask).await.unwrap_err();
        assert_eq!(refusal(&refused), (403, true), "{ask:?}");
    }
}

#[tokio::test]
async fn funnel_knows_nobody_and_allow_tailscale_must_say_so() {
    let mut open = believing();
    open.auth = AuthGate {
        allow_tailscale: true,
        ..AuthGate::password("correct horse battery staple")
    };
    let stage_funnel = stage(Mode::Funnel, open).await;
    let device = Device::new(1);
    let refused = connect(
        stage_funnel.managed,
        &as_user(OWNER),
        json!({}),
        Some(&device),
    )
    .await;
    assert_eq!(
        refused["error"]["details"]["code"], "AUTH_PASSWORD_MISSING",
        "{refused}"
    );

    let stage_serve = stage(Mode::Serve, options()).await;
    let refused = connect(
        stage_serve.managed,
        &as_user(OWNER),
        json!({}),
        Some(&device),
    )
    .await;
    assert_eq!(
        refused["error"]["details"]["code"], "AUTH_TOKEN_MISSING",
        "{refused}"
    );
}

#[tokio::test]
async fn a_gateway_without_tailscale_serves_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = StandIn::write(folder.path()).unwrap();
    stand_in.set_state("NeedsLogin").unwrap();
    for (search, word) in [
        (
            Search::exactly(folder.path().join("nothing-here")),
            "nothing-here",
        ),
        (stand_in.search(), "NeedsLogin"),
    ] {
        let gateway = Gateway::builder(believing())
            .bind("127.0.0.1:0".parse().unwrap())
            .tailnet(TailnetExposure {
                tailscale: Tailscale::find(search),
                mode: Mode::Serve,
                options: ClaimOptions::default(),
            })
            .serve()
            .await
            .unwrap();
        let mut claim = gateway.tailnet().unwrap();
        let is_degraded = |state: &ClaimState| matches!(state, ClaimState::Degraded { .. });
        claim.wait_for(is_degraded).await.unwrap();
        let mut admin = crate::join::admin(&gateway, 4).await;
        let status = admin.call("status", json!({})).await;
        let shown = &status["payload"]["tailscale"];
        assert_eq!(shown["state"], "degraded", "{status}");
        assert!(shown["reason"].as_str().unwrap().contains(word), "{shown}");
        assert!(!shown["remedy"].as_str().unwrap().is_empty());
    }
}

use std::net::IpAddr;

use openclaw_tailscale::TailscaleError;
use openclaw_tailscale::stand_in::{Answer, Command};

use crate::machine::Machine;

const ANN: &str = "100.64.0.7";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_user_behind_an_address_is_asked_for_once() {
    let machine = Machine::new();
    machine
        .stand_in
        .set_user(ip(ANN), "ann@example.com", "Ann")
        .unwrap();
    for same in [ANN, ANN, "::ffff:100.64.0.7"] {
        let user = machine.tailscale.whois(ip(same)).await.unwrap().unwrap();
        assert!(user.is("Ann@example.com"));
        assert_eq!(user.name.as_deref(), Some("Ann"));
    }
    assert_eq!(machine.calls(), ["whois --json 100.64.0.7"]);
}

#[tokio::test]
async fn callers_at_the_same_time_share_a_process() {
    let machine = Machine::new();
    machine
        .stand_in
        .set_user(ip(ANN), "ann@example.com", "Ann")
        .unwrap();
    let ask = || machine.tailscale.whois(ip(ANN));
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    assert!(a.as_ref().is_ok_and(Option::is_some) && a == b && b == c);
    assert_eq!(machine.calls().len(), 1);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_an_error_that_is_remembered() {
    let machine = Machine::new();
    let stranger = ip("fd7a:115c:a1e0::99");
    for _ in 0..2 {
        let error = machine.tailscale.whois(stranger).await.unwrap_err();
        let TailscaleError::Failed { code, stderr, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((code, stderr.as_str()), (Some(1), "peer not found"));
    }
    assert_eq!(machine.calls(), ["whois --json fd7a:115c:a1e0::99"]);
}

#[tokio::test]
async fn other_shapes_of_the_answer_are_nobody_or_an_error() {
    let machine = Machine::new();
    for (last, answer, expected) in [
        (1, "note\n{\"UserProfile\":[]}\n", Some(false)),
        (2, "{\"userProfile\":{\"Login\":\"ann\"}}", Some(true)),
        (
            3,
            "{\"UserProfile\":{\"LoginName\":\"tagged-devices\"}}",
            Some(false),
        ),
        (4, "ann@example.com", None),
        (5, "{}{}", None),
    ] {
        let answers = [Answer::printing(answer)];
        machine.stand_in.answer(Command::Whois, &answers).unwrap();
        let user = machine.tailscale.whois([100, 64, 1, last].into()).await;
        assert_eq!(user.ok().map(|user| user.is_some()), expected, "{answer}");
    }
}

#[tokio::test]
async fn strangers_never_cause_sudo() {
    let machine = Machine::new();
    machine.stand_in.allow_sudo(true).unwrap();
    let denied = [Answer::failing("permission denied")];
    machine.stand_in.answer(Command::Whois, &denied).unwrap();
    let error = machine.tailscale.whois(ip(ANN)).await.unwrap_err();
    assert_eq!(error.kind(), "denied");
    assert_eq!(machine.calls(), ["whois --json 100.64.0.7"]);
}

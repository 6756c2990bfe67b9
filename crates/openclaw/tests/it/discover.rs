//! `discovery`, `gateway discover` and what `gateway probe` finds, in a network of each test's
//! own: real mDNS on its real port, and nobody outside hears of it.

mod alone;
mod network;

use serde_json::{Value, json};

use crate::support::{ClosedPort, Home};
use network::run_alone;

#[test]
fn a_gateway_is_found_and_says_goodbye() {
    run_alone("found_and_gone");
}

#[test]
fn a_gateway_with_tls_tells_its_certificate() {
    run_alone("with_tls");
}

#[test]
fn a_gateway_that_nobody_asked_is_silent() {
    run_alone("silent");
}

#[test]
fn ghsa_pv58_549p_qh99_a_txt_record_steers_no_route_and_no_pin() {
    run_alone("steered");
}

#[test]
fn the_zone_file_is_written_as_soon_as_there_is_a_tailnet() {
    run_alone("zone_file");
}

#[test]
fn the_wide_area_domain_is_searched_too() {
    run_alone("wide_area");
}

#[test]
fn where_the_domain_is_silent_machines_of_the_tailnet_are_asked() {
    run_alone("far::tailnet_peers");
}

#[test]
fn ssh_goes_to_what_answers_nearby_only_where_it_is_asked_to() {
    run_alone("far::ssh_auto");
}

#[test]
fn a_probe_leaves_the_network_alone_where_it_is_told_to() {
    let home = Home::configured().with("OPENCLAW_DISABLE_BONJOUR", "1");
    let port = ClosedPort::take();
    let ran = home.run(&["gateway", "probe", "--port", &port.text(), "--json"]);
    assert_eq!((ran.code, &ran.json()["discovery"]), (1, &Value::Null));
    let ran = home.run(&["gateway", "probe", "--port", &port.text()]);
    let said = "Discovery (this machine)\nNot searched: OPENCLAW_DISABLE_BONJOUR is set\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn a_timeout_that_is_none_is_refused() {
    let home = Home::new();
    for timeout in ["abc", "0", "-1", "1.5", ""] {
        let given = format!("--timeout={timeout}");
        let ran = home.run(&["gateway", "discover", &given, "--json"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        let error = ran.json()["error"].clone();
        assert_eq!(error["type"], json!("usage_error"), "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("Invalid --timeout."), "{message}");
    }
}

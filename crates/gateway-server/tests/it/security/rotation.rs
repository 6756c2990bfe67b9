//! Rotation of device tokens.

use openclaw_protocol::Scope;
use serde_json::json;

use super::{grants, operator_of};
use crate::device::Device;
use crate::join::gateway;

#[tokio::test]
async fn ghsa_4jpw_hj22_2xmc_rotation_never_exceeds_the_caller() {
    let gateway = gateway().await;
    let scopes: Vec<&str> = Scope::KNOWN.iter().map(Scope::as_str).collect();
    // One device for each scope that can be approved.
    let mut targets = Vec::new();
    for (n, scope) in scopes.iter().enumerate() {
        let device = Device::new(100 + u8::try_from(n).unwrap());
        let (_, hello) = operator_of(&gateway, 4, &device, &[scope]).await;
        assert_eq!(hello["ok"], true, "{hello}");
        targets.push((*scope, device));
    }
    let (mut granted, mut refused) = (0, 0);
    for generation in [3, 4] {
        for (n, held) in scopes.iter().enumerate() {
            let seed = 10 + u8::try_from(n).unwrap() + if generation == 3 { 20 } else { 0 };
            let holds = ["operator.pairing", held];
            let (mut caller, hello) =
                operator_of(&gateway, generation, &Device::new(seed), &holds).await;
            assert_eq!(hello["ok"], true, "{hello}");
            for (approved, target) in &targets {
                for asked in scopes.iter().map(Some).chain([None]) {
                    let mut rotate = json!({ "deviceId": target.id(), "role": "operator" });
                    if let Some(asked) = asked {
                        rotate["scopes"] = json!([asked]);
                    }
                    let answer = caller.call("device.token.rotate", rotate).await;
                    let wanted = asked.unwrap_or(approved);
                    let told = format!("{holds:?} rotates {approved} to {asked:?}: {answer}");
                    // A token keeps what it was narrowed to, so that silence may mean less.
                    let may = grants(&holds, wanted) && grants(&[approved], wanted);
                    if answer["ok"] == true {
                        granted += 1;
                        for scope in answer["payload"]["scopes"].as_array().unwrap() {
                            let scope = scope.as_str().unwrap();
                            assert!(grants(&holds, scope), "beyond the caller: {told}");
                            assert!(grants(&[approved], scope), "beyond approval: {told}");
                        }
                        assert!(may || asked.is_none(), "{told}");
                    } else {
                        refused += 1;
                        assert!(!may || asked.is_none(), "{told}");
                        let said = &answer["error"]["message"];
                        let known = ["device token rotation denied", "unknown deviceId/role"];
                        assert!(known.contains(&said.as_str().unwrap()), "{told}");
                    }
                }
            }
        }
    }
    assert!(granted > 100 && refused > 1_000, "{granted} {refused}");
}

#[tokio::test]
async fn ghsa_whf9_3hcx_gq54_rotation_yields_no_role_that_was_never_approved() {
    let gateway = gateway().await;
    let operator = Device::new(1);
    operator_of(&gateway, 4, &operator, &["operator.admin"]).await;
    let node = Device::new(2);
    crate::join::node(&gateway, 4, &node, &["system.which"]).await;
    for generation in [3, 4] {
        let mut admin = crate::join::admin(&gateway, generation).await;
        for (device, role) in [
            (&operator, "node"),
            (&node, "operator"),
            (&operator, "worker"),
            (&node, "probe"),
        ] {
            for scopes in [json!([]), json!(["operator.read"])] {
                let rotate = json!({ "deviceId": device.id(), "role": role, "scopes": scopes });
                let answer = admin.call("device.token.rotate", rotate).await;
                assert_eq!(answer["ok"], false, "{role}: {answer}");
            }
        }
        // A node's token carries no scopes, whoever asks for them.
        let rotate = json!({
            "deviceId": node.id(), "role": "node", "scopes": ["operator.admin"],
        });
        let answer = admin.call("device.token.rotate", rotate).await;
        assert_eq!(answer["payload"]["scopes"], json!([]), "{answer}");
    }
}

//! `openclaw channels` and `openclaw pairing`.

use serde_json::{Value, json};

use crate::support::{Say, Scripted};

fn status() -> Value {
    json!({
        "ts": 1, "channelOrder": ["telegram"], "channelLabels": { "telegram": "Telegram" },
        "channels": {}, "channelDefaultAccountId": {},
        "channelAccounts": { "telegram": [{ "accountId": "default", "enabled": true, "running": false, "lastError": "no token" }] },
    })
}

#[test]
fn channels_are_shown() {
    let gateway = Scripted::answering(3, "channels.status", status());
    let people = gateway.run(&["channels", "status"]).ok();
    assert_eq!(
        people.stdout,
        "Telegram default: enabled, stopped, error: no token\n"
    );
    assert_eq!(gateway.next().1, json!({ "probe": false }));
    let program = gateway.run(&[
        "channels",
        "status",
        "--probe",
        "--timeout",
        "500",
        "--json",
    ]);
    assert_eq!(program.ok().json(), status());
    assert_eq!(
        gateway.next().1,
        json!({ "probe": true, "timeoutMs": 1000 })
    );
    let list = gateway.run(&["channels", "list"]).ok();
    assert_eq!(list.stdout, "telegram: default\n");
    let list = gateway.run(&["channels", "list", "--json"]).ok();
    assert_eq!(list.json(), json!({ "chat": { "telegram": ["default"] } }));
}

#[test]
fn an_account_is_logged_out() {
    let answer = json!({ "channel": "whatsapp", "accountId": "work", "cleared": true });
    let gateway = Scripted::answering(3, "channels.logout", answer);
    let args = [
        "channels",
        "logout",
        "--channel",
        "whatsapp",
        "--account",
        "work",
    ];
    assert_eq!(
        gateway.run(&args).ok().stdout,
        "channels logout ok: whatsapp\n"
    );
    assert_eq!(
        gateway.next().1,
        json!({ "channel": "whatsapp", "accountId": "work" })
    );
    let gateway = Scripted::answering(3, "channels.logout", json!({ "cleared": false }));
    let ran = gateway.run(&args[..4]).ok();
    assert_eq!(ran.stdout, "channels logout: whatsapp was not logged in\n");
}

fn desk() -> Scripted {
    Scripted::start(4, |method, _| {
        let answer = match method {
            "channels.pairing.list" => json!({ "accounts": [], "requests": [
                { "requestId": "r1", "code": "Y3VFS96E", "channel": "telegram", "accountId": "default", "senderId": "4242", "senderLabel": "Ann" },
                { "requestId": "r2", "channel": "telegram", "accountId": "work", "senderId": "7" },
            ] }),
            "channels.pairing.approve" => {
                json!({ "requestId": "r1", "senderId": "4242", "notification": "failed" })
            }
            _ => return None,
        };
        Some(vec![Say::Result(answer)])
    })
}

#[test]
fn people_are_let_in_by_the_code_that_they_were_given() {
    let gateway = desk();
    let list = gateway.run(&["pairing", "list", "telegram"]).ok();
    assert!(
        list.stdout.starts_with("Pairing requests (2)\n"),
        "{}",
        list.stdout
    );
    assert!(list.stdout.contains("Y3VFS96E  r1"), "{}", list.stdout);
    assert_eq!(gateway.next().1, json!({ "channel": "telegram" }));
    for (args, params) in [
        (
            &["pairing", "approve", "telegram", "y3vfs96e"][..],
            json!({ "channel": "telegram", "accountId": "default", "requestId": "r1" }),
        ),
        (
            &[
                "pairing",
                "approve",
                "r2",
                "--channel",
                "telegram",
                "--notify",
            ],
            json!({ "channel": "telegram", "accountId": "work", "requestId": "r2", "notify": true }),
        ),
    ] {
        let ran = gateway.run(args).ok();
        assert!(
            ran.stdout.starts_with("Approved telegram sender 4242.\n"),
            "{}",
            ran.stdout
        );
        assert_eq!(gateway.next().0, "channels.pairing.list");
        assert_eq!(
            gateway.next(),
            ("channels.pairing.approve".to_owned(), params)
        );
    }
}

#[test]
fn nobody_is_let_in_by_a_wrong_code() {
    let gateway = desk();
    for code in ["Y3VFS96F", "Y3VF", "4242"] {
        let ran = gateway.run(&["pairing", "approve", "telegram", code]);
        assert_eq!(ran.code, 1, "{code}");
        assert!(
            ran.stderr.contains("No pending pairing request found"),
            "{}",
            ran.stderr
        );
        assert!(
            gateway
                .asked()
                .iter()
                .all(|(method, _)| method == "channels.pairing.list")
        );
    }
    let twice = [
        "pairing",
        "approve",
        "telegram",
        "Y3VFS96E",
        "--channel",
        "signal",
    ];
    assert_eq!(gateway.run(&twice).code, 2);
    assert_eq!(gateway.asked(), []);
}

//! `openclaw migrate`.

use std::fs;

use serde_json::json;

use crate::support::Home;

/// A home in which the February release ran before.
fn lived_in() -> Home {
    let home = Home::configured();
    let folder = home.state().join("agents/main/sessions");
    fs::create_dir_all(&folder).unwrap();
    let index = json!({
        "agent:main:main": { "sessionId": "s1", "updatedAt": 1_770_000_000_000_u64, "label": "Home" },
        "agent:main:telegram:dm:42": { "sessionId": "s2", "updatedAt": 5, "execHost": "node" },
    });
    fs::write(folder.join("sessions.json"), index.to_string()).unwrap();
    for id in ["s1", "s2"] {
        let line = json!({ "type": "message", "id": "a", "parentId": null, "message": {
            "role": "user", "content": [{ "type": "text", "text": format!("said in {id}") }],
            "timestamp": 7,
        } });
        fs::write(folder.join(format!("{id}.jsonl")), line.to_string()).unwrap();
    }
    fs::create_dir_all(home.state().join("cron")).unwrap();
    fs::write(home.state().join("cron/jobs.json"), "{}").unwrap();
    home
}

#[test]
fn sessions_are_looked_at_taken_and_served() {
    let home = lived_in();
    let look = home.run(&["migrate", "--dry-run", "--json"]).ok().json();
    assert_eq!(
        look["counts"],
        json!({ "taken": 2, "present": 0, "conflict": 0, "unreadable": 0 })
    );
    assert_eq!(look["dryRun"], true);
    let database = home.state().join("state/openclaw-gateway.sqlite");
    assert!(!database.exists());

    let people = home.run(&["migrate"]).ok().stdout;
    assert!(people.contains("2 taken, 0 here already"), "{people}");
    assert!(
        people.contains("was agent:main:telegram:dm:42; not kept: execHost"),
        "{people}"
    );
    assert!(people.contains("jobs.json: jobs are made anew"), "{people}");
    let again = home.run(&["migrate", "--json"]).ok().json();
    assert_eq!(
        (&again["counts"]["taken"], &again["counts"]["present"]),
        (&json!(0), &json!(2))
    );

    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let listed = home
        .run(&["sessions", "--json", "--port", &port])
        .ok()
        .json();
    assert_eq!(listed["count"], 2, "{listed}");
    let shown = home
        .run(&["sessions", "preview", "main", "--port", &port])
        .ok();
    assert_eq!(shown.stdout, "main\n  user: said in s1\n");
    let held = home.run(&["migrate", "--json"]);
    assert_eq!(held.code, 1);
    assert_eq!(held.json()["error"]["type"], "gateway-running", "{held:#?}");
}

#[test]
fn what_cannot_be_read_is_told_and_fails() {
    let home = lived_in();
    fs::remove_file(home.state().join("agents/main/sessions/s2.jsonl")).unwrap();
    let ran = home.run(&["migrate", "--json"]);
    assert_eq!(ran.code, 1);
    let report = ran.json();
    assert_eq!(
        (&report["counts"]["taken"], &report["counts"]["unreadable"]),
        (&json!(1), &json!(1))
    );
    let problem = report["sessions"][1]["problem"].as_str().unwrap();
    assert_eq!(problem, "its transcript `s2.jsonl` is not there");
}

#[test]
fn a_source_that_is_not_there_is_refused() {
    let home = Home::configured();
    let ran = home.run(&["migrate", "--from", "/nonexistent"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("there is no folder `/nonexistent/agents`"),
        "{ran:#?}"
    );
    assert!(!home.state().join("state").exists());
}

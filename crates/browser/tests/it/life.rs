use std::os::unix::fs::PermissionsExt as _;

use openclaw_browser::{Browser, BrowserOptions, Method, Request};
use serde_json::json;

use crate::support::Fixture;

/// Whether a process is there that is no zombie.
fn lives(process: u64) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.rsplit(") ").next().unwrap_or("").starts_with('Z'))
}

#[tokio::test]
async fn nothing_runs_until_it_is_needed_and_after_it_was_stopped() {
    let fixture = Fixture::new().await;
    let status = fixture.get("/").await;
    assert_eq!(
        (&status["running"], &status["pid"]),
        (&json!(false), &json!(null))
    );
    assert!(!fixture.dir.path().join("profile").exists());
    let tabs = fixture.get("/tabs").await;
    assert_eq!(tabs, json!({"running": false, "tabs": []}));

    fixture.post("/start", json!({})).await.unwrap();
    let status = fixture.get("/").await;
    let process = status["pid"].as_u64().unwrap();
    assert!(lives(process));
    let profile = fixture.dir.path().join("profile");
    let mode = profile.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "nobody else looks into the profile");

    let stopped = fixture.post("/stop", json!({})).await.unwrap().body;
    assert_eq!(stopped["stopped"], true);
    assert!(!lives(process), "it was waited for");
    let stopped = fixture.post("/stop", json!({})).await.unwrap().body;
    assert_eq!(stopped["stopped"], false);
}

#[tokio::test]
async fn no_port_is_opened() {
    let fixture = Fixture::new().await;
    fixture.open("/").await;
    let status = fixture.get("/").await;
    let group = status["pid"].as_u64().unwrap();
    // Every process of the browser has the group of the first one.
    let mut sockets = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let dir = entry.path();
        let Ok(stat) = std::fs::read_to_string(dir.join("stat")) else {
            continue;
        };
        let of_group = stat.rsplit(") ").next().unwrap_or("").split(' ').nth(2);
        if of_group != Some(group.to_string().as_str()) {
            continue;
        }
        for file in std::fs::read_dir(dir.join("fd"))
            .into_iter()
            .flatten()
            .flatten()
        {
            sockets.extend(std::fs::read_link(file.path()).ok());
        }
    }
    let sockets: Vec<String> = sockets
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    assert!(!sockets.is_empty(), "the browser has files open");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let table = std::fs::read_to_string(table).unwrap();
        for line in table.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let is_listening = columns[3] == "0A";
            let socket = format!("socket:[{}]", columns[9]);
            assert!(!(is_listening && sockets.contains(&socket)), "{line}");
        }
    }
}

#[tokio::test]
async fn a_browser_that_was_killed_is_started_again() {
    let fixture = Fixture::new().await;
    fixture.open("/").await;
    let status = fixture.get("/").await;
    let first = status["pid"].as_u64().unwrap();
    let id = rustix::process::Pid::from_raw(i32::try_from(first).unwrap()).unwrap();
    rustix::process::kill_process_group(id, rustix::process::Signal::KILL).unwrap();
    // Whatever is under way is refused; what comes then finds a new browser.
    while fixture.get("/").await["running"] == true {
        tokio::task::yield_now().await;
    }
    fixture.open("/form").await;
    assert_ne!(fixture.get("/").await["pid"].as_u64(), Some(first));
    fixture.browser.stop().await;
}

#[tokio::test]
async fn what_takes_a_browser_that_runs_does_not_start_one() {
    let fixture = Fixture::new().await;
    for (path, body) in [
        ("/act", json!({"kind": "press", "key": "a"})),
        ("/screenshot", json!({})),
        ("/tabs/focus", json!({"targetId": "x"})),
    ] {
        let refusal = fixture.post(path, body).await.unwrap_err();
        assert_eq!(
            (refusal.status, refusal.message.as_str()),
            (409, "browser not running")
        );
    }
    assert_eq!(fixture.get("/").await["running"], false);
}

#[tokio::test]
async fn what_is_not_there_is_said_as_it_is() {
    let fixture = Fixture::new().await;
    let status =
        |request: Request| async { fixture.browser.request(request).await.unwrap_err().status };
    assert_eq!(status(Request::get("/nonsense")).await, 404);
    assert_eq!(status(Request::get("/requests")).await, 501);
    assert_eq!(
        status(Request::get("/tabs").with("profile", "chrome")).await,
        404
    );
    let mut delete = Request::get("/tabs/none");
    delete.method = Method::Delete;
    assert_eq!(status(delete).await, 409);

    let nowhere = Browser::new(BrowserOptions::new("/nonexistent"));
    let refusal = nowhere
        .request(Request::post("/start", "{}").unwrap())
        .await
        .unwrap_err();
    assert_eq!(refusal.status, 503);
    assert!(
        refusal.message.contains("browser.executablePath"),
        "{refusal}"
    );

    // A program that is no browser.
    let mut options = fixture.options.clone();
    options.executable = Some("/bin/true".into());
    let other = Browser::new(options);
    let refusal = other
        .request(Request::post("/start", "{}").unwrap())
        .await
        .unwrap_err();
    assert_eq!(refusal.status, 503);
    assert!(refusal.message.contains("did not start"), "{refusal}");
}

//! Sessions of a February installation, taken over. The source is what the original wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use openclaw_gateway_server::Gateway;
use openclaw_gateway_server::migrate::{MigrateError, Migration, Outcome, Report, import};
use openclaw_store::{OpenOptions, Store};
use serde_json::{Value, json};

use crate::join;

const SESSION: &str = "5f0c2b1e-8f4d-4b7a-9a53-3d7f0a1c2e11";

/// A state directory of the original.
struct Source {
    dir: tempfile::TempDir,
}

impl Source {
    /// As the original wrote it.
    fn recorded() -> Self {
        let source = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/vectors/february-state/agents/main/sessions");
        fs::create_dir_all(source.sessions("main")).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = source.sessions("main").join(entry.file_name());
            fs::copy(entry.path(), to).unwrap();
        }
        source
    }

    fn sessions(&self, agent: &str) -> PathBuf {
        self.dir.path().join("agents").join(agent).join("sessions")
    }

    /// Adds to the index of an agent.
    fn add(&self, agent: &str, key: &str, entry: Value) {
        let folder = self.sessions(agent);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("sessions.json");
        let mut index: Value = fs::read(&path)
            .map(|text| serde_json::from_slice(&text).unwrap())
            .unwrap_or_else(|_| json!({}));
        index[key] = entry;
        fs::write(path, index.to_string()).unwrap();
    }

    /// Adds a session in which one thing was said.
    fn said(&self, agent: &str, key: &str, id: &str, text: &str) {
        self.add(
            agent,
            key,
            json!({"sessionId": id, "updatedAt": 1_770_000_000_000_u64}),
        );
        let line = json!({"type": "message", "id": "m1", "parentId": null,
            "message": {"role": "user", "content": text, "timestamp": 1_770_000_000_000_u64}});
        let file = self.sessions(agent).join(format!("{id}.jsonl"));
        fs::write(file, line.to_string()).unwrap();
    }

    fn wish(&self) -> Migration {
        Migration::new(
            self.dir.path(),
            &self.dir.path().join("state/gateway.sqlite"),
        )
    }

    /// Everything that stands in it, but for what a migration makes.
    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.dir.path().join("agents")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        found
    }
}

fn outcomes(report: &Report) -> Vec<(&str, Outcome)> {
    let sessions = report.sessions.iter();
    sessions
        .map(|one| (one.source_key.as_str(), one.outcome))
        .collect()
}

#[tokio::test]
async fn a_conversation_goes_on_where_the_original_left_it() {
    let source = Source::recorded();
    let before = source.contents();
    let wish = source.wish();
    let report = import(&wish).await.unwrap();
    let one = &report.sessions[0];
    assert_eq!(
        (one.key.as_str(), one.outcome),
        ("agent:main:main", Outcome::Taken)
    );
    assert_eq!((one.messages, one.records_left), (8, 4));
    assert_eq!(one.settings_left, ["execHost"]);
    assert_eq!(source.contents(), before, "the source is as it was");

    let store = Store::open(&wish.database, &OpenOptions::existing()).unwrap();
    let gateway = Gateway::builder(join::options())
        .store(store)
        .start()
        .await
        .unwrap();
    let mut peer = join::admin(&gateway, 3).await;
    let list = peer
        .call("sessions.list", json!({"includeDerivedTitles": true}))
        .await;
    let row = &list["payload"]["sessions"][0];
    assert_eq!(
        (&row["sessionId"], &row["label"]),
        (&json!(SESSION), &json!("Home"))
    );
    assert_eq!(
        (&row["inputTokens"], &row["derivedTitle"]),
        (&json!(10), &json!("hello there"))
    );
    let history = peer
        .call("chat.history", json!({"sessionKey": "main"}))
        .await;
    let messages = history["payload"]["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|one| one["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "user",
            "assistant",
            "user",
            "assistant",
            "toolResult",
            "assistant",
            "user",
            "assistant"
        ]
    );
    assert_eq!(messages[3]["content"][1]["arguments"]["command"], "echo hi");
    let path = source.sessions("main").join(format!("{SESSION}.jsonl"));
    let recorded: Vec<Value> = fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["type"] == "message")
        .map(|line| line["message"].clone())
        .collect();
    assert_eq!(messages, &recorded, "word for word");
}

#[tokio::test]
async fn what_was_taken_is_not_taken_again() {
    let source = Source::recorded();
    let wish = source.wish();
    import(&wish).await.unwrap();
    source.said("main", "agent:main:project", "p1", "new since");
    let again = import(&wish).await.unwrap();
    assert_eq!(
        outcomes(&again),
        [
            ("agent:main:main", Outcome::Present),
            ("agent:main:project", Outcome::Taken)
        ]
    );
    let store = Store::open(&wish.database, &OpenOptions::existing()).unwrap();
    assert_eq!(store.entry_count(SESSION).await.unwrap(), 8);
    assert_eq!(store.entry_count("p1").await.unwrap(), 1);
}

#[tokio::test]
async fn a_look_writes_nothing() {
    let source = Source::recorded();
    let mut wish = source.wish();
    wish.dry_run = true;
    let report = import(&wish).await.unwrap();
    assert_eq!(report.sessions[0].messages, 8);
    assert!(report.dry_run && !wish.database.exists());
    let names: Vec<_> = fs::read_dir(source.dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "not even a lock: {names:?}");
}

#[tokio::test]
async fn keys_of_the_original_become_ours_and_clashes_are_told() {
    let source = Source::recorded();
    source.said("main", "main", "s2", "an old alias");
    source.said("main", "agent:main:telegram:dm:42", "s3", "hello");
    source.said("ann", "telegram:group:-100", "s4", "hello");
    let wish = source.wish();
    let report = import(&wish).await.unwrap();
    let keys: Vec<(&str, Outcome)> = report
        .sessions
        .iter()
        .map(|one| (one.key.as_str(), one.outcome))
        .collect();
    assert_eq!(
        keys,
        [
            ("agent:ann:telegram:group:-100", Outcome::Taken),
            ("agent:main:main", Outcome::Taken),
            ("agent:main:telegram:direct:42", Outcome::Taken),
            ("agent:main:main", Outcome::Conflict),
        ]
    );
    let store = Store::open(&wish.database, &OpenOptions::existing()).unwrap();
    assert_eq!(store.entry_count("s2").await.unwrap(), 0);
    store.close().await.unwrap();

    let other = Source::recorded();
    other.said("main", "agent:main:main", "another", "hello");
    let wish = Migration {
        from: other.dir.path().to_owned(),
        ..wish
    };
    let report = import(&wish).await.unwrap();
    assert_eq!(report.count(Outcome::Conflict), 1);
    assert!(
        report.sessions[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("another conversation")
    );
}

#[tokio::test]
async fn nothing_outside_the_source_is_read() {
    let source = Source::recorded();
    let secret = source.dir.path().join("secret.jsonl");
    let line =
        json!({"type": "message", "id": "x", "message": {"role": "user", "content": "secret"}});
    fs::write(&secret, line.to_string()).unwrap();
    for (key, entry) in [
        ("up", json!({"sessionId": "../../../secret"})),
        ("dot", json!({"sessionId": ".hidden"})),
        ("none", json!({"updatedAt": 1})),
        ("gone", json!({"sessionId": "gone"})),
        ("odd", json!("text")),
        (
            "elsewhere",
            json!({"sessionId": "e", "sessionFile": secret}),
        ),
        ("agent::x", json!({"sessionId": "s"})),
    ] {
        source.add("main", key, entry);
    }
    #[cfg(unix)]
    {
        let link = source.sessions("main").join("link.jsonl");
        std::os::unix::fs::symlink(&secret, link).unwrap();
        source.add("main", "link", json!({"sessionId": "link"}));
    }
    let report = import(&source.wish()).await.unwrap();
    for one in &report.sessions {
        let is_real = one.source_key == "agent:main:main";
        let expected = if is_real {
            Outcome::Taken
        } else {
            Outcome::Unreadable
        };
        assert_eq!(one.outcome, expected, "{one:?}");
        assert_eq!(one.problem.is_none(), is_real, "{one:?}");
    }
}

#[tokio::test]
async fn what_is_left_is_told() {
    let source = Source::recorded();
    fs::create_dir_all(source.dir.path().join("devices")).unwrap();
    fs::write(source.dir.path().join("devices/paired.json"), "{}").unwrap();
    fs::write(source.sessions("main").join("orphan.jsonl"), "").unwrap();
    fs::create_dir_all(source.sessions("bad agent")).unwrap();
    fs::create_dir_all(source.sessions("torn")).unwrap();
    fs::write(source.sessions("torn").join("sessions.json"), "{\"a\":").unwrap();
    let report = import(&source.wish()).await.unwrap();
    let left: Vec<String> = report
        .left
        .iter()
        .map(|left| {
            let path = left.path.strip_prefix(source.dir.path()).unwrap();
            format!("{}: {}", path.display(), left.why)
        })
        .collect();
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(left[0].starts_with("agents/bad agent: "));
    assert!(left[1].starts_with("agents/main/sessions/orphan.jsonl: no session"));
    assert!(left[2].starts_with("agents/torn/sessions/sessions.json: it is no JSON"));
    assert!(left[3].starts_with("devices/paired.json: devices are paired anew"));
    assert_eq!(
        report.count(Outcome::Taken),
        1,
        "the others are taken all the same"
    );
}

#[tokio::test]
async fn no_source_and_no_free_state_are_refused() {
    let source = Source::recorded();
    let empty = tempfile::tempdir().unwrap();
    let wish = Migration {
        from: empty.path().to_owned(),
        ..source.wish()
    };
    let error = import(&wish).await.unwrap_err();
    assert!(matches!(error, MigrateError::NoSource { .. }), "{error}");
    assert!(error.to_string().contains("--from"), "{error}");
    assert!(!wish.database.exists());

    let _held = openclaw_config::StateLock::acquire(source.dir.path()).unwrap();
    let error = import(&source.wish()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Running { .. }), "{error}");
    assert!(!source.wish().database.exists());
}

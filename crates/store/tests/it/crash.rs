//! What was acknowledged survives `kill -9`: a second process of this very test program writes,
//! says what was acknowledged, and is killed at any moment.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Role, ScopeSet};
use openclaw_store::{Approval, DeviceGrant, OpenOptions, Store};

use crate::support::{asks, grant};

/// What the second process does.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Pairs and removes devices on four threads until it is killed.
    Pairing { round: u32 },
    /// Writes so many settings and ends.
    Settings { count: u32 },
}

/// A second process of this test program, gone with its handle.
pub(crate) struct Child {
    process: std::process::Child,
    stdout: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn spawn(dir: &Path, task: Task) -> Self {
        let (word, number) = match task {
            Task::Pairing { round } => ("pairing", round),
            Task::Settings { count } => ("settings", count),
        };
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crash::second_process",
                "--ignored",
                "--nocapture",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut stdin = process.stdin.take().unwrap();
        writeln!(stdin, "{word} {number} {}", dir.display()).unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Self { process, stdout }
    }

    /// The next line of the task; none at the end. Lines of the test harness are passed over.
    fn line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            self.stdout.read_line(&mut line).unwrap();
            if line.is_empty() {
                return None;
            }
            // A line without its end was cut by the kill.
            let whole = line.strip_suffix('\n')?;
            if ["open", "ack ", "wish ", "gone "]
                .iter()
                .any(|word| whole.starts_with(word))
            {
                return Some(whole.to_owned());
            }
        }
    }

    /// All lines until the process ends.
    pub(crate) fn lines(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).collect()
    }

    /// Kills the process after so many lines, and returns all it said.
    fn lines_until_killed_after(&mut self, count: usize) -> Vec<String> {
        let mut lines: Vec<_> = std::iter::from_fn(|| self.line()).take(count).collect();
        self.process.kill().unwrap();
        lines.extend(self.lines());
        let status = self.process.wait().unwrap();
        assert!(
            !status.success(),
            "it ended before it was killed: {lines:?}"
        );
        lines
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Not a test: what [`Child`] runs. Without a task on its standard input it does nothing.
#[test]
#[ignore = "the second process of other tests"]
fn second_process() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let mut words = line.trim_end().splitn(3, ' ');
    let (Some(task), Some(number), Some(dir)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    let number: u32 = number.parse().unwrap();
    let store = Store::open(Path::new(dir).join("state.db"), &OpenOptions::create()).unwrap();
    match task {
        "settings" => {
            for n in 0..number {
                store.put_setting(&format!("key {n}"), &n).wait().unwrap();
                println!("ack {n}");
            }
        }
        "pairing" => {
            println!("open");
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let store = &store;
                    scope.spawn(move || pair_and_remove(store, number, thread));
                }
            });
        }
        other => panic!("no task `{other}`"),
    }
}

#[expect(clippy::print_stdout, reason = "the other process reads it")]
fn pair_and_remove(store: &Store, round: u32, thread: u8) {
    for n in 0..100_000_u32 {
        let mut digest = [thread; 32];
        digest[..4].copy_from_slice(&round.to_be_bytes());
        digest[4..8].copy_from_slice(&n.to_be_bytes());
        let device_id = DeviceId::from_digest(digest);
        let mut request = asks(1, device_id.as_str(), &[Role::Node], ScopeSet::empty());
        request.ask = openclaw_store::PendingAsk::Device {
            device_id: device_id.clone(),
            public_key: "key".into(),
            roles: vec![Role::Node],
            scopes: ScopeSet::empty(),
        };
        store.put_pending(request, vec![]).wait().unwrap();
        let approval = Approval::Device(DeviceGrant {
            roles: vec![Role::Node],
            tokens: vec![grant(Role::Node, device_id.as_str(), ScopeSet::empty())],
            ..DeviceGrant::default()
        });
        store
            .approve_pending(&device_id.as_str().into(), approval, 1)
            .wait()
            .unwrap();
        println!("ack {device_id}");
        store.touch(&device_id, 2, "connect");
        if n % 5 == 4 {
            println!("wish {device_id}");
            store.remove_device(&device_id).wait().unwrap();
            println!("gone {device_id}");
            store.flush_touches().wait().unwrap();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Paired,
    Either,
    Removed,
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let mut fates: BTreeMap<String, Fate> = BTreeMap::new();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..24 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The first rounds fall into the creation of the file, the others anywhere.
        let count = if round < 4 {
            usize::from(round > 1)
        } else {
            (seed >> 33) as usize % 160
        };
        let mut child = Child::spawn(dir.path(), Task::Pairing { round });
        for line in child.lines_until_killed_after(count) {
            match line.split_once(' ') {
                Some(("ack", id)) => fates.insert(id.to_owned(), Fate::Paired),
                Some(("wish", id)) => fates.insert(id.to_owned(), Fate::Either),
                Some(("gone", id)) => fates.insert(id.to_owned(), Fate::Removed),
                _ => None,
            };
        }

        let store = Store::open(dir.path().join("state.db"), &OpenOptions::create()).unwrap();
        assert_eq!(
            store.check_integrity().wait().unwrap(),
            Vec::<String>::new()
        );
        let snapshot = store.snapshot().wait().unwrap();
        let paired: HashSet<_> = snapshot
            .devices
            .iter()
            .map(|d| d.device_id.as_str())
            .collect();
        for (id, fate) in &fates {
            match fate {
                Fate::Paired => assert!(paired.contains(id.as_str()), "round {round}: {id} lost"),
                Fate::Removed => assert!(!paired.contains(id.as_str()), "round {round}: {id} back"),
                Fate::Either => {}
            }
        }
        // Nothing is half done, acknowledged or not.
        for device in &snapshot.devices {
            let token = device
                .tokens
                .get(&Role::Node)
                .expect("paired without its token");
            assert!(token.digest.matches(device.device_id.as_str()));
        }
        for request in &snapshot.pending {
            assert!(
                !paired.contains(request.request_id.as_str()),
                "paired, and still waiting"
            );
        }
    }
    let count = |fate| fates.values().filter(|f| **f == fate).count();
    assert!(
        count(Fate::Paired) > 100 && count(Fate::Removed) > 10,
        "too little was tried"
    );
}
